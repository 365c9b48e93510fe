"""What of a run is to look at and to listen to: sounds as Ogg Opus, small enough to live inside a page, and the grid of
pictures that opens the report."""

import io
import json
import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from IPython.display import Audio
from PIL import Image

from a2i.core import files
from a2i.data.classes import title
from a2i.media.mel import SAMPLE_RATE
from a2i.viz import sheets

OPUS_RATE = 48000  # Hz, the rate that Opus works at
BIT_RATE = 32000  # bit/s: 4 kB a second
PEAK = 0.7  # of full scale, so that no example is too quiet to hear
SCALE = 2  # the report shows each pixel as 2x2


def ogg(samples: np.ndarray, seconds: float = 10.0, start: float | None = None) -> bytes:
    """The `seconds` of `samples` (float32 (n,), 22,050 Hz) from `start` (s) on, or the loudest, as an Ogg Opus file, brought
    to a common peak."""
    import av
    import soxr

    count = round(seconds * SAMPLE_RATE)
    first = None if start is None else max(min(round(start * SAMPLE_RATE), len(samples) - count), 0)
    excerpt = _loudest(samples, count) if first is None else samples[first : first + count]
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


def player(data: bytes) -> Audio:
    """A player of an Ogg file, as the value of a notebook's cell. By itself IPython calls every sound it holds a WAV, which
    some browsers then refuse."""
    shown = Audio(data=data)
    shown.mimetype = "audio/ogg"
    return shown


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


def beside(folder: Path, chosen: pd.DataFrame, seconds: float = 3.0) -> dict[str, bytes]:
    """An Ogg Opus file by label for each row of `chosen` (clip_id, source_id, start, end, label) whose media lie in `folder`;
    none where there is no such folder."""
    from a2i.data import locate

    if not folder.is_dir() or not any(folder.iterdir()):
        return {}
    located = locate.find_media(chosen, folder).dropna(subset="media")
    return examples(located, located, seconds)


def write_examples(clips: pd.DataFrame, chosen: pd.DataFrame, folder: Path) -> None:
    """Writes the whole of each example as `<label>.ogg` into `folder`, and `clips.json`, the clip of each label."""
    for label, data in examples(clips, chosen).items():
        with files.replacing(folder / f"{label}.ogg") as temporary:
            temporary.write_bytes(data)
    files.write_json(folder / "clips.json", dict(zip(chosen["label"], chosen["clip_id"])))


def example(folder: Path, label: str, clip_id: str) -> np.ndarray | None:
    """The sound, float32 (220500,), that `write_examples` kept of a class in `folder`; None where it is not this clip's."""
    from a2i.media.decode import read_sound

    kept, path = folder / "clips.json", folder / f"{label}.ogg"
    if not path.is_file() or json.loads(kept.read_text(encoding="utf-8")).get(label) != clip_id:
        return None
    return read_sound(path)


def write_grid(folder: Path, columns: Mapping[str, np.ndarray], sounds: Path, rows: int) -> None:
    """Writes `<class>.png`, a column of pictures, `<class>.ogg`, the sound of its first one, `grid.json`, and `grid.png`,
    all columns.

    columns: uint8 (n, 64, 64, 3) by class. sounds: the folder of the curated examples; a class without one has none.
    """
    entries = []
    for name, pictures in columns.items():
        column = Image.fromarray(np.concatenate(list(pictures[:rows]), 0))
        with files.replacing(folder / f"{name}.png") as temporary:
            column.resize((column.width * SCALE, column.height * SCALE), Image.Resampling.NEAREST).save(temporary)
        entry = {"name": name, "title": title(name), "png": f"{name}.png"}
        if (sounds / f"{name}.ogg").is_file():
            with files.replacing(folder / f"{name}.ogg") as temporary:
                shutil.copyfile(sounds / f"{name}.ogg", temporary)
            entry["ogg"] = f"{name}.ogg"
        entries.append(entry)
    caption = (
        f"Generated pictures, a column a class. Each is drawn from an evaluation sound that was in no training, the "
        f"first {rows} of the list, none chosen; the player under a column plays the sound of its top picture."
    )
    files.write_json(folder / "grid.json", {"columns": entries, "caption": caption})
    figure = sheets.columns(columns, rows)
    with files.replacing(folder / "grid.png") as temporary:
        figure.savefig(temporary, dpi=150, format="png")
    plt.close(figure)


def write_course(path: Path, moments: Sequence[np.ndarray], across: int = 10) -> None:
    """Writes how pictures form as a GIF, a frame a moment: uint8 (n, 64, 64, 3), the same n at each."""
    frames = []
    for pictures in moments:
        rows = [np.concatenate(list(pictures[i : i + across]), 1) for i in range(0, len(pictures) // across * across or 1, across)]
        frame = Image.fromarray(np.concatenate(rows))
        frames.append(frame.resize((frame.width * SCALE, frame.height * SCALE), Image.Resampling.NEAREST))
    with files.replacing(path) as temporary:
        seconds = [0.6] * (len(frames) - 1) + [3.0]
        durations = [round(1000 * s) for s in seconds]
        frames[0].save(temporary, "GIF", save_all=True, append_images=frames[1:], duration=durations, loop=0)
