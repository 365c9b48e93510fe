"""Figures show each row that they were given, in its place."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("agg")

from matplotlib import pyplot as plt

from a2i.viz import hearing


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_confidence_and_accuracy_stand_on_the_axes_with_their_intervals():
    table = pd.DataFrame({"confidence": [0.5, 0.9], "accuracy": [0.4, 1.0], "low": [0.2, 0.8], "high": [0.6, 1.0]})
    axis = hearing.reliability({"plain": table, "calibrated": table}).axes[0]
    assert (axis.get_xlabel(), axis.get_ylabel()) == ("confidence", "accuracy")
    assert len(axis.containers) == 2
    assert axis.containers[0].lines[0].get_xydata().tolist() == [[0.5, 0.4], [0.9, 1.0]]


def test_what_no_probe_reads_is_drawn_at_0_and_not_out_of_sight():
    table = pd.DataFrame({"embedding": [0.9, -3.0], "bands": [0.5, 0.1]}, index=["cat size", "race_car rate"])
    axis = hearing.probes(table).axes[0]
    assert [text.get_text() for text in axis.get_yticklabels()] == ["Cat size", "Race car rate"]
    assert axis.collections[0].get_offsets().data.tolist() == [[0.9, 1], [0.0, 0]]


def test_each_condition_has_its_accuracy_and_its_share_of_none():
    table = pd.DataFrame({"kind": "MP3", "level": ["32 kbit/s", "8 kbit/s"], "accuracy": [0.9, 0.2], "low": 0.1, "high": 0.95,
                          "none": [0.0, 1.0]})  # fmt: skip
    axis = hearing.conditions(table, 0.1).axes[0]
    assert [text.get_text() for text in axis.get_yticklabels()] == ["MP3 32 kbit/s", "MP3 8 kbit/s"]
    assert np.allclose(axis.collections[-1].get_offsets().data[:, 0], [0, 1])
