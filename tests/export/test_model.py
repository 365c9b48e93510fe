"""An exported model: alone in its folder it draws as its run does, and its card tells the run's own numbers."""

import hashlib
import json
import shutil

import numpy as np
import pytest
import yaml

from a2i import cli, imagine
from a2i.core.errors import A2IError
from a2i.evaluation import metrics
from a2i.export.model import export


@pytest.fixture
def moved(run, tmp_path):
    """A copy of the run with metrics, and its export; the run is gone."""
    copy = shutil.copytree(run, tmp_path / "run")
    metrics.record(copy, "encoder_accuracy", 0.8123, low=0.71, high=0.89, n=57, title="encoder: accuracy", goal=0.9)
    (copy / "params.json").write_text(json.dumps({"parameters": {"source": "miniworld", "difficulty": 0.9, "seed": 7}}))
    assert cli.main(["export", str(copy), "--out", str(tmp_path / "model")]) == 0
    shutil.rmtree(copy)
    return tmp_path / "model"


def test_it_draws_as_its_run_does_when_the_run_is_gone(run, moved, hum):
    theirs, ours = imagine.load(run), imagine.load(moved)
    heard = ours.hear(hum)
    assert np.array_equal(heard.description, theirs.hear(hum).description)
    assert np.array_equal(ours.draw(heard.description, count=2), theirs.draw(heard.description, count=2))
    assert ours.classes == ("low", "high")


def test_its_card_tells_the_measures_with_intervals_the_data_the_limits_and_the_licence(moved):
    card = (moved / "README.md").read_text()
    assert "| encoder: accuracy | 0.8123 | 0.71 to 0.89 |  |  | 0.9 | 57 | 1 |" in card
    assert "It misses its own goal: encoder: accuracy." in card
    assert "difficulty 0.9" in card
    assert "seed 7" in card
    head = yaml.safe_load(card.split("---")[1])
    assert head["license"] == "mit"
    for heading in ("Use", "Data", "Networks", "Measures", "Limits", "Licence"):
        assert f"\n## {heading}\n" in card
    assert str(moved.parent) not in card


def test_its_checksums_are_those_of_its_files(moved):
    lines = dict(reversed(line.split("  ")) for line in (moved / "SHA256SUMS").read_text().splitlines())
    assert set(lines) == {path.name for path in moved.iterdir()} - {"SHA256SUMS"}
    for name, digest in lines.items():
        assert hashlib.sha256((moved / name).read_bytes()).hexdigest() == digest


def test_the_encoders_calibration_goes_with_it(run, tmp_path, hum):
    from a2i.evaluation.calibration import Calibration

    copy = shutil.copytree(run, tmp_path / "run")
    size = imagine.load(run).encoder.size
    Calibration(2.0, 1.1, np.eye(size, dtype=np.float32)).save(copy / "encoder")
    pair = imagine.load(export(copy, tmp_path / "model"))
    assert pair.hear(hum).none.tolist() == [True], "no likeness is as great as 1.1"
    assert "none of the classes" in (tmp_path / "model" / "README.md").read_text()


def test_an_untrained_run_a_model_and_a_folder_with_other_things_are_one_sentence(run, moved, tmp_path):
    (tmp_path / "letters").mkdir()
    (tmp_path / "letters" / "dear.txt").write_text("Dear")
    for source, out, says in (
        (tmp_path / "nothing", tmp_path / "a", "no folder"),
        (tmp_path / "letters", tmp_path / "a", "no trained encoder"),
        (moved, tmp_path / "a", "exported model already"),
        (run, tmp_path / "letters", "dear.txt"),
        (run, tmp_path / "letters" / "dear.txt", "is a file"),
    ):
        with pytest.raises(A2IError, match=says) as caught:
            export(source, out)
        assert "\n" not in str(caught.value)
    assert (tmp_path / "letters" / "dear.txt").read_text() == "Dear"
    assert not (tmp_path / "a").exists()
    export(run, moved)  # over a former one
