"""Each failing clip has one cause, and the claims are measured the right way round."""

import numpy as np
import pandas as pd
import pytest
from toy_store import ToyStore

from a2i.evaluation import claims, failures
from a2i.models.classifier import Judge
from a2i.models.encoder import Encoder

CLASSES = ["cat", "ocean"]


def one_hot(indices, classes: int = 2) -> np.ndarray:
    return np.eye(classes)[np.asarray(indices)]


@pytest.fixture
def table():
    clips = pd.DataFrame({"clip_id": list("abcd"), "label": ["cat"] * 4})
    sound = one_hot([0, 1, 0, 0])
    real = one_hot([[0, 0, 0], [0, 0, 0], [1, 1, 0], [0, 0, 0]])
    generated = one_hot([[0, 0], [1, 1], [1, 1], [1, 1]])
    return failures.clip_table(clips, CLASSES, sound, real, generated)


def test_cause_is_sound_then_data_then_picture(table):
    assert table["cause"].tolist() == ["none", "sound", "data", "picture"]


def test_clip_with_half_of_its_pictures_right_does_not_fail():
    clips = pd.DataFrame({"clip_id": ["a"], "label": ["cat"]})
    table = failures.clip_table(clips, CLASSES, one_hot([1]), one_hot([[0]]), one_hot([[0, 1]]))
    assert table["cause"].tolist() == ["none"]


def test_class_table_gives_shares_and_an_interval_around_the_accuracy(table):
    row = failures.class_table(table, CLASSES).loc["cat"]
    assert (row["n"], row["encoder"], row["generated"]) == (4, 0.75, 0.25)
    assert row["low"] <= 0.25 <= row["high"]
    assert row[list(failures.CAUSES)].tolist() == [0.25, 0.25, 0.25]


def test_confusion_counts_every_class_also_those_never_seen():
    counts = failures.confusion(np.array(["cat", "cat"]), np.array(["cat", "ocean"]), CLASSES)
    assert counts.to_numpy().tolist() == [[1, 1], [0, 0]]


def test_recall_is_of_the_clips_of_a_class_within_its_interval():
    target, predicted = np.array(["cat"] * 4 + ["ocean"]), np.array(["cat", "cat", "ocean", "cat", "ocean"])
    found = failures.recall_table(target, predicted, ["cat", "dog", "ocean"])
    assert found["recall"].to_dict() == {"cat": 0.75, "ocean": 1}
    assert found["n"].to_dict() == {"cat": 4, "ocean": 1}
    assert found.loc["cat", "low"] < 0.75 < found.loc["cat", "high"]


def test_group_difference_is_first_minus_second_with_an_interval():
    table = pd.DataFrame({"label": ["cat"] * 50 + ["ocean"] * 50, "accuracy": [0.9, 0.7] * 25 + [0.3, 0.1] * 25})
    result = failures.group_difference(table, "accuracy", ["cat"], ["ocean"])
    assert result["difference"] == pytest.approx(0.6)
    assert 0.5 < result["low"] < 0.6 < result["high"] < 0.7


def test_claim_that_classes_differ_holds_only_where_they_do():
    same = pd.DataFrame({"label": ["cat", "ocean"] * 40, "accuracy": np.tile([0, 0, 1, 1], 20), "predicted_right": True})
    differ = same.assign(accuracy=np.where(same["label"] == "cat", 0.1, 0.9))
    assert claims.tested(same, CLASSES).loc[1, "low"] < 0
    assert claims.tested(differ, CLASSES).loc[1, "low"] > 0


def test_claims_without_their_classes_are_left_out():
    table = pd.DataFrame({"label": ["cat", "dog"], "accuracy": [1.0, 0.0], "predicted_right": [True, False]})
    assert claims.tested(table, ["cat", "dog"]).index.tolist() == [1]


def test_claim_that_calls_are_missed_is_positive_where_they_are():
    table = pd.DataFrame({"label": ["cat", "ocean"] * 20, "accuracy": 1.0})
    table["predicted_right"] = table["label"] == "ocean"
    assert claims.tested(table, CLASSES).loc[4, "difference"] == 1


def test_group_of_one_clip_has_a_difference_and_no_interval():
    table = pd.DataFrame({"label": ["cat", "ocean", "ocean"], "accuracy": [1.0, 0.0, 0.5]})
    result = failures.group_difference(table, "accuracy", ["cat"], ["ocean"])
    assert (result["difference"], result["n"]) == (0.75, 3)
    assert np.isnan([result["low"], result["high"]]).all()


@pytest.mark.parametrize("labels", [["cat"], ["cat", "ocean"]])
def test_claims_of_one_clip_a_class_are_told_without_an_error(labels):
    table = pd.DataFrame({"label": labels, "accuracy": 1.0, "predicted_right": True})
    assert claims.tested(table, labels).index[0] == 1


def test_a_single_clip_has_no_other_to_be_shuffled_with():
    store = ToyStore()
    networks = Encoder(2, width=4, embedding=8), Judge(2, width=4)
    embedding = np.ones((1, 8), np.float32)
    found = claims.controls(store, *networks, embedding, one_hot([[0, 1]]), np.array([0]))
    assert list(found) == ["retrieval"]
    assert np.isnan(found["retrieval"][1:3]).all()
