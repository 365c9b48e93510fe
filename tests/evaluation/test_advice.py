"""Advice follows the causes, and a frame at the sound is the one that the attention points to."""

import numpy as np
import pandas as pd

from a2i.evaluation import advice, metrics


def test_advice_is_ranked_by_the_clips_that_it_would_help_the_worst_class_first():
    causes = {"cat": ["sound"] * 3 + ["data"] + ["none"] * 6, "dog": ["picture"] * 8 + ["none"] * 2, "ocean": ["none"] * 10}
    table = pd.DataFrame([(name, cause, True) for name, own in causes.items() for cause in own], columns=["label", "cause", "audible"])
    found = advice.ranked(table, list(causes))
    assert found["label"].tolist() == ["dog", "cat", "cat"]
    assert found["clips"].tolist() == [8, 3, 1]
    assert found["advice"].tolist() == [advice.ADVICE[key] for key in ("more", "ear", "frames")]
    assert ((found["low"] < found["share"]) & (found["share"] < found["high"])).all()


def test_silent_clips_call_for_labels_and_unknown_frames_for_others():
    table = pd.DataFrame({"cause": ["data", "data", "unclear", "none"], "audible": [False, True, True, True]})
    assert advice.kind(table).tolist() == ["labels", "frames", "both", ""]


def test_frame_at_the_sound_is_the_one_nearest_to_the_attentions_peak():
    attention = np.zeros((2, 100))
    attention[0, 80], attention[1, 11] = 1, 1
    recognised = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 1.0]])
    change = advice.at_sound(attention, [[1.0, 5.0, 8.2], [1.0, 5.0, 8.2]], recognised)
    assert change.round(6).tolist() == [round(2 / 3, 6), round(-2 / 3, 6)]


def test_what_an_advice_changes_is_told_with_its_interval(tmp_path):
    recognised = np.tile([[0.0, 1.0], [1.0, 1.0]], (30, 1))
    change = np.tile([0.5, 0.0], 30)
    found = advice.carried_out(np.repeat(["cat", "dog"], 30), recognised, change, ["cat", "dog", "ocean"])
    assert found.index.tolist() == ["all", "cat", "dog"]
    assert found.loc["all", ["any frame", "at the sound", "change"]].tolist() == [0.75, 1.0, 0.25]
    assert found.loc["all", "low"] < 0.25 < found.loc["all", "high"]
    advice.record(tmp_path, found)
    kept = metrics.read(tmp_path)
    assert (kept["frames_at_the_sound"]["value"], kept["frames_at_the_sound_worst"]["value"]) == (0.25, 0.25)
    assert "Cat" in kept["frames_at_the_sound_worst"]["title"]


def test_where_nothing_changed_so_many_clips_tell_only_so_much():
    seen = np.ones((20, 3))
    found = advice.carried_out(np.repeat("cat", 20), seen, np.zeros(20), ["cat"]).loc["all"]
    assert found["low"] < 0 == found["change"] < found["high"] < 0.2
