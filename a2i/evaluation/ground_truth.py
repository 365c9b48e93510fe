"""What is known of the mini world's clips and of no others: when the source sounds, and when it is in view."""

from pathlib import Path

import numpy as np
import pandas as pd

from a2i.data.store import Store
from a2i.evaluation import metrics
from a2i.media.mel import FRAMES, HOP, SAMPLE_RATE, SECONDS

PEAK_GOAL = 0.9  # of the clips whose event fills less than half of them


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


def moments(steps: int) -> np.ndarray:
    """The middle of what each of the encoder's `steps` hears, s: float (steps,).

    The network halves time until so many steps are left. A strided convolution is centred on the first of the frames that
    it joins and a mean on their middle; its blocks add the two up, so a step lies between them.
    """
    stride = 2.0 ** round(np.log2(FRAMES / steps))  # frames
    return (np.arange(steps) * stride + stride / 4 - 0.5) * HOP / SAMPLE_RATE


def events(clips: pd.DataFrame, truth: Path) -> list[np.ndarray] | None:
    """When the source of each of `clips` (n rows with clip_id) sounds: n times float (events, 2), from and to, in s of the
    segment. None without `truth`, the mini world's."""
    if not truth.is_file():
        return None
    spans = pd.read_parquet(truth).set_index("clip_id")["sounding"].reindex(clips["clip_id"])
    return [np.array([list(span) for span in clip], float).reshape(-1, 2) for clip in spans]


def agreement(measured: pd.DataFrame, clips: pd.DataFrame, truth: Path, most: float = 0.5) -> pd.Series | None:
    """How far measured events agree with the true ones where these fill less than `most` of a clip: the correlation of
    "share of time", "events" and "seconds an event" (columns of `measured`, a row a clip of `clips`); None without `truth`."""
    known = events(clips, truth)
    if known is None:
        return None
    total = np.array([np.diff(spans).sum() for spans in known])
    count = np.array([len(spans) for spans in known])
    true = pd.DataFrame({"share of time": total / SECONDS, "events": count, "seconds an event": total / np.maximum(count, 1)})
    short = ((total > 0) & (total < most * SECONDS)).nonzero()[0]
    return true.iloc[short].corrwith(measured[true.columns].reset_index(drop=True).iloc[short])


def focus(attention: np.ndarray, clips: pd.DataFrame, truth: Path, most: float = 0.5) -> pd.DataFrame | None:
    """Whether the attention says WHEN the telling sound is, where that is known and fills less than `most` of a clip.

    attention (n, steps) of `clips` (n rows with clip_id, label); `truth`: the mini world's. A row a clip: its position, label,
    `time` (the share of it with the sound: what chance would hit), `attention` (the share of the attention there), `lift`
    (their ratio), `precision` (average precision of the attention over the mel's frames), `peak` (s), `inside` (whether the
    peak falls in an event). None without `truth`.
    """
    from sklearn.metrics import average_precision_score

    known = events(clips, truth)
    if known is None:
        return None
    frames = np.arange(FRAMES) * HOP / SAMPLE_RATE
    middle = moments(attention.shape[1])
    rows = []
    for i, spans in enumerate(known):
        on = _inside(frames, spans)
        if not 0 < on.mean() < most:
            continue
        weight = np.interp(frames, middle, attention[i])
        peak = middle[attention[i].argmax()]
        share, precision = weight[on].sum() / weight.sum(), average_precision_score(on, weight)
        label, inside = clips["label"].iloc[i], bool(_inside(peak, spans))
        rows.append((i, label, on.mean(), share, share / on.mean(), precision, peak, inside))
    columns = ["clip", "label", "time", "attention", "lift", "precision", "peak", "inside"]
    return pd.DataFrame(rows, columns=columns)


def _inside(times: np.ndarray, spans: np.ndarray) -> np.ndarray:
    """Whether each of `times` lies in one of `spans` (n, 2)."""
    return np.any([(a <= times) & (times <= b) for a, b in spans], axis=0)


def found(table: pd.DataFrame) -> pd.DataFrame:
    """`focus` by class, and of all clips: n, the share whose peak falls in an event with its exact 95 % interval, chance,
    and the mean average precision over frames, of which chance is the same."""
    rows = []
    for name, own in [*table.groupby("label", sort=False), ("all", table)]:
        low, high = metrics.exact(int(own["inside"].sum()), len(own))
        rows.append((name, len(own), own["inside"].mean(), low, high, own["time"].mean(), own["precision"].mean()))
    columns = ["label", "n", "peak inside", "low", "high", "chance", "precision"]
    return pd.DataFrame(rows, columns=columns).set_index("label")


def record(run: Path | str, table: pd.DataFrame) -> None:
    """Records in the metrics of `run` what `focus` comes to; nothing where no clip could tell."""
    if table.empty:
        return
    told, of = found(table).loc["all"], {"n": len(table), "floor": table["time"].mean()}
    metrics.record(run, "attention_peak", told["peak inside"], low=told["low"], high=told["high"], goal=PEAK_GOAL,
                   title="attention's peak inside a true event (of calls that fill less than half of a clip)", **of)
    low, high = metrics.bootstrap(table["precision"].to_numpy())
    metrics.record(run, "attention_precision", told["precision"], low=low, high=high,
                   title="attention against the true times: average precision over frames", **of)
    metrics.record(run, "attention_on_sound", table["lift"].median(), n=len(table), unit="x",
                   title="attention on the telling sound, against an even spread (median, calls only)")  # fmt: skip
