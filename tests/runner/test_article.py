"""The first page of a report: findings first, self-contained, whole, honest about what is missing."""

import json
import re

import pandas as pd
import pytest
from toy_report import make, outside, png

from a2i.runner import article


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("A2I_ROOT", str(tmp_path))
    return make(tmp_path)


def test_the_article_goes_from_findings_over_pictures_and_numbers_to_figures_and_its_making(run):
    html = article.write_index(run).read_text()
    order = [
        "A &lt;fast&gt; one",
        "Findings</h2>",
        "in 71.2 % (68.0 to 74.0) of the pictures drawn from 1000 sounds",
        "Cat</h3>",
        "Ocean</h3>",
    ]
    order += [
        "Figure 1.</b> Drawn from &lt;new&gt; sounds",
        "Contents",
        "Headline numbers</h2>",
        "Judge: drawn",
        "0.712",
    ]
    order += ["0.680 to 0.740", "ceiling 0.960", "0.800 ✗", "Free", "A first look</h2>", "What is there to see?", png()]
    order += ["Figure 2.</b> Dots by <code>class</code>; <strong>higher</strong> is better.</figcaption>"]
    order += ["All that was measured</h2>", "1234 pictures/s", "How it came about</h2>", "1:01 min"]
    place = 0
    for text in order:
        place = html.find(text, place)
        assert place >= 0, f"{text} is not where it belongs"
    assert html.count("<audio") == 1
    assert html.count("✓") + html.count("✗") == 1
    for absent in ("Left out", "Not complete", "And more"):
        assert absent not in html


def test_every_entry_of_the_contents_leads_to_a_section(run):
    html = article.write_index(run).read_text()
    targets = re.findall(r'href="#([\w-]+)"', html)
    assert len(targets) == 4
    assert all(f'<section id="{target}">' in html for target in targets)


def test_the_article_loads_and_links_nothing_outside(run):
    html = article.write_index(run).read_text()
    assert outside(html) == []
    assert "<script" not in html


def test_a_run_that_stopped_says_so_before_its_findings(run):
    html = article.write_index(run, stopped="02_second stopped: <bad> news").read_text()
    assert 0 < html.index("Not complete: 02_second stopped: &lt;bad&gt; news.") < html.index("Findings</h2>")


def test_what_a_profile_says_of_itself_stands_before_the_findings(run):
    set_up = json.loads((run / "params.json").read_text())
    (run / "params.json").write_text(json.dumps({**set_up, "remark": "Only a taste"}))
    html = article.write_index(run).read_text()
    assert 0 < html.index("Only a taste") < html.index("Findings</h2>")


def test_a_run_that_has_nothing_yet_has_an_article(tmp_path, monkeypatch):
    monkeypatch.setenv("A2I_ROOT", str(tmp_path))
    folder = tmp_path / "reports" / "empty"
    folder.mkdir(parents=True)
    html = article.write_index(folder).read_text()
    assert "Audio2Img: empty" in html
    for absent in ("Findings", "Contents", "Headline numbers", "<audio", "How it came about"):
        assert absent not in html


def test_every_clip_that_failed_is_listed_under_its_reason(run):
    store = run.parents[1] / "data" / "toy"
    store.mkdir(parents=True)
    status = ["ok", "missing", "missing", "cut <short>"]
    clips = pd.DataFrame({"clip_id": ["a_0", "b_0", "c_0", "d_0"], "label": "cat", "split": "train", "status": status})
    clips.to_parquet(store / "clips.parquet")
    html = article.write_index(run).read_text()
    order = ["Clips to learn from, to evaluate</dt><dd>1, 0</dd>", "3 of 4, by reason", "missing: 2", "b_0", "c_0", "cut &lt;short&gt;: 1", "d_0"]
    places = [html.index(text) for text in order]
    assert places == sorted(places)
    assert "a_0" not in html.partition("could not be used")[2]
    clips[:1].to_parquet(store / "clips.parquet")
    assert "All 1 clips were usable" in article.write_index(run).read_text()
