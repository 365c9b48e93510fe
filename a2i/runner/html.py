"""Pages that need nothing but themselves: templates, what is embedded in them, and an executed notebook as a page."""

import base64
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from a2i.core.files import write_text
from a2i.data import classes
from a2i.runner.numbers import digits
from a2i.runner.status_line import duration

TYPES = {".png": "image/png", ".ogg": "audio/ogg"}


def write_notebook(notebook: Path, target: Path, names: Sequence[str]) -> None:
    """Writes the executed `notebook` as the page `target`; `names` are all notebooks of the run, for the bar."""
    from nbconvert import HTMLExporter
    from pygments.formatters import HtmlFormatter

    body, _ = HTMLExporter(template_name="basic", embed_images=True).from_filename(str(notebook))
    links = [("Report", "../index.html")] + [(name, "" if name == target.stem else f"{name}.html") for name in names]
    colours = HtmlFormatter(style="friendly", nobackground=True).get_style_defs(".highlight")
    write_text(target, render("page.html", title=target.stem, body=body, links=links, colours=colours))


def render(template: str, **content: Any) -> str:
    """The page that a template of this room makes of `content`."""
    return _templates().get_template(template).render(content)


@cache
def _templates() -> Environment:
    """The templates beside this module; what they are given is escaped unless they call it safe."""
    found = Environment(loader=PackageLoader("a2i.runner"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    found.filters |= {"embedded": _embedded, "duration": duration, "title_of": classes.title, "digits": digits}
    return found


def _embedded(path: Path) -> str:
    return f"data:{TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"
