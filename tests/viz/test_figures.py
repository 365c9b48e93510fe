"""Each figure names its axes with units and shows what it was given."""

import itertools

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("agg")

from matplotlib import pyplot as plt

from a2i.viz import figures, sheets, spectra, verdicts


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def test_a_title_that_is_too_long_keeps_its_beginning_and_its_end():
    assert figures.short("a sound of a great many creatures, kind 12") == "A sound of a\u2026es, kind 12"
    assert figures.short("race_car") == "Race car"


def test_confusion_writes_the_counts():
    fig = figures.confusion(pd.DataFrame([[3, 1], [0, 4]], ["cat", "ocean"], ["cat", "ocean"]), "title")
    assert [text.get_text() for text in fig.axes[0].texts] == ["3", "1", "0", "4"]


def test_fates_stack_what_is_ok_and_every_loss_of_a_class():
    table = pd.DataFrame({"listed": [9, 6], "single": [2, 0], "missing": [1, 1], "ok": [6, 5]}, ["cat", "ocean"])
    axis = figures.fates(table).axes[0]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["ok", "single", "missing"]
    assert sorted(bar.get_width() for bar in axis.patches) == [0, 1, 1, 2, 5, 6]
    assert axis.get_xlabel() == "segments"


LOG = pd.DataFrame({"step": [25, 50, 75], "g_pixels": [3.0, 2.0, 1.0], "g_adversarial": [np.nan, 0.2, 0.3], "d_real": [np.nan, 1, 0.5]})


def test_losses_show_each_term_with_the_network_it_is_of_and_shade_the_acts():
    fig = figures.losses(LOG, {0: "learn to draw", 40: "the adversary"}, "nat")
    above, below = fig.axes
    assert [line.get_label() for line in above.lines] == ["pixels", "adversarial"]
    assert [line.get_label() for line in below.lines] == ["real"]
    assert [text.get_text().strip() for text in above.texts] == ["learn to draw", "the adversary"]
    assert [patch.get_x() for patch in above.patches] == [0, 40]
    assert "nat" in below.get_ylabel()
    assert below.get_xlabel().startswith("step")


def test_losses_show_the_kid_beside_that_of_real_frames_where_it_was_measured():
    *_, axis = figures.losses(LOG.assign(kid=[np.nan, 0.4, 0.2]), {0: "learn to draw"}, "nat", 0.01).axes
    course, floor = axis.lines
    assert course.get_xydata().tolist() == [[50, 0.4], [75, 0.2]]
    assert floor.get_ydata() == [0.01, 0.01]
    assert axis.get_xlabel().startswith("step")


def test_losses_of_a_training_too_short_for_a_discriminator_have_no_legend_of_it():
    fig = figures.losses(LOG[["step", "g_pixels"]], {0: "learn to draw"}, "nat")
    assert [axis.get_legend() is None for axis in fig.axes] == [False, True]


LONG = [f"the sound of a very large number of creatures, kind {number}" for number in range(60)]
PICTURES = {name: np.zeros((2, 64, 64, 3), np.uint8) for name in LONG}
ONES = pd.DataFrame(1, LONG, LONG)
TOLD = [(name, cause, 20, 4, 0.2, 0.1, 0.3) for name in LONG for cause in verdicts.COLOURS]
DRAWN = {
    "columns of pictures": lambda: sheets.columns(PICTURES, 2),
    "rows of pictures": lambda: sheets.rows(PICTURES),
    "mean_spectra": lambda: spectra.mean_spectra(pd.DataFrame(np.zeros((128, 60)), columns=LONG)),
    "recalls": lambda: figures.recalls(pd.DataFrame({"recall": 0.5, "low": 0.4, "high": 0.6}, LONG), 1 / 60),
    "clip_map": lambda: figures.clip_map(np.random.default_rng(0).random((60, 2)), LONG, np.arange(60) < 3),
    "confusion": lambda: figures.confusion(ONES, "title"),
    "fates": lambda: figures.fates(pd.DataFrame({"listed": 2, "missing": 1, "ok": 1}, LONG)),
    "causes": lambda: verdicts.causes(pd.DataFrame(TOLD, columns=["label", "cause", "n", "count", "share", "low", "high"])),
}


@pytest.mark.parametrize("name", DRAWN)
def test_names_of_60_classes_do_not_overlap(name):
    fig = DRAWN[name]()
    fig.canvas.draw()
    inches = fig.get_size_inches()
    assert inches.max() <= 45
    texts = [text for axis in fig.axes for text in (*axis.get_xticklabels(), *axis.get_yticklabels(), axis.title)]
    texts += [text for axis in fig.axes for text in (axis.yaxis.label, *axis.texts)]
    texts += [text for axis in fig.axes if axis.get_legend() for text in axis.get_legend().get_texts()]
    boxes = [text.get_window_extent() for text in texts if "kind" in text.get_text() or "sound" in text.get_text()]
    assert len(boxes) >= 60
    for one, other in itertools.combinations(boxes, 2):
        assert not shrunk(one).overlaps(shrunk(other))


def shrunk(box):
    """A text's box without the empty rim of its line."""
    return box.padded(-0.15 * min(box.width, box.height))


def test_classes_whose_short_titles_are_equal_stay_two_on_a_map(recwarn):
    names = [f"class number {number} with a name that is rather long" for number in (17, 18)]
    short = {figures.short(name) for name in names}
    fig = figures.clip_map(np.eye(2), names, np.zeros(2, bool))
    assert len(fig.axes[0].get_legend().get_texts()) == 2 > len(short)
    assert not [warning for warning in recwarn if "palette" in str(warning.message)]


@pytest.mark.parametrize("scored", [False, True])
def test_course_shows_every_term_and_the_accuracy_where_it_is_known(scored):
    log = pd.DataFrame({"step": [1, 2], "loss": [2.0, 1.0], "numbers": [0.5, 0.4], "rate": [1e-3, 1e-4]})
    axes = figures.course(log.assign(held_out=[0.5, 0.9]) if scored else log, 0.1).axes
    assert [text.get_text() for text in axes[0].get_legend().get_texts()] == ["loss", "numbers", "a guess"]
    assert [axis.get_ylabel() for axis in axes[1:]] == ["accuracy", "learning\nrate"][not scored :]
