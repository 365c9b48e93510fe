"""Notebooks small enough to run in a test, in a folder that looks like the repository."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import nbformat
from nbformat import v4

COMMON = 'run = "mini"  # the run\ndata = "data/mini"  # the store\nseed = 0  # of everything random\n'
KERNEL = {"kernelspec": {"name": "python3", "display_name": "Python 3", "language": "python"}}


def write(path: Path, *cells: str, parameters: str = COMMON, tags: Mapping[int, Sequence[str]] | None = None) -> Path:
    """Writes a notebook: a title, the parameters cell, then `cells`; `tags` maps the index of a cell to its tags."""
    notebook = v4.new_notebook(metadata={**KERNEL, "language_info": {"name": "python"}})
    notebook.cells = [
        v4.new_markdown_cell(f"# The notebook {path.stem}"),
        v4.new_code_cell(parameters, metadata={"tags": ["parameters"]}),
        *(v4.new_code_cell(cell, metadata={"tags": list((tags or {}).get(i, []))}) for i, cell in enumerate(cells)),
    ]
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(notebook, path)
    return path


def repository(folder: Path) -> Path:
    """A folder with what marks the repository, and one profile, `mini`."""
    (folder / "notebooks" / "profiles").mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    (folder / "notebooks" / "profiles" / "mini.yaml").write_text("# the toy\nrun: mini\n")
    return folder
