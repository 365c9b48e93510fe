"""Classes are recognised or taken for others, and every clip is counted."""

import numpy as np

from a2i.evaluation import failures

CLASSES = ["cat", "ocean"]


def test_confusion_counts_every_class_also_those_never_seen():
    counts = failures.confusion(np.array(["cat", "cat"]), np.array(["cat", "ocean"]), CLASSES)
    assert counts.to_numpy().tolist() == [[1, 1], [0, 0]]


def test_recall_is_of_the_clips_of_a_class_within_its_interval():
    target, predicted = np.array(["cat"] * 4 + ["ocean"]), np.array(["cat", "cat", "ocean", "cat", "ocean"])
    found = failures.recall_table(target, predicted, ["cat", "dog", "ocean"])
    assert found["recall"].to_dict() == {"cat": 0.75, "ocean": 1}
    assert found["n"].to_dict() == {"cat": 4, "ocean": 1}
    assert found.loc["cat", "low"] < 0.75 < found.loc["cat", "high"]
