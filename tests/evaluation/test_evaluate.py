"""A run is measured in one call: its pictures, controls and real frames by one yardstick, all of it written down."""

import json
import shutil

import numpy as np
import pandas as pd
import pytest
from toy_store import ToyStore

from a2i.cli import main
from a2i.core.errors import A2IError
from a2i.evaluation import controls, evaluate, headline, metrics
from a2i.training import classifier, run, stages
from a2i.training.device import choose

SMALL = {"encoder_settings": {"width": 4, "embedding": 8, "epochs": 2}, "gan_settings": {"gf": 4, "df": 4, "steps": 2, "batch": 4}}


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A run that has hardly been trained, and its store beside it."""
    root = tmp_path_factory.mktemp("toy")
    store = ToyStore(per_class=36).write(root / "data")
    run.train(store, root / "run", "modern", **SMALL, views=1, device=choose("cpu"))
    stage = stages.open_stage(root / "run", "judge", settings := classifier.JudgeSettings(4, epochs=4), {"store": "toy"})
    classifier.train(store, stage.folder, settings)
    stage.finish(classifier.FILE)
    return root


@pytest.fixture(scope="module")
def found(folder) -> evaluate.Evaluation:
    return evaluate.evaluate(folder / "run", folder / "data", few=0)


def test_generator_controls_and_real_frames_stand_in_one_table(found, folder):
    assert list(found.table) == ["of", "clip", "class", "sample", "measure", "value"]
    assert set(found.table["of"]) == {"generated", "real frames", *controls.CONTROLS}
    assert not found.table.duplicated(["of", "clip", "sample", "measure"]).any()
    written = pd.read_csv(folder / "run" / evaluate.FILE)
    assert len(written) == len(found.table)


def test_n_counts_clips_and_not_pictures(found):
    summary = found.summary()
    assert summary.loc["recognised", "n"] == 24
    assert (found.of("generated")["measure"] == "recognised").sum() == 48


def test_retrieval_of_two_plain_classes_is_recognised_and_shuffled_frames_are_not(found):
    assert found.controls.loc["recognised", "retrieval"] > 0.9
    shuffled = found.controls.loc["recognised", ["generated", "shuffled"]].sum()
    assert shuffled == pytest.approx(1, abs=0.1), "what is recognised as the one class is not as the other"


def test_a_generator_that_learnt_nothing_is_said_to_fail_and_not_to_beat_retrieval(found):
    said = "\n".join(found.verdicts)
    assert "the headline fails in coverage" in said
    assert "coverage: does not beat retrieval" in said
    assert set(headline.failed(found.summary("retrieval"))) < set(headline.failed(found.summary()))


def test_what_could_not_be_measured_is_said_in_a_sentence(found):
    assert any("attributes are not known" in note for note in found.notes)


def test_each_metric_carries_n_interval_and_what_stands_beside_it(found, folder):
    numbers = metrics.read(folder / "run")
    assert {"pictures_precision", "pictures_kid_judge", "control_mean_picture_pictures_recognised"} <= set(numbers)
    for name in ("pictures_recognised", "pictures_precision"):
        assert {"value", "n", "seeds", "low", "high", "title", "better"} <= set(numbers[name])
    assert numbers["pictures_recognised"]["chance"] == 0.5
    assert "floor" in numbers["pictures_precision"]
    assert "ceiling" in numbers["pictures_recognised"]


def test_a_judge_that_knows_drawings_better_than_frames_is_said_to_be_no_measure(found):
    of = found.table["of"]
    better = found.table.assign(value=found.table["value"].where(found.table["measure"] != "recognised", (of == "generated") * 1.0))
    assert "there it is no measure" in "\n".join(evaluate.Evaluation(better, 2, (), found.drawn, None).verdicts)


def test_pictures_of_another_sound_are_of_another_clip():
    target = np.repeat([0, 1, 2], 4)
    for same in (True, False):
        partner = controls._partners(target, np.random.default_rng(0), same=same)
        assert (partner != np.arange(12)).all()
        assert ((target[partner] == target) == same).all()


def test_the_command_tells_json_and_markdown_without_measuring_again(found, folder, capsys):
    place = folder / "run"
    before = (place / evaluate.FILE).stat().st_mtime_ns
    assert main(["evaluate", str(place), str(place), "--markdown"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[2].startswith("| What | Value | 95 % interval |")
    assert any("real frames of the class lie" in line and "| 24 | 2 |" in line for line in lines)
    assert (place / evaluate.FILE).stat().st_mtime_ns == before
    assert main(["evaluate", str(place), "--data", str(folder / "data"), "--few", "0", "--samples", "1", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["pictures_precision"]["n"] == 24
    assert (place / evaluate.FILE).stat().st_mtime_ns > before


def test_a_dry_run_of_the_command_measures_and_writes_nothing(folder, tmp_path, capsys):
    shutil.copytree(folder / "run", tmp_path / "run")
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*")}
    dry = ["evaluate", str(tmp_path / "run"), "--samples", "3", "--dry-run", "--data"]
    assert main([*dry, str(folder / "data")]) == 0
    assert capsys.readouterr().out == f"would measure 72 pictures of 24 sounds and write what is found to {tmp_path / 'run'}\n"
    assert main([*dry, str(tmp_path / "lost")]) == 2
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / "run").rglob("*")} == before


@pytest.mark.filterwarnings("error")
def test_a_single_evaluation_clip_a_class_is_measured_as_far_as_it_goes(folder, tmp_path):
    ToyStore(per_class=3).write(tmp_path / "data")
    shutil.copytree(folder / "run", tmp_path / "run")
    found = evaluate.evaluate(tmp_path / "run", tmp_path / "data", few=0, samples=1)
    assert found.summary().loc["recognised", "n"] == 2
    assert not {"precision", "KID, judge", "spread, pixels"} & set(found.summary().index), "of a single clip none is known"
    assert not any("nan" in line for line in found.verdicts)


def test_a_run_without_a_part_is_one_sentence(folder, tmp_path):
    with pytest.raises(A2IError, match="holds no trained encoder"):
        evaluate.evaluate(tmp_path, folder / "data")
    with pytest.raises(A2IError, match="no finished store"):
        evaluate.evaluate(folder / "run", tmp_path)
