"""Sounds for people: short excerpts as Ogg Opus, small enough to live inside a page."""

import io
from pathlib import Path

import numpy as np
import pandas as pd

from a2i.core import files
from a2i.media.mel import SAMPLE_RATE

OPUS_RATE = 48000  # Hz, the rate that Opus works at
BIT_RATE = 32000  # bit/s: 4 kB a second
PEAK = 0.7  # of full scale, so that no example is too quiet to hear


def ogg(samples: np.ndarray, seconds: float = 10.0) -> bytes:
    """The loudest `seconds` of `samples` (float32 (n,), 22,050 Hz) as an Ogg Opus file, brought to a common peak."""
    import av
    import soxr

    excerpt = _loudest(samples, round(seconds * SAMPLE_RATE))
    excerpt = excerpt * (PEAK / max(float(np.abs(excerpt).max()), 1e-4))
    wave = soxr.resample(excerpt.astype(np.float32), SAMPLE_RATE, OPUS_RATE)
    buffer = io.BytesIO()
    with av.open(buffer, "w", format="ogg") as container:
        stream = container.add_stream("libopus", rate=OPUS_RATE, layout="mono")
        stream.bit_rate = BIT_RATE
        for start in range(0, len(wave), 960):
            block = np.zeros((1, 960), np.float32)
            part = wave[start : start + 960]
            block[0, : len(part)] = part
            frame = av.AudioFrame.from_ndarray(block, format="flt", layout="mono")
            frame.sample_rate, frame.pts = OPUS_RATE, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return buffer.getvalue()


def _loudest(samples: np.ndarray, length: int) -> np.ndarray:
    """The window of `length` samples with the most energy."""
    if length >= len(samples):
        return samples
    energy = np.concatenate([[0.0], np.cumsum(np.square(samples, dtype=np.float64))])
    start = int(np.argmax(energy[length:] - energy[:-length]))
    return samples[start : start + length]


def examples(clips: pd.DataFrame, chosen: pd.DataFrame, seconds: float = 10.0) -> dict[str, bytes]:
    """An Ogg Opus file by label for each row of `chosen` (clip_id, label); `clips` has the media of those clips."""
    from a2i.media import decode

    located = clips.set_index("clip_id")
    found = {}
    for clip_id, label in zip(chosen["clip_id"], chosen["label"]):
        row = located.loc[clip_id]
        clip = decode.decode(row["media"], row["start"], row["end"], kind=row["media_kind"], frames=1, need_picture=False)
        found[label] = ogg(clip.samples, seconds)
    return found


def write_examples(clips: pd.DataFrame, chosen: pd.DataFrame, folder: Path) -> None:
    """Writes the whole of each example as `<label>.ogg` into `folder`, and `clips.json`, the clip of each label."""
    for label, data in examples(clips, chosen).items():
        with files.replacing(folder / f"{label}.ogg") as temporary:
            temporary.write_bytes(data)
    files.write_json(folder / "clips.json", dict(zip(chosen["label"], chosen["clip_id"])))
