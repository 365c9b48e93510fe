"""What sounds are built of: coloured noise, voiced tones under formants, courses and envelopes."""

from collections.abc import Callable, Iterable

import numpy as np
from scipy.fft import irfft
from scipy.ndimage import uniform_filter1d

from a2i.media.mel import SAMPLE_RATE
from a2i.miniworld.scene import Span


def coloured(rng: np.random.Generator, n: int, slope: float = 1.0, low: float = 20.0,
             high: float = 11000.0) -> np.ndarray:
    """`n` samples of noise between `low` and `high` Hz whose power falls as 1 / f**slope, of RMS 1."""
    padded = 1 << max(n - 1, 1).bit_length()
    freqs = np.arange(padded // 2 + 1) * (SAMPLE_RATE / padded)
    gain = np.maximum(freqs, 20.0) ** (-slope / 2)
    gain *= np.exp(-np.maximum(np.log(np.maximum(freqs, 1) / high), 0) * 3)
    gain *= np.exp(-np.maximum(np.log(low / np.maximum(freqs, 1)), 0) * 4)
    turn = 2 * np.pi * rng.random(len(freqs), dtype=np.float32)
    noise = irfft(gain.astype(np.float32) * (np.cos(turn) + 1j * np.sin(turn)))[:n]
    return noise / np.sqrt(np.mean(noise**2) + 1e-12)


def harmonics(pitch: np.ndarray, bands: list[tuple[np.ndarray | float, float, float]], count: int = 24,
              tilt: float = 0.6, phase: float = 0.0) -> np.ndarray:
    """A voiced tone of the course `pitch` (n,) Hz: `count` harmonics falling as 1 / k**tilt under formants `bands`
    (centre Hz, width Hz, weight)."""
    turn = np.exp(1j * (2 * np.pi * np.cumsum(pitch) / SAMPLE_RATE + phase)).astype(np.complex64)
    power, out, pitch = np.ones_like(turn), np.zeros(len(pitch)), pitch.astype(np.float32)
    bands = [(np.asarray(centre, np.float32), width, weight) for centre, width, weight in bands]
    for k in range(1, count + 1):
        power = power * turn
        freq = k * pitch
        if freq.min() > 0.45 * SAMPLE_RATE:
            break
        weight = 0.04 + sum(w * np.exp(-(((freq - centre) / width) ** 2)) for centre, width, w in bands)
        out += power.imag * weight * k**-tilt * (freq < 0.45 * SAMPLE_RATE)
    return out


def course(points: list[tuple[float, float]], n: int) -> np.ndarray:
    """A line (n,) through (share of the length, value) points, its corners rounded."""
    shares, values = zip(*points)
    line = np.interp(np.linspace(0, 1, n), shares, values)
    return uniform_filter1d(line, max(n // 12, 1), mode="nearest")


def fade(n: int, attack: float, release: float) -> np.ndarray:
    """An envelope (n,) that rises in `attack` and falls in `release` (shares of its length)."""
    x = np.linspace(0, 1, n)
    return np.clip(x / attack, 0, 1) * np.clip((1 - x) / release, 0, 1)


def add(out: np.ndarray, seconds: float, sound: np.ndarray) -> None:
    """Adds `sound` into `out` from `seconds` on, as far as it fits."""
    first = int(seconds * SAMPLE_RATE)
    end = min(first + len(sound), len(out))
    if 0 <= first < end:
        out[first:end] += sound[:end - first]


def geometric(low: float, high: float, share: float) -> float:
    """The value that lies `share` of the way from `low` to `high` by ratio."""
    return low * (high / low) ** share


def called(
    calls: Iterable[Span], rng: np.random.Generator, n: int, call: Callable[[int], np.ndarray]
) -> np.ndarray:
    """`n` samples with a `call` of that many samples in each of the spans, each of its own loudness (within 6 dB)."""
    out = np.zeros(n)
    for begin, end in calls:
        sound = call(int((end - begin) * SAMPLE_RATE))
        add(out, begin, sound / (np.sqrt(np.mean(sound**2)) + 1e-9) * 10 ** (rng.uniform(-6, 0) / 20))
    return out
