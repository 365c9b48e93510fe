"""What is known of the mini world is compared with what was measured, and with nothing where it is not known."""

import numpy as np
import pandas as pd
from toy_store import ToyStore

from a2i.evaluation import ground_truth


def test_focus_is_high_where_the_attention_lies_on_the_call(tmp_path):
    clips = pd.DataFrame({"clip_id": ["a", "b"], "label": ["cat", "ocean"]})
    truth = clips.assign(sounding=[[[2.0, 3.0]], [[0.0, 10.0]]])
    truth.to_parquet(tmp_path / "truth.parquet")
    attention = np.zeros((2, 20))
    attention[:, 5] = 1  # 2.5 to 3 s
    table = ground_truth.focus(attention, clips, tmp_path / "truth.parquet")
    assert table["label"].tolist() == ["cat"]  # a sound that fills the clip tells nothing of focus
    assert table["attention"].iloc[0] == 1
    assert table["lift"].iloc[0] > 3


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
