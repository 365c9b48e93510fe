"""Two runs side by side: which differ, by how much, and when that cannot be told."""

import json

import numpy as np
import pandas as pd
import pytest
from toy_report import make, outside

from a2i import cli
from a2i.core.errors import A2IError
from a2i.evaluation import metrics
from a2i.runner import compare


@pytest.fixture
def runs(tmp_path, monkeypatch):
    """Two runs of which the second is better by 0.2 in the judge's accuracy."""
    monkeypatch.setenv("A2I_ROOT", str(tmp_path))
    return make(tmp_path, "one"), make(tmp_path, "other", shift=0.2)


def test_a_clear_difference_is_told_and_an_unclear_one_is_not(runs):
    found = {row.title: row for row in compare.differences(*runs)}
    assert found["judge: drawn"].difference == pytest.approx(0.2)
    assert found["judge: drawn"].verdict == "the second is better"
    assert found["judge: drawn"].low > 0
    assert found["free"].difference == 0
    assert found["free"].verdict == ""
    swapped = {row.title: row for row in compare.differences(runs[1], runs[0])}
    assert swapped["judge: drawn"].verdict == "the first is better"


def test_of_the_same_clips_the_differences_are_paired(runs):
    """Clips that differ much, and by nearly the same in both runs: apart nothing could be told."""
    values = np.linspace(0, 1, 40)
    for run, shift in zip(runs, (0.0, 0.05), strict=True):
        accuracy = values + shift + np.resize([-0.01, 0.01], 40) * (shift > 0)
        pd.DataFrame({"clip_id": [f"c{i}" for i in range(40)], "accuracy": accuracy}).to_csv(run / "clips.csv")
        low, high = metrics.bootstrap(accuracy)
        metrics.record(run, "generated_accuracy", accuracy.mean(), n=40, low=low, high=high, title="judge: drawn")
    (row,) = [row for row in compare.differences(*runs) if row.title == "judge: drawn"]
    assert row.clips == 40
    assert 0.04 < row.low < 0.05 < row.high < 0.06
    pd.DataFrame({"clip_id": [f"d{i}" for i in range(40)], "accuracy": values}).to_csv(runs[1] / "clips.csv")
    (row,) = [row for row in compare.differences(*runs) if row.title == "judge: drawn"]
    assert (row.clips, row.verdict) == (None, "cannot be told")


def test_where_less_is_better_the_lower_one_is(runs):
    for run, value in zip(runs, (0.2, 0.1), strict=True):
        metrics.record(
            run, "pictures_kid", value, n=9, title="KID", low=value - 0.01, high=value + 0.01, better="lower"
        )
    assert compare.differences(*runs)[0].verdict == "the second is better"


def test_the_page_shows_both_grids_the_differences_and_what_was_set_differently(runs):
    set_up = json.loads((runs[1] / "params.json").read_text())
    set_up["parameters"]["seed"] = 8
    (runs[1] / "params.json").write_text(json.dumps(set_up))
    html = compare.write(*runs, runs[0] / "page.html").read_text()
    assert outside(html) == []
    assert html.count("data:image/png;base64,") == 4
    assert "<code>seed</code></td><td>7</td><td>8</td>" in html
    assert "0.712</td>" in html
    assert "the second is better" in html


def test_a_dry_run_of_compare_prints_the_table_and_writes_no_page(runs, capsys):
    assert cli.main(["compare", "one", "other", "--dry-run"]) == 0
    out = capsys.readouterr().out
    assert "judge: drawn" in out
    assert out.endswith("would write reports/one-and-other.html\n")
    assert not (runs[0].parent / "one-and-other.html").exists()


def test_compare_prints_a_table_and_names_its_page(runs, capsys):
    assert cli.main(["compare", "one", str(runs[1])]) == 0
    out = capsys.readouterr().out
    assert "judge: drawn" in out
    assert out.endswith("side by side: reports/one-and-other.html\n")
    assert (runs[0].parent / "one-and-other.html").is_file()
    assert cli.main(["compare", "one", "other", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["differences"][0]["title"] == "judge: drawn"


def test_a_run_that_is_not_there_is_named_with_those_that_are(runs):
    with pytest.raises(A2IError, match="there is no run 'othre'; did you mean 'other'\\?: the runs are one, other"):
        compare.find("othre")


def test_what_is_neither_better_high_nor_low_only_differs(runs):
    for run, value in zip(runs, (0.2, 0.8), strict=True):
        metrics.record(run, "claim_1", value, n=9, title="a claim", low=value - 0.01, high=value + 0.01, better="nothing")
    (row,) = [row for row in compare.differences(*runs) if row.title == "a claim"]
    assert row.verdict == "they differ"


def test_where_a_run_tells_nothing_of_its_parameters_none_is_said_to_differ(runs):
    (runs[0] / "params.json").unlink()
    html = compare.write(*runs, runs[0] / "page.html").read_text()
    assert "What was set differently" not in html
