"""Several seeds say more than one: their mean, and an interval that their spread widens."""

import numpy as np
import pytest

from a2i.evaluation import seeds


def entry(value: float, half: float = 0.02, **more) -> dict:
    return {"value": value, "low": value - half, "high": value + half, "n": 500, "seeds": 1, "title": "a metric", **more}


def test_the_mean_of_seeds_carries_each_value_n_of_one_seed_and_how_many():
    found = seeds.merge([{"a": entry(0.5, floor=0.1)}, {"a": entry(0.6, floor=0.2)}])["a"]
    assert (found["value"], found["n"], found["seeds"]) == (pytest.approx(0.55), 500, 2)
    assert found["values"] == [0.5, 0.6]
    assert found["floor"] == pytest.approx(0.15)


def test_seeds_that_agree_have_the_interval_of_the_clips_and_seeds_that_do_not_a_wider_one():
    same = seeds.merge([{"a": entry(0.5)}] * 3)["a"]
    apart = seeds.merge([{"a": entry(value)} for value in (0.45, 0.5, 0.55)])["a"]
    assert (same["low"], same["high"]) == (pytest.approx(0.48), pytest.approx(0.52))
    assert apart["low"] < 0.45
    assert apart["high"] > 0.55


def test_a_share_stays_within_0_and_1_and_a_distance_does_not_have_to():
    share = seeds.merge([{"a": entry(0.98)}, {"a": entry(0.9)}])["a"]
    distance = seeds.merge([{"a": entry(0.01)}, {"a": entry(0.03)}])["a"]
    assert share["high"] == 1
    assert distance["low"] < 0


def test_intervals_of_three_seeds_hold_the_truth_19_times_in_20():
    rng, held = np.random.default_rng(0), 0
    for _ in range(300):
        clips = rng.normal(0, 0.02)  # all seeds are measured on the same clips
        values = 0.5 + clips + rng.normal(0, 0.03, 3)
        found = seeds.merge([{"a": entry(value, half=1.96 * 0.02)} for value in values])["a"]
        held += found["low"] <= 0.5 <= found["high"]
    assert held / 300 > 0.93


def test_what_not_all_seeds_have_is_left_out_and_no_run_says_nothing():
    assert set(seeds.merge([{"a": entry(0.5), "b": entry(0.1)}, {"a": entry(0.5)}])) == {"a"}
    assert seeds.merge([]) == {}


def test_difference_of_two_runs_is_surer_than_their_intervals_laid_end_to_end():
    gain, low, high = seeds.difference(entry(0.6), entry(0.5))
    assert gain == pytest.approx(0.1)
    assert 0.1 - 0.04 < low < 0.1 - 0.02
    assert 0.1 + 0.02 < high < 0.1 + 0.04
