"""The pages of a report that are notebooks: self-contained and whole."""

import json

import pytest
from nbformat import v4
from toy_notebooks import COMMON, write
from toy_report import outside, png

from a2i.runner import html as pages


def test_a_notebook_as_a_page_loads_and_links_nothing_outside(tmp_path):
    book = v4.new_notebook()
    picture = v4.new_output("display_data", {"image/png": png(), "text/plain": "<Figure size 640x480 with 1 Axes>"})
    book.cells = [
        v4.new_markdown_cell(
            "# A title\n\nSome *prose*, a [section](#below) and a list:\n\n- one\n\n| a | b |\n|---|---|\n| 1 | 2 |"
        ),
        v4.new_code_cell("x = 1", execution_count=1, outputs=[picture, v4.new_output("stream", text="<b>1</b>\n")]),
    ]
    source = tmp_path / "01_first.ipynb"
    source.write_text(json.dumps(book))
    pages.write_notebook(source, tmp_path / "html" / "01_first.html", ["01_first", "02_second"])
    html = (tmp_path / "html" / "01_first.html").read_text()
    assert outside(html) == []
    assert "<script" not in html
    assert f"data:image/png;base64,{png()}" in html
    assert "&lt;b&gt;1&lt;/b&gt;" in html
    assert "<b>01_first</b>" in html
    assert '<a href="02_second.html">02_second</a>' in html


@pytest.mark.parametrize(
    ("html", "address"),
    [
        ('<script src="https://x.org/a.js"></script>', "https://x.org/a.js"),
        ("<style>@import url(//x.org/a.css)</style>", "//x.org/a.css"),
        ("<style>@import '//x.org/a.css'</style>", "//x.org/a.css"),
    ],
)
def test_the_check_for_outside_links_can_fail(html, address):
    assert outside(html) == [address]


def test_parameters_are_shown_as_they_were_set(tmp_path):
    source = write(tmp_path / "01_first.ipynb", parameters=COMMON)
    pages.write_notebook(source, tmp_path / "01_first.html", ["01_first"])
    assert "# the store" in (tmp_path / "01_first.html").read_text()
