"""What is known of the mini world's clips and of no others: when the source sounds, and when it is in view."""

from pathlib import Path

import numpy as np
import pandas as pd

from a2i.data.store import Store
from a2i.media.mel import SECONDS


def in_view(store: Store, truth: Path | None) -> pd.DataFrame | None:
    """Whether the source is in view in each stored frame: label, then a column a frame (bool), a row a clip of `store.ok`.

    None where no truth is known. `truth`: the mini world's, with `in_view` in seconds of the segment.
    """
    if truth is None or not Path(truth).is_file():
        return None
    spans = pd.read_parquet(truth).set_index("clip_id")["in_view"].reindex(store.ok["clip_id"])
    seen = [
        [any(a <= time <= b for a, b in clip) for time in times] for clip, times in zip(spans, store.ok["frame_times"])
    ]
    table = pd.DataFrame(seen, columns=[f"frame {i + 1}" for i in range(len(seen[0]))])
    table.insert(0, "label", store.ok["label"])
    return table


def focus(attention: np.ndarray, clips: pd.DataFrame, truth: Path) -> pd.DataFrame | None:
    """How much of the attention lies on the telling sound, where its times are known and it fills less than half a clip.

    attention (n, steps) of `clips` (n rows with clip_id, label); `truth`: the mini world's, with `sounding` in s.
    Returns label, share of the attention, share of the time, and lift, their ratio; None without `truth`.
    """
    if not truth.is_file():
        return None
    spans = pd.read_parquet(truth).set_index("clip_id")["sounding"].reindex(clips["clip_id"])
    steps = attention.shape[1]
    middle = (np.arange(steps) + 0.5) / steps * SECONDS
    # A step sees its neighbours too, so half a step on either side counts as on the sound.
    slack = SECONDS / steps / 2
    on = np.array([[any(a - slack <= t <= b + slack for a, b in clip) for t in middle] for clip in spans])
    table = pd.DataFrame(
        {"label": clips["label"].to_numpy(), "attention": (attention * on).sum(1), "time": on.mean(1)}
    )
    table = table[(table["time"] > 0) & (table["time"] < 0.5)].reset_index(drop=True)
    return table.assign(lift=table["attention"] / table["time"])
