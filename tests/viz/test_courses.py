"""Courses and their mean, a panel a study; what is never likely is not in the way."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

from matplotlib import pyplot as plt

from a2i.viz import courses


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_each_panel_shows_every_course_and_their_mean():
    readings = np.array([[0.0, 1.0], [2.0, 3.0]])
    panels = {name: (np.array([0.0, 6.0]), readings) for name in "abcd"}
    fig = courses.courses(panels, lambda name: (f"{name}, dB", "read"))
    for axis, name in zip(fig.axes, panels):
        assert (axis.get_title(), axis.get_xlabel(), axis.get_ylabel()) == (name, f"{name}, dB", "read")
        assert [line.get_ydata().tolist() for line in axis.lines] == [[0, 1], [2, 3], [1, 2]]


def test_along_a_recording_the_classes_that_are_ever_likely_are_shown_with_gaps_in_silence():
    probability = np.array([[0.9, 0.1, 0.0], [np.nan] * 3, [0.2, 0.2, 0.6]])
    fig = courses.heard_along(np.arange(3), probability, ["Cat", "Dog", "Sea"], "moment (s)")
    assert [text.get_text() for text in fig.axes[0].get_legend().get_texts()] == ["Cat", "Sea"]
    assert np.isnan(fig.axes[0].lines[0].get_ydata()[1])


def test_where_no_class_is_ever_likely_the_likeliest_is_shown():
    fig = courses.heard_along(np.arange(2), np.array([[0.1, 0.2, 0.1], [0.1, 0.1, 0.1]]), ["Cat", "Dog", "Sea"], "moment (s)")
    assert [text.get_text() for text in fig.axes[0].get_legend().get_texts()] == ["Dog"]
