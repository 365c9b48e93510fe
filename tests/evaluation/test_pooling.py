"""Two ways to pool are compared clip by clip, with what seeds add to the doubt."""

import numpy as np
import pytest
from toy_store import ToyStore

from a2i.evaluation import pooling
from a2i.training import encoder
from a2i.training.device import choose


def test_a_difference_has_its_sign_its_size_and_an_interval_around_it():
    rng = np.random.default_rng(0)
    right = {"mean": rng.uniform(size=(200, 3)) < 0.6, "attention": rng.uniform(size=(200, 3)) < 0.9}
    own = np.arange(200) < 100
    table = pooling.compared(right, {"calls": own, "others": ~own, "nobody": np.zeros(200, bool)})
    assert table.index.tolist() == ["calls", "others"]
    row = table.loc["calls"]
    assert (row["n"], row["seeds"]) == (100, 3)
    assert row["difference"] == pytest.approx(row["attention"] - row["mean"])
    assert 0 < row["low"] < row["difference"] < row["high"]


def test_seeds_that_disagree_widen_the_interval():
    clips = np.ones((100, 1))
    alike, apart = pooling.interval(clips * [0.2, 0.2, 0.2]), pooling.interval(clips * [0.0, 0.2, 0.4])
    assert alike == pytest.approx((0.2, 0.2))
    assert apart[1] - apart[0] > 0.2


def test_clips_are_grouped_by_the_length_of_one_event():
    groups = pooling.by_length([np.array([[1, 1.2], [3, 3.2]]), np.array([[0, 1.0]]), np.array([[0, 10.0]])])
    assert {name: own.tolist() for name, own in groups.items() if own.any()} == {
        "events of 0 to 0.3 s": [True, False, False],
        "events of 0.6 to 1.2 s": [False, True, False],
        "a sound that fills the clip": [False, False, True],
    }


def test_both_ways_are_trained_once_for_each_seed_and_hear_two_hums_apart(tmp_path):
    settings = encoder.EncoderSettings(width=4, embedding=8, epochs=12, batch=8)
    right = pooling.heard(ToyStore(), tmp_path, settings, [0, 1], choose("cpu"))
    assert {way: hits.shape for way, hits in right.items()} == {"mean": (8, 2), "attention": (8, 2)}
    assert right["attention"].mean() > 0.9
    assert sorted(path.name for path in tmp_path.iterdir()) == ["attention-0", "attention-1", "mean-0", "mean-1"]
