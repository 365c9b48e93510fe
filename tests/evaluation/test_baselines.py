"""The baselines find what is there, and no more."""

import numpy as np
import pytest
from toy_store import ToyStore

from a2i.evaluation import baselines
from a2i.evaluation.coverage import cover


def test_baselines_tell_two_hums_apart_and_carry_n_and_interval():
    store = ToyStore()
    number, regression = baselines.score(store, cover(store))
    assert number.accuracy == regression.accuracy == 1
    assert number.n == 8
    assert number.low < 1 <= number.high + 1e-9


def test_baselines_stay_near_chance_on_noise():
    store = ToyStore(per_class=60)
    store._mel = np.random.default_rng(0).normal(-60, 3, store._mel.shape).astype(np.float32)
    assert all(score.accuracy < 0.75 for score in baselines.score(store, cover(store)))


def test_mean_spectrum_has_a_hump_where_the_class_hums():
    store = ToyStore()
    spectra = baselines.mean_spectra(store, np.arange(24), np.repeat([0, 1], 12))
    assert 20 <= spectra["low"].idxmax() < 30
    assert 80 <= spectra["high"].idxmax() < 90


def test_loud_share_is_the_share_of_time_of_the_hum():
    table = baselines.loud_share(ToyStore(), np.arange(24))
    assert table["share of time"].mean() == pytest.approx(200 / 431, abs=0.02)
