"""What people record is quieter, noisier, shorter or coarser than the clips: how much of the accuracy is left of them.

Each change is made to the waveforms of evaluation clips; where it is one of a file, such as its rate or its coding, it goes
through a file and the same decoder as any other.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import pandas as pd
import torch

from a2i.data.store import Store
from a2i.evaluation import metrics
from a2i.evaluation.calibration import Calibration
from a2i.media import mel
from a2i.models.encoder import Encoder

BATCH = 25  # clips heard at a time
Change = Callable[[np.ndarray, np.random.Generator], np.ndarray]  # of sounds (n, samples), 22,050 Hz


@dataclass(frozen=True)
class Condition:
    """One change of a kind, at one level."""

    kind: str
    level: str
    change: Change


def chosen(target: np.ndarray, each: int) -> np.ndarray:
    """The positions of the first `each` clips of each class of `target` (n,)."""
    return np.sort(np.concatenate([np.flatnonzero(target == label)[:each] for label in np.unique(target)]))


def waveforms(store: Store, rows: np.ndarray, media: Path) -> tuple[np.ndarray, np.ndarray]:
    """The sounds float32 (n, 220500) of those clips at `rows` whose files lie in the folder `media`, and which they are, as
    positions in `rows`; none where there is no such folder."""
    from a2i.data.locate import find_media
    from a2i.media import decode

    clips = store.ok.iloc[rows]
    if not media.is_dir():
        return np.zeros((0, mel.SAMPLES), np.float32), np.zeros(0, int)
    found = find_media(clips, media)
    there = np.flatnonzero(found["media"].notna())
    sounds = [
        decode.decode(row.media, row.start, row.end, kind=row.media_kind, frames=1, frame_sampling="spread", need_picture=False)
        for row in found.iloc[there].itertuples()
    ]  # fmt: skip
    return np.array([sound.samples for sound in sounds], np.float32).reshape(-1, mel.SAMPLES), there


def conditions(target: np.ndarray) -> list[Condition]:
    """All that is tried; `target` (n,) are the classes of the clips, so that another class's can be laid beneath."""
    table = {
        "as it is": [("", lambda sounds, rng: sounds)],
        "sample rate": [(f"{rate / 1000:g} kHz", partial(_recorded, rate=rate)) for rate in (8000, 16000, 48000, 96000)],
        "MP3": [(f"{rate} kbit/s", partial(_recorded, rate=mel.SAMPLE_RATE, bits=1000 * rate)) for rate in (32, 16, 8)],
        "quieter": [(f"{less} dB", partial(_quieter, less=less)) for less in (20, 40, 60)],
        "clipped": [(f"by {over} dB", partial(_clipped, over=over)) for over in (10, 30)],
        "white noise": [(f"{below} dB below", partial(_noisy, below=below)) for below in (20, 10, 0)],
        "second sound": [(f"{below} dB below", partial(_beneath, target=target, below=below)) for below in (20, 10, 0)],
        "length": [(f"{length:g} s", partial(_cut, length=length)) for length in (0.5, 1, 2, 5)]
        + [("60 s", _within_a_minute)],
    }
    return [Condition(kind, level, change) for kind, levels in table.items() for level, change in levels]


def measure(model: Encoder, calibration: Calibration, sounds: np.ndarray, target: np.ndarray, seed: int = 0) -> pd.DataFrame:
    """A row a condition: kind, level, n, the accuracy on the changed sounds with its 95 % interval, and `none`, the share
    called none of the classes (accuracy counts what would have been said of it).

    sounds: float32 (n, 220500), 22,050 Hz, of classes `target` (n,).
    """
    rows = []
    for condition in conditions(target):
        embedding, logit = hear(model, condition.change(sounds, np.random.default_rng(seed)))
        hits = int((logit.argmax(1) == target).sum())
        none = calibration.none(embedding).mean()
        rows.append((condition.kind, condition.level, len(target), hits / len(target), *metrics.wilson(hits, len(target)), none))
    return pd.DataFrame(rows, columns=["kind", "level", "n", "accuracy", "low", "high", "none"])


