"""Confidences that promise too much are corrected, and what is like no training clip is none of the classes."""

import numpy as np
import pytest

from a2i.evaluation import calibration


@pytest.fixture
def boastful():
    """Logits three times too large of 4,000 clips of three classes, their classes, and embeddings around three directions."""
    rng = np.random.default_rng(0)
    logit = rng.normal(size=(4000, 3))
    share = np.exp(logit) / np.exp(logit).sum(1, keepdims=True)
    target = (share.cumsum(1) < rng.uniform(size=(4000, 1))).sum(1)
    embedding = 5 * np.eye(8)[target] + rng.normal(0, 0.5, (4000, 8))
    return 3 * logit, target, embedding


@pytest.fixture
def fitted(boastful):
    logit, target, embedding = boastful
    return calibration.fit(embedding[:2000], embedding[2000:3000], logit[2000:3000], target[2000:3000])


def test_temperature_undoes_what_logits_promise_too_much(boastful, fitted):
    logit, target, _ = (part[3000:] for part in boastful)
    assert fitted.temperature == pytest.approx(3, rel=0.15)
    errors = []
    for probability in (calibration.Calibration(1, 0, fitted.known).probability(logit), fitted.probability(logit)):
        value, low, high = calibration.error(probability.max(1), probability.argmax(1) == target)
        assert 0 <= low <= high
        errors.append(value)
    assert errors[0] > 0.15
    assert errors[1] < 0.06


def test_reliability_shows_where_confidence_and_accuracy_part():
    confidence, right = np.linspace(0.5, 1, 100), np.arange(100) % 2 == 0
    table = calibration.reliability(confidence, right, bins=5)
    assert table["n"].tolist() == [20] * 5
    assert table["accuracy"].tolist() == pytest.approx([0.5] * 5)
    assert table["confidence"].is_monotonic_increasing
    assert table["low"].iloc[-1] < 0.5 < table["high"].iloc[-1] < table["confidence"].iloc[-1]


def test_a_sound_unlike_all_training_clips_is_none_of_the_classes_and_few_others_are(boastful, fitted):
    *_, embedding = boastful
    assert fitted.none(embedding[3000:]).mean() < 0.05
    assert fitted.none(5 * np.eye(8)[4:]).all()
    assert fitted.none(np.zeros((1, 8))).all(), "nothing at all is like nothing"


def test_what_was_saved_is_what_is_loaded(fitted, boastful, tmp_path):
    assert calibration.load(tmp_path) is None
    fitted.save(tmp_path)
    again = calibration.load(tmp_path)
    assert (again.temperature, again.least) == (fitted.temperature, fitted.least)
    assert np.abs(again.likeness(boastful[2]) - fitted.likeness(boastful[2])).max() < 1e-3


def test_without_clips_held_out_nothing_is_corrected_and_nothing_refused(boastful):
    logit, _, embedding = boastful
    plain = calibration.fit(embedding, embedding[:0], logit[:0], np.zeros(0, int))
    assert plain.temperature == 1
    assert not plain.none(-embedding).any()
