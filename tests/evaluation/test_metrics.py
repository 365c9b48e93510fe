"""Numbers carry n and intervals that cover what they should."""

import numpy as np
import pytest

from a2i.evaluation import metrics


def test_interval_of_a_share_stays_within_0_and_1_and_holds_the_share():
    assert metrics.wilson(0, 10)[0] == 0
    assert metrics.wilson(100, 100)[1] == 1
    low, high = metrics.wilson(9, 10)
    assert low < 0.9 < high
    assert metrics.wilson(0, 0) == (0, 1), "nothing tried, nothing known"


def test_a_single_clip_has_no_interval_and_its_metric_none(tmp_path):
    low, high = metrics.bootstrap(np.array([0.5]))
    assert np.isnan([low, high]).all()
    metrics.record(tmp_path, "one", 0.5, n=1, title="of one clip", low=low, high=high)
    assert set(metrics.read(tmp_path)["one"]) == {"value", "n", "seeds", "title"}


def test_a_metric_without_a_value_is_not_kept_and_takes_a_former_one_away(tmp_path):
    metrics.record(tmp_path, "one", 0.5, n=1, title="of one clip")
    metrics.record(tmp_path, "one", float("nan"), n=0, title="of none")
    assert metrics.read(tmp_path) == {}


def test_bootstrap_covers_the_mean_of_independent_rows():
    low, high = metrics.bootstrap(np.random.default_rng(0).normal(5, 1, 400))
    assert low < 5 < high
    assert high - low == pytest.approx(2 * 1.96 / 20, rel=0.2)


def test_bootstrap_over_rows_is_wider_than_over_repeated_pictures():
    rows = np.random.default_rng(0).random(20)
    by_row = np.subtract(*metrics.bootstrap(rows)[::-1])
    by_picture = np.subtract(*metrics.bootstrap(np.repeat(rows, 10))[::-1])
    assert by_row > 2 * by_picture


def test_recorded_metrics_are_merged(tmp_path):
    metrics.record(tmp_path, "one", 0.5, n=10, title="first", low=0.2, high=0.8)
    metrics.record(tmp_path, "two", np.float32(1), n=3, title="second")
    assert metrics.read(tmp_path)["one"] == {"value": 0.5, "n": 10, "seeds": 1, "title": "first", "low": 0.2, "high": 0.8}
    assert set(metrics.read(tmp_path)) == {"one", "two"}


def test_what_is_told_of_a_metric_carries_n_and_its_interval_where_there_is_one(tmp_path):
    metrics.record(tmp_path, "one", 0.5, n=10, title="first", low=0.2, high=0.8)
    metrics.record(tmp_path, "two", 1, n=1, title="second", low=float("nan"), high=float("nan"))
    lines = metrics.told(tmp_path, "one", "two", "three").splitlines()
    assert lines == ["first: 0.50 (95 % interval 0.20 to 0.80, n = 10)", "second: 1.00 (n = 1)"]


def test_verdict_says_reached_or_missed():
    assert metrics.verdict("accuracy", 0.9, 0.9).endswith("reached")
    assert metrics.verdict("accuracy", 0.89, 0.9).endswith("MISSED")
    assert "no goal" in metrics.verdict("accuracy", 0.1, 0)


def test_copies_are_no_evidence_of_their_own():
    right = np.array([1, 1, 1, 0] * 20, bool)
    alone = metrics.clustered(right, np.arange(80))
    assert alone == metrics.wilson(60, 80)
    assert metrics.clustered(right, 3 * np.arange(80)) == alone
    low, high = metrics.clustered(np.repeat(right[:16], 5), np.repeat(np.arange(16), 5))
    assert low < 0.75 < high
    assert high - low > 1.8 * (alone[1] - alone[0])
    assert high - low == pytest.approx(np.subtract(*metrics.wilson(12, 16)[::-1]), rel=0.25)