@torch.no_grad()
def hear(model: Encoder, sounds: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Embeddings (n, embedding) and logits (n, classes) of sounds float32 (n, samples), 22,050 Hz, of ten seconds each or a
    multiple, of which the most telling ten are taken."""
    parts = []
    for i in range(0, len(sounds), BATCH):
        batch = sounds[i : i + BATCH]
        embedding = model.embed(_log_mels(model, batch if batch.shape[1] == mel.SAMPLES else _telling(model, batch)))
        parts.append((embedding, model.classifier(embedding)))
    return tuple(torch.cat(column).float().cpu().numpy() for column in zip(*parts))


def _log_mels(model: Encoder, sounds: np.ndarray) -> torch.Tensor:
    """(n, 1, 128, frames), the log-mels of ten seconds each side by side."""
    blocks = [[mel.log_mel(part) for part in sound.reshape(-1, mel.SAMPLES)] for sound in sounds]
    return torch.from_numpy(np.stack([np.concatenate(block, 1) for block in blocks]))[:, None].to(model.mean.device)


def _telling(model: Encoder, sounds: np.ndarray) -> np.ndarray:
    """The ten seconds of each of the long sounds that have most of the attention."""
    weights = model.steps(_log_mels(model, sounds))[1].cpu().numpy()
    steps = round(weights.shape[1] * mel.SAMPLES / sounds.shape[1])
    total = np.pad(weights.cumsum(1), ((0, 0), (1, 0)))
    first = (total[:, steps:] - total[:, :-steps]).argmax(1) / weights.shape[1] * sounds.shape[1]
    return np.stack([sound[place : place + mel.SAMPLES] for sound, place in zip(sounds, first.astype(int))])


def strangers(seed: int = 0) -> dict[str, np.ndarray]:
    """Sounds that are none of any class, float32 (n, 220500) by name: an encoder should not be sure of them."""
    rng, time = np.random.default_rng(seed), np.arange(mel.SAMPLES) / mel.SAMPLE_RATE
    levels = 10.0 ** (-np.arange(10, 60, 10) / 20)[:, None]
    hiss = rng.normal(size=(5, mel.SAMPLES))
    spectrum = np.fft.rfft(hiss) / np.sqrt(np.arange(mel.SAMPLES // 2 + 1) + 1)
    pink = np.fft.irfft(spectrum, mel.SAMPLES)
    sounds = {
        "silence": np.zeros((1, mel.SAMPLES)),
        "white noise": 0.3 * levels * hiss,
        "pink noise": levels * pink / pink.std(),
        "tone": 0.3 * np.sin(2 * np.pi * np.array([[110], [220], [440], [1000], [3000]]) * time),
        "chirp": 0.3 * np.sin(2 * np.pi * (100 + np.array([[25], [50], [100], [200], [400]]) * time) * time),
        "ticking": 0.5 * (time % np.array([[0.05], [0.2], [0.5], [1.0], [2.0]]) < 0.002),
    }
    return {name: np.clip(sound, -1, 1).astype(np.float32) for name, sound in sounds.items()}


def refused(model: Encoder, calibration: Calibration, seed: int = 0) -> pd.DataFrame:
    """What is said of the `strangers`: index sound; n, the share called none of the classes, the highest calibrated
    probability of a class among them."""
    rows = []
    for name, sounds in strangers(seed).items():
        embedding, logit = hear(model, sounds)
        rows.append((name, len(sounds), calibration.none(embedding).mean(), calibration.probability(logit).max()))
    return pd.DataFrame(rows, columns=["sound", "n", "none", "surest"]).set_index("sound")


def record(run: Path | str, changed: pd.DataFrame) -> None:
    """Writes `measure`'s table to the folder `run`, and its mean accuracy to the metrics."""
    changed.to_csv(Path(run) / "recordings.csv", index=False)
    apart = changed.iloc[1:]
    metrics.record(run, "robust_accuracy", apart["accuracy"].mean(), n=int(changed["n"].iloc[0]),
                   title=f"encoder: accuracy on changed recordings, the mean of {len(apart)} changes")  # fmt: skip


def record_none(run: Path | str, strange: pd.DataFrame, clips: np.ndarray) -> None:
    """Records which share of `strange` sounds (`refused`) and of evaluation clips, bool (n,), was called none of the classes."""
    hits = round((strange["none"] * strange["n"]).sum())
    parts = (("sounds of no class", hits, strange["n"].sum(), "higher"), ("evaluation clips", clips.sum(), len(clips), "lower"))
    for name, found, n, better in parts:
        low, high = metrics.exact(int(found), int(n))
        metrics.record(run, f"none_of_{name.split()[0]}", found / n, n=n, low=low, high=high, better=better,
                       title=f"encoder: {name} called none of the classes")  # fmt: skip


def _recorded(sounds: np.ndarray, rng: np.random.Generator, *, rate: int, bits: int = 0) -> np.ndarray:
    """The sounds at `rate` (Hz) through a WAV file, or an MP3 of `bits` a second, and the decoder."""
    from a2i.media.decode import read_sound

    with TemporaryDirectory() as folder:
        path = Path(folder) / ("sound.mp3" if bits else "sound.wav")
        return np.stack([read_sound(_written(path, sound, rate, bits)) for sound in sounds])


def _written(path: Path, sound: np.ndarray, rate: int, bits: int) -> Path:
    import av
    import soxr
    from scipy.io import wavfile

    whole = np.int16(32767 * soxr.resample(sound, mel.SAMPLE_RATE, rate).clip(-1, 1))
    if not bits:
        wavfile.write(path, rate, whole)
        return path
    with av.open(str(path), "w") as container:
        stream = container.add_stream("libmp3lame", rate=rate, layout="mono", options={"compression_level": "9"})
        stream.bit_rate = bits
        for start in range(0, len(whole), 576):
            frame = av.AudioFrame.from_ndarray(whole[None, start : start + 576], format="s16p", layout="mono")
            frame.sample_rate, frame.pts = rate, start
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))
    return path


