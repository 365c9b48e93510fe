"""What else may be heard in a clip, beneath the source, with AudioSet's label of it."""

from collections.abc import Callable

import numpy as np

from a2i.media.mel import SAMPLE_RATE
from a2i.miniworld.scene import Label
from a2i.miniworld.synth import add, coloured, course, fade, harmonics


def _birds(rng: np.random.Generator, n: int) -> np.ndarray:
    out = np.zeros(n)
    for begin in rng.uniform(0, n / SAMPLE_RATE, int(rng.integers(4, 14))):
        m = int(rng.uniform(0.06, 0.2) * SAMPLE_RATE)
        low, high = rng.uniform(2200, 3500), rng.uniform(3500, 6000)
        ends = (low, high) if rng.uniform() < 0.5 else (high, low)
        add(out, begin, np.sin(2 * np.pi * np.cumsum(np.linspace(*ends, m)) / SAMPLE_RATE) * fade(m, 0.2, 0.4))
    return out


def _murmur(rng: np.random.Generator, n: int) -> np.ndarray:
    base, out, begin = rng.uniform(105, 230), np.zeros(n), rng.uniform(0, 0.5)
    while begin < n / SAMPLE_RATE - 0.4:
        m = int(rng.uniform(0.12, 0.3) * SAMPLE_RATE)
        pitch = base * course([(0, rng.uniform(0.9, 1.2)), (1, rng.uniform(0.8, 1.1))], m)
        bands = [(rng.uniform(300, 800), 180, 1.0), (rng.uniform(900, 2200), 250, 0.5)]
        add(out, begin, harmonics(pitch, bands, count=14) * fade(m, 0.2, 0.3))
        begin += m / SAMPLE_RATE + (rng.uniform(0.3, 0.9) if rng.uniform() < 0.2 else 0.04)
    return out


def _traffic(rng: np.random.Generator, n: int) -> np.ndarray:
    slow = 1 + 0.8 * np.sin(2 * np.pi * np.arange(n) / SAMPLE_RATE / rng.uniform(3, 9) + rng.uniform(0, 6))
    return coloured(rng, n, 1.8, 30, 700) * slow


def _melody(rng: np.random.Generator, n: int) -> np.ndarray:
    out, root, step = np.zeros(n), rng.uniform(180, 360), rng.uniform(0.25, 0.6)
    m = int(1.2 * step * SAMPLE_RATE)
    for begin in np.arange(0, n / SAMPLE_RATE - step, step):
        turn = 2 * np.pi * root * 2 ** (rng.choice([0, 2, 4, 7, 9, 12]) / 12) * np.arange(m) / SAMPLE_RATE
        add(out, begin, (np.sin(turn) + 0.3 * np.sin(2 * turn)) * fade(m, 0.15, 0.4))
    return out


def _wind(rng: np.random.Generator, n: int) -> np.ndarray:
    gust = 1 + 0.7 * np.sin(2 * np.pi * np.arange(n) / SAMPLE_RATE / rng.uniform(2, 6) + rng.uniform(0, 6))
    return coloured(rng, n, 1.2, 150, rng.uniform(800, 2500)) * gust


def _knocks(rng: np.random.Generator, n: int) -> np.ndarray:
    out = np.zeros(n)
    for begin in rng.uniform(0, n / SAMPLE_RATE, int(rng.integers(3, 9))):
        m = int(0.12 * SAMPLE_RATE)
        add(out, begin, coloured(rng, m, 1.0, 120, 1800) * np.exp(-np.arange(m) / SAMPLE_RATE * 40))
    return out


BENEATH: dict[str, tuple[Label, Callable[[np.random.Generator, int], np.ndarray]]] = {
    "birds": (Label(111, "/m/015p6", "Bird"), _birds),
    "murmur": (Label(0, "/m/09x0r", "Speech"), _murmur),
    "traffic": (Label(327, "/m/0btp2", "Traffic noise, roadway noise"), _traffic),
    "melody": (Label(137, "/m/04rlf", "Music"), _melody),
    "wind": (Label(283, "/m/03m9d0z", "Wind"), _wind),
    "knocks": (Label(359, "/m/07r4wb8", "Knock"), _knocks),
}


def beneath(name: str, rng: np.random.Generator, n: int) -> np.ndarray:
    """`n` samples of one of BENEATH, of RMS 1."""
    sound = BENEATH[name][1](rng, n)
    return sound / np.sqrt(np.mean(sound**2) + 1e-12)
