"""The pages of a report: self-contained, whole, honest about what is missing."""

import json
import re

import numpy as np
import pandas as pd
import pytest
from nbformat import v4
from PIL import Image
from toy_notebooks import COMMON, write

from a2i.evaluation import metrics
from a2i.runner import html as pages


def references(html: str) -> list[str]:
    """All that a page loads or links to."""
    return re.findall(r"""(?:src|href|poster|data)=["']?([^"' >]+)|url\(([^)]+)\)|@import\s+["']([^"']+)""", html)


def outside(html: str) -> list[str]:
    targets = ["".join(groups) for groups in references(html)]
    return [target for target in targets if re.match(r"(\w+:)?//", target) or target.startswith(("http", "file:"))]


@pytest.fixture
def run(tmp_path, monkeypatch):
    """The folder of a run that has come to its end, with a grid of two columns."""
    monkeypatch.setenv("A2I_ROOT", str(tmp_path))
    folder = tmp_path / "reports" / "toy"
    samples = folder / "samples"
    samples.mkdir(parents=True)
    for name in ("cat", "ocean"):
        Image.fromarray(np.zeros((128, 64, 3), np.uint8)).save(samples / f"{name}.png")
    (samples / "cat.ogg").write_bytes(b"OggS")
    columns = [
        {"name": "cat", "title": "Cat", "png": "cat.png", "ogg": "cat.ogg", "clip_id": "a_0"},
        {"name": "ocean", "title": "Ocean", "png": "ocean.png", "ogg": "", "clip_id": "b_0"},
    ]
    (samples / "grid.json").write_text(json.dumps({"columns": columns, "caption": "Drawn from <new> sounds"}))
    metrics.record(folder, "judge", 0.71234, n=1000, title="judge", low=0.68, high=0.74, goal=0.8, ceiling=0.96)
    metrics.record(folder, "free", 0.5, n=10, title="free", goal=0.0)
    metrics.record(folder, "rate", 1234.0, n=3, title="Rate", unit="pictures/s", seeds=2)
    values = {"run": "toy", "data": "data/toy", "seed": 7}
    (folder / "params.json").write_text(json.dumps({"profile": "mini", "parameters": values}))
    (folder / "environment.json").write_text(json.dumps({"device": "A <fast> one", "seconds": 432, "cpu_count": 2}))
    write(folder / "notebooks" / "01_first.ipynb")
    (folder / "run.json").write_text(json.dumps({"notebooks": {"01_first": {"seconds": 61.4}}}))
    return folder


def test_the_index_shows_pictures_sounds_numbers_facts_and_pages(run):
    html = pages.write_index(run).read_text()
    assert html.count("data:image/png;base64,") == 2
    assert html.count("<audio") == 1
    assert html.index("Cat</h3>") < html.index("Ocean</h3>") < html.index("Key numbers")
    assert "Drawn from &lt;new&gt; sounds" in html
    for text in (
        "0.712",
        "0.680 to 0.740",
        "ceiling 0.960",
        "0.800 ✗",
        "1234 pictures/s",
        "A &lt;fast&gt; one",
        "7:12 min",
    ):
        assert text in html, text
    assert '<a href="html/01_first.html">The notebook 01_first</a>' in html
    assert "1:01 min" in html
    assert html.count("✓") + html.count("✗") == 1
    assert html.index("Free") < html.index("Also measured")
    assert html.index("Key numbers") < html.index("Judge") < html.index("Also measured") < html.index("Rate")
    assert "Not complete" not in html


def test_a_run_that_stopped_says_so_first(run):
    html = pages.write_index(run, stopped="02_second stopped: <bad> news").read_text()
    assert "Not complete: 02_second stopped: &lt;bad&gt; news." in html


def test_a_run_that_has_nothing_yet_has_an_index(tmp_path, monkeypatch):
    monkeypatch.setenv("A2I_ROOT", str(tmp_path))
    folder = tmp_path / "reports" / "empty"
    folder.mkdir(parents=True)
    html = pages.write_index(folder).read_text()
    assert "Audio2Img: empty" in html
    for absent in ("Key numbers", "<audio", "How it came about"):
        assert absent not in html


def test_every_clip_that_failed_is_listed_under_its_reason(run):
    store = run.parents[1] / "data" / "toy"
    store.mkdir(parents=True)
    status = ["ok", "missing", "missing", "cut <short>"]
    clips = pd.DataFrame({"clip_id": ["a_0", "b_0", "c_0", "d_0"], "label": "cat", "split": "train", "status": status})
    clips.to_parquet(store / "clips.parquet")
    html = pages.write_index(run).read_text()
    assert "3 of 4, by reason" in html
    assert (
        html.index("missing: 2")
        < html.index("b_0")
        < html.index("c_0")
        < html.index("cut &lt;short&gt;: 1")
        < html.index("d_0")
    )
    assert "a_0" not in html.partition("could not be used")[2]
    clips[:1].to_parquet(store / "clips.parquet")
    assert "All 1 clips were usable" in pages.write_index(run).read_text()


def test_no_page_loads_or_links_anything_outside(run):
    book = v4.new_notebook()
    picture = v4.new_output(
        "display_data", {"image/png": "iVBORw0KGgo=", "text/plain": "<Figure size 640x480 with 1 Axes>"}
    )
    book.cells = [
        v4.new_markdown_cell(
            "# A title\n\nSome *prose*, a [section](#below) and a list:\n\n- one\n\n| a | b |\n|---|---|\n| 1 | 2 |"
        ),
        v4.new_code_cell("x = 1", execution_count=1, outputs=[picture, v4.new_output("stream", text="<b>1</b>\n")]),
    ]
    source = run / "notebooks" / "01_first.ipynb"
    source.write_text(json.dumps(book))
    pages.write_notebook(source, run / "html" / "01_first.html", ["01_first", "02_second"])
    html = (run / "html" / "01_first.html").read_text()
    assert outside(html) == []
    assert outside(pages.write_index(run).read_text()) == []
    assert "<script" not in html
    assert "data:image/png;base64,iVBORw0KGgo=" in html
    assert "&lt;b&gt;1&lt;/b&gt;" in html
    assert "<b>01_first</b>" in html
    assert '<a href="02_second.html">02_second</a>' in html


def test_the_check_for_outside_links_can_fail():
    assert outside('<script src="https://x.org/a.js"></script>') == ["https://x.org/a.js"]
    assert outside("<style>@import url(//x.org/a.css)</style>") == ["//x.org/a.css"]
    assert outside("<style>@import '//x.org/a.css'</style>") == ["//x.org/a.css"]


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.71234, "0.712"), (0.9, "0.900"), (1, "1.000"), (0.0, "0.000"), (-0.25, "-0.250"), (12.0, "12"), (12.34, "12.3")]
    + [(1234.5, "1234"), (2.5e-7, "2.5e-07"), (-6.6e-17, "0.000")],
)
def test_numbers_are_shown_with_as_many_digits_as_help(value, text):
    assert pages.digits(value) == text


def test_parameters_are_shown_as_they_were_set(run):
    source = write(run / "notebooks" / "01_first.ipynb", parameters=COMMON)
    pages.write_notebook(source, run / "html" / "01_first.html", ["01_first"])
    assert "# the store" in (run / "html" / "01_first.html").read_text()
