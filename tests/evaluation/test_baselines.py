"""The baselines find what is there, and no more."""

import numpy as np
import pytest
from toy_store import ToyStore

from a2i.evaluation import baselines
from a2i.evaluation.coverage import cover


def test_baselines_tell_two_hums_apart_and_carry_n_and_interval():
    store = ToyStore()
    number, _, regression = baselines.score(store, cover(store))
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


def test_descriptors_measure_the_hum():
    table = baselines.descriptors(ToyStore(), np.arange(24))
    assert table["share of time"].mean() == pytest.approx(200 / 431, abs=0.02)
    assert table["events"].unique().tolist() == [1]
    assert table["seconds an event"].mean() == pytest.approx(200 / 431 * 10, abs=0.2)
    assert table["dynamic range (dB)"].between(30, 50).all()


def test_descriptors_count_calls_that_a_pause_parts():
    store = ToyStore()
    store._mel[:] = -80
    for first in (20, 26, 200):  # the first two are 0.1 s apart
        store._mel[:, 40, first : first + 4] = -10
    assert baselines.descriptors(store, np.arange(3))["events"].tolist() == [2, 2, 2]


def test_map_lays_two_hums_apart_and_bears_a_single_clip():
    store = ToyStore(per_class=20)
    places = baselines.clip_map(baselines.band_statistics(store, np.arange(40)))
    low, high = places[:20], places[20:]
    within = np.linalg.norm(low - low.mean(0), axis=1).mean() + np.linalg.norm(high - high.mean(0), axis=1).mean()
    assert np.linalg.norm(low.mean(0) - high.mean(0)) > within
    assert baselines.clip_map(np.ones((1, 384))).shape == (1, 2)


def test_a_faint_high_call_is_an_event_under_a_loud_low_hum():
    mels = np.random.default_rng(0).normal(-60, 1, (1, 128, 431)).astype(np.float32)
    mels[:, :10] += 50
    mels[:, 60:80, 100:160] += 12
    loud = baselines._standing_out(mels)[0]
    assert loud[105:155].all()
    assert loud[:90].mean() < 0.05 and loud[170:].mean() < 0.05
