"""Pages that need nothing but themselves: the frame of every page of a report, and an executed notebook as a page."""

import html
from collections.abc import Sequence
from pathlib import Path

from a2i.core.files import write_text

STYLE = """
:root { --ink: #1d2330; --soft: #657085; --line: #e3e6ec; --tint: #f6f7f9; --mark: #b3491f; color-scheme: light; }
* { box-sizing: border-box; }
body { margin: 0; color: var(--ink); background: #fff; font: 16px/1.6 system-ui, "Segoe UI", Roboto, sans-serif; }
main, nav, footer { max-width: 1120px; margin: 0 auto; padding: 0 24px; }
nav { display: flex; flex-wrap: wrap; gap: 4px 20px; padding-top: 18px; font-size: 14px; }
a { color: var(--mark); text-decoration: none; } a:hover { text-decoration: underline; }
nav b { font-weight: 600; }
h1 { font-size: 34px; line-height: 1.2; letter-spacing: -.02em; margin: 36px 0 8px; }
h2 { font-size: 22px; margin: 44px 0 10px; letter-spacing: -.01em; } h3 { font-size: 17px; margin: 28px 0 6px; }
h1 .anchor-link, h2 .anchor-link, h3 .anchor-link { display: none; }
p { max-width: 46em; } .soft, figcaption { color: var(--soft); } figcaption { max-width: 60em; font-size: 15px; }
footer { color: var(--soft); font-size: 14px; padding-top: 40px; padding-bottom: 48px; }
code, pre { font: 13.5px/1.5 ui-monospace, "SF Mono", Menlo, Consolas, "DejaVu Sans Mono", monospace; }
:not(pre) > code { background: var(--tint); padding: 1px 5px; border-radius: 4px; }
pre { margin: 0; overflow-x: auto; }
table { border-collapse: collapse; font-size: 15px; font-variant-numeric: tabular-nums; margin: 12px 0; }
th, td { padding: 6px 18px 6px 0; text-align: left; border: 0; vertical-align: top;
  border-bottom: 1px solid var(--line); }
th { font-weight: 600; color: var(--soft); font-size: 13.5px; } td.number { white-space: nowrap; }
details { border-bottom: 1px solid var(--line); padding: 6px 0; } summary { cursor: pointer; }
.warning { background: #fdf1ec; border-left: 3px solid var(--mark); padding: 10px 16px; }
.columns { display: grid; gap: 10px; margin: 28px 0 8px; grid-template-columns: repeat(var(--count), minmax(0, 132px)); }
.columns h3 { margin: 0 0 6px; font-size: 14px; line-height: 1.25; min-height: 2.5em; text-align: center;
  display: flex; align-items: flex-end; justify-content: center; }
.columns img { width: 100%; display: block; image-rendering: pixelated; border-radius: 4px; }
.columns audio { width: 100%; height: 34px; margin-top: 8px; }
.columns div { min-width: 0; } figure { margin: 0; }
.facts { display: flex; flex-wrap: wrap; gap: 6px 34px; margin: 24px 0 0; padding: 14px 0; border: 0 solid var(--line);
  border-width: 1px 0; } .facts dt { color: var(--soft); font-size: 13.5px; } .facts dd { margin: 0; }
@media (max-width: 720px) { .columns { grid-template-columns: repeat(4, minmax(0, 1fr)); } }
.prompt { display: none; } .output_subarea { overflow-x: auto; padding: 2px 14px; }
.input_area { background: var(--tint); border-radius: 6px; padding: 10px 14px; margin: 18px 0 6px; }
.output { margin: 6px 0 14px; } .output_area { margin: 4px 0; } .output_stderr { background: #fdf1ec; }
.output img { max-width: 100%; height: auto; } .output audio { height: 34px; }
.dataframe { font-size: 14px; border: 0; } .dataframe td { text-align: right; padding: 4px 0 4px 22px; }
.dataframe th { padding: 4px 0 4px 22px; } .dataframe tr th:first-child { padding-left: 0; text-align: left; }
"""


def frame(title: str, body: str, *, links: Sequence[tuple[str, str]] = (), style: str = "") -> str:
    """A whole page: `body` is HTML, `links` are (text, address) of the bar above it; an empty address is this page."""
    bar = "".join(
        f'<a href="{html.escape(address)}">{html.escape(text)}</a>' if address else f"<b>{html.escape(text)}</b>"
        for text, address in links
    )
    return (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>{html.escape(title)}</title><style>{STYLE}{style}</style></head>\n"
        f"<body>{f'<nav>{bar}</nav>' if bar else ''}<main>\n{body}\n</main><footer>Audio2Img</footer></body></html>\n"
    )


def write_notebook(notebook: Path, target: Path, names: Sequence[str]) -> None:
    """Writes the executed `notebook` as the page `target`; `names` are all notebooks of the run, for the bar."""
    from nbconvert import HTMLExporter
    from pygments.formatters import HtmlFormatter

    body, _ = HTMLExporter(template_name="basic", embed_images=True).from_filename(str(notebook))
    links = [("Report", "../index.html")] + [(name, "" if name == target.stem else f"{name}.html") for name in names]
    colours = HtmlFormatter(style="friendly", nobackground=True).get_style_defs(".highlight")
    write_text(target, frame(target.stem, body, links=links, style=colours))
