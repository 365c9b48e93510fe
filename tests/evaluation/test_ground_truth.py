"""What is known of the mini world is compared with what was measured, and with nothing where it is not known."""

import numpy as np
import pandas as pd
import pytest
import torch
from toy_store import ToyStore

from a2i.evaluation import ground_truth
from a2i.models.encoder import Encoder


@pytest.fixture
def world(tmp_path):
    """A call of one second, and a sound that fills the clip."""
    clips = pd.DataFrame({"clip_id": ["a", "b"], "label": ["cat", "ocean"]})
    clips.assign(sounding=[[[2.0, 3.0]], [[0.0, 10.0]]]).to_parquet(tmp_path / "truth.parquet")
    return clips, tmp_path / "truth.parquet"


def attention(at: int) -> np.ndarray:
    """Of two clips, all at one of 27 steps of 0.37 s."""
    return np.tile(np.eye(27)[at], (2, 1))


def test_focus_is_high_where_the_attention_lies_on_the_call(world):
    table = ground_truth.focus(attention(6), *world)
    assert table["label"].tolist() == ["cat"]  # a sound that fills the clip tells nothing of focus
    assert table["inside"].all()
    assert table["attention"].iloc[0] > 0.9
    assert table["lift"].iloc[0] > 9
    assert table["precision"].iloc[0] > 0.6, "a step is as wide as three quarters of the call"


def test_focus_is_that_of_chance_or_less_where_the_attention_lies_elsewhere(world):
    row = ground_truth.focus(attention(20), *world).iloc[0]
    assert not row["inside"]
    assert row["attention"] == 0
    assert row["precision"] <= row["time"] == pytest.approx(0.1, abs=0.01)


def test_a_step_is_placed_where_the_network_hears():
    """A click moves the features of an untrained network most at the step whose moment is nearest to it."""
    torch.manual_seed(0)
    model = Encoder(2, width=8, embedding=64).eval()
    quiet = torch.zeros(1, 1, 128, 431)
    misses = []
    for frame in range(100, 300, 7):
        click = quiet.clone()
        click[..., frame] = 8
        with torch.no_grad():
            moved = (model.steps(click)[0] - model.steps(quiet)[0]).square().sum(1)[0].numpy()
        times = ground_truth.moments(len(moved))
        misses.append((moved * times).sum() / moved.sum() - frame * 512 / 22050)
    assert abs(np.mean(misses)) < 0.05  # s


def test_classes_and_all_clips_are_counted_with_chance_and_exact_intervals():
    table = pd.DataFrame({"label": ["cat", "cat", "dog"], "inside": [True, False, True], "time": 0.2, "precision": 0.5})
    told = ground_truth.found(table)
    assert told.index.tolist() == ["cat", "dog", "all"]
    assert told.loc["all", ["n", "peak inside", "chance"]].tolist() == pytest.approx([3, 2 / 3, 0.2])
    assert told.loc["dog", ["low", "high"]].tolist() == pytest.approx([0.025, 1], abs=1e-6)


def test_focus_is_none_without_truth(tmp_path):
    assert ground_truth.focus(np.ones((1, 4)), pd.DataFrame({"clip_id": ["a"]}), tmp_path / "none.parquet") is None


def test_frame_is_in_view_where_its_time_lies_in_a_span(tmp_path):
    store = ToyStore(per_class=1)
    store.ok["frame_times"] = [[1.0, 5.0, 9.0], [0.0, 2.0, 4.0]]
    pd.DataFrame({"clip_id": ["clip1", "clip0"], "in_view": [[[3.0, 10.0]], [[0.0, 2.0], [8.0, 10.0]]]}).to_parquet(
        tmp_path / "truth.parquet"
    )
    seen = ground_truth.in_view(store, tmp_path / "truth.parquet")
    assert seen.iloc[:, 1:].to_numpy().tolist() == [[True, False, True], [False, False, True]]
    assert ground_truth.in_view(store, None) is None


def test_measured_events_agree_with_the_true_ones_where_they_are_the_same(tmp_path):
    clips = pd.DataFrame({"clip_id": list("abcd"), "label": ["cat", "cat", "dog", "ocean"]})
    spans = [[[1.0, 2.0]], [[1.0, 2.0], [4.0, 6.0]], [[0.0, 0.5], [1.0, 1.2], [3.0, 3.5]], [[0.0, 10.0]]]
    clips.assign(sounding=spans).to_parquet(tmp_path / "truth.parquet")
    true = pd.DataFrame({"share of time": [0.1, 0.3, 0.12, 1], "events": [1, 2, 3, 1], "seconds an event": [1, 1.5, 0.4, 10]})
    found = ground_truth.agreement(true.assign(events=[3, 2, 1, 9]), clips, tmp_path / "truth.parquet")
    assert found.tolist() == pytest.approx([1, -1, 1])
    assert ground_truth.agreement(true, clips, tmp_path / "none.parquet") is None
