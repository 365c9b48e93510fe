"""The figures of executed notebooks that belong into the report: those of cells tagged `report`, with their captions."""

import re
from dataclasses import dataclass
from pathlib import Path

import nbformat

TAG = "report"


@dataclass(frozen=True)
class Figure:
    """A picture as an address that holds it, and its caption as HTML."""

    source: str
    caption: str


@dataclass(frozen=True)
class Section:
    """What a notebook gives to the report: its title, the question it answers, its figures."""

    name: str
    title: str
    question: str
    figures: tuple[Figure, ...]


def section(notebook: Path) -> Section:
    """The section of an executed `notebook`; the caption of a figure is the text in italics below its cell."""
    cells = nbformat.read(notebook, as_version=4).cells
    text = "\n\n".join(cell.source for cell in cells[:1])
    heading, bold = (
        re.search(r"^#\s+(?:\d+\s+)?(.+)", text),
        re.search(r"^\*\*(.+?)\*\*$", text, re.MULTILINE | re.DOTALL),
    )
    found = []
    for cell, below in zip(cells, [*cells[1:], None], strict=True):
        if TAG in cell.metadata.get("tags", ()):
            caption = _caption(below.source) if below is not None and below.cell_type == "markdown" else ""
            found += [Figure(source, caption) for output in cell.get("outputs", ()) for source in _picture(output)]
    return Section(
        notebook.stem,
        heading[1].strip() if heading else notebook.stem,
        " ".join(bold[1].split()) if bold else "",
        tuple(found),
    )


def _picture(output: nbformat.NotebookNode) -> list[str]:
    """The picture of an output as a data: address, none where it has none."""
    held = {kind: text for kind, text in output.get("data", {}).items() if kind in ("image/png", "image/jpeg")}
    return [f"data:{kind};base64,{''.join(text.split())}" for kind, text in held.items()][:1]


def _caption(text: str) -> str:
    """What `text` begins with in italics, as HTML."""
    from nbconvert.filters import markdown2html

    found = re.match(r"\*(?!\*)(.+?)(?<!\*)\*(?!\*)", text.strip().partition("\n\n")[0], re.DOTALL)
    return re.sub(r"</?p>", "", markdown2html(found[1])).strip() if found else ""
