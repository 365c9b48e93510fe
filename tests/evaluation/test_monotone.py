"""What rises is told from what does not."""

import numpy as np
import pytest

from a2i.evaluation import monotone


def test_what_always_rises_is_one_what_falls_minus_one_and_what_stays_zero():
    values = np.array([0.0, 1.0, 3.0, 9.0])
    for sign in (1, -1, 0):
        found = monotone.rising(values, sign * np.sqrt(values)[None] * np.array([[1.0], [2.0], [5.0]]))
        assert found["spearman"] == pytest.approx(sign)
        assert found["upwards"] == (1.0 if sign == 1 else 0.0)
        assert found["n"] == 3


def test_noise_has_an_interval_around_zero_and_a_trend_in_noise_one_above_it():
    rng, values = np.random.default_rng(0), np.linspace(0, 1, 6)
    noise = rng.normal(size=(40, 6))
    nothing, something = monotone.rising(values, noise), monotone.rising(values, noise + 3 * values)
    assert nothing["low"] < 0 < nothing["high"]
    assert something["low"] > 0.4


def test_the_order_of_the_values_does_not_matter():
    values, readings = np.array([2.0, 0.0, 1.0]), np.array([[5.0, 1.0, 3.0]])
    assert monotone.rising(values, readings)["upwards"] == 1
    assert list(monotone.table({"a": (values, readings)}).index) == ["a"]