def _quieter(sounds: np.ndarray, rng: np.random.Generator, *, less: float) -> np.ndarray:
    """With the steps of 16 bits that a recording has."""
    return np.round(sounds * 10 ** (-less / 20) * 32767).astype(np.float32) / 32767


def _clipped(sounds: np.ndarray, rng: np.random.Generator, *, over: float) -> np.ndarray:
    peak = np.abs(sounds).max(1, keepdims=True)
    return (sounds / np.maximum(peak, 1e-6) * 10 ** (over / 20)).clip(-1, 1)


def _noisy(sounds: np.ndarray, rng: np.random.Generator, *, below: float) -> np.ndarray:
    return _added(sounds, rng.normal(size=sounds.shape).astype(np.float32), below)


def _beneath(sounds: np.ndarray, rng: np.random.Generator, *, target: np.ndarray, below: float) -> np.ndarray:
    """Each with a clip of another class."""
    others = [rng.choice(np.flatnonzero(target != label)) if (target != label).any() else i for i, label in enumerate(target)]
    return _added(sounds, sounds[others], below)


def _added(sounds: np.ndarray, others: np.ndarray, below: float) -> np.ndarray:
    """`others` mixed in, their power over the ten seconds `below` dB below the sound's."""
    ratio = np.square(sounds).mean(1) / (np.square(others).mean(1) + 1e-12)
    return (sounds + np.sqrt(ratio)[:, None] * 10 ** (-below / 20) * others).clip(-1, 1).astype(np.float32)


def _cut(sounds: np.ndarray, rng: np.random.Generator, *, length: float) -> np.ndarray:
    """The loudest `length` s of each, and silence after it."""
    count, out = round(length * mel.SAMPLE_RATE), np.zeros_like(sounds)
    for one, sound in zip(out, sounds):
        energy = np.concatenate([[0.0], np.cumsum(np.square(sound, dtype=np.float64))])
        first = int(np.argmax(energy[count:] - energy[:-count]))
        one[:count] = sound[first : first + count]
    return out


def _within_a_minute(sounds: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Each somewhere in a minute of hiss, 50 dB below its peak."""
    peak = np.abs(sounds).max(1, keepdims=True)
    long = (10 ** (-50 / 20) * peak * rng.normal(size=(len(sounds), 6 * mel.SAMPLES))).astype(np.float32)
    for one, sound, place in zip(long, sounds, rng.integers(5 * mel.SAMPLES, size=len(sounds))):
        one[place : place + mel.SAMPLES] += sound
    return long
