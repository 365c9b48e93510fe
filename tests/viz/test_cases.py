"""A sheet of clips has a row a clip, whatever it lacks."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from toy_store import ToyStore

from a2i.evaluation import cases as picked_cases
from a2i.viz import cases


@pytest.mark.parametrize("pictures", [1, 4])
def test_sheet_tells_of_every_clip_what_was_heard_shown_and_the_cause(pictures):
    clips = pd.DataFrame({"label": ["cat", "dog"], "heard": ["cat", "ocean"], "shown": ["cat", "ocean"], "cause": ["none", "sound"]})
    black = np.zeros((2, pictures, 64, 64, 3), np.uint8)
    fig = cases.sheet(clips.assign(place=[0, 1]), ToyStore(), np.array([2, 5]), np.ones((2, 54)) / 54, black, black[:, 0])
    words = " ".join(text.get_text() for text in fig.axes[0].texts)
    assert "heard: Ocean" in words.replace("\n", " ")
    assert ("cause: sound" in words.replace("\n", " ")) == (pictures > 1)
    plt.close(fig)


def test_attention_stands_below_the_sound_at_its_time():
    attention = np.zeros(64)
    attention[50] = 1
    bars = cases.heard(np.random.default_rng(0).normal(-40, 5, (128, 431)), attention)[-cases.BAR :]
    assert bars.shape == (cases.BAR, 64, 3)
    assert np.flatnonzero((bars[:, :, 0] == 40).all(0)).tolist() == [50]


def test_picked_are_the_best_the_median_and_the_worst_of_each_class():
    table = pd.DataFrame({"clip_id": list("abcdef"), "label": ["cat"] * 5 + ["dog"], "accuracy": [0.1, 0.9, 0.5, 0.3, 0.7, 1.0]})
    found = picked_cases.picked(table, ["dog", "cat", "ocean"])
    assert found[found["label"] == "cat"].set_index("rank")["clip_id"].to_dict() == {"best": "b", "median": "c", "worst": "a"}
    assert found[found["label"] == "dog"]["clip_id"].tolist() == ["f"] * 3
    assert found["label"].tolist() == ["dog", "cat"] * 3
    assert (table["clip_id"].to_numpy()[found["place"]] == found["clip_id"]).all()
