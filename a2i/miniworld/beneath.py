"""What else is heard in the mini world: sounds beneath the source, and the microphone that takes them up."""

import numpy as np

from a2i.miniworld.synth import RATE, add, coloured, course, fade, harmonics


def _birds(rng: np.random.Generator, n: int) -> np.ndarray:
    out = np.zeros(n)
    for begin in rng.uniform(0, n / RATE, int(rng.integers(4, 14))):
        m = int(rng.uniform(0.06, 0.2) * RATE)
        low, high = rng.uniform(2200, 3500), rng.uniform(3500, 6000)
        ends = (low, high) if rng.uniform() < 0.5 else (high, low)
        add(out, begin, np.sin(2 * np.pi * np.cumsum(np.linspace(*ends, m)) / RATE) * fade(m, 0.2, 0.4))
    return out


def _murmur(rng: np.random.Generator, n: int) -> np.ndarray:
    base, out, begin = rng.uniform(105, 230), np.zeros(n), rng.uniform(0, 0.5)
    while begin < n / RATE - 0.4:
        m = int(rng.uniform(0.12, 0.3) * RATE)
        pitch = base * course([(0, rng.uniform(0.9, 1.2)), (1, rng.uniform(0.8, 1.1))], m)
        bands = [(rng.uniform(300, 800), 180, 1.0), (rng.uniform(900, 2200), 250, 0.5)]
        add(out, begin, harmonics(pitch, bands, count=14) * fade(m, 0.2, 0.3))
        begin += m / RATE + (rng.uniform(0.3, 0.9) if rng.uniform() < 0.2 else 0.04)
    return out


def _traffic(rng: np.random.Generator, n: int) -> np.ndarray:
    slow = 1 + 0.8 * np.sin(2 * np.pi * np.arange(n) / RATE / rng.uniform(3, 9) + rng.uniform(0, 6))
    return coloured(rng, n, 1.8, 30, 700) * slow


def _melody(rng: np.random.Generator, n: int) -> np.ndarray:
    out, root, step = np.zeros(n), rng.uniform(180, 360), rng.uniform(0.25, 0.6)
    m = int(1.2 * step * RATE)
    for begin in np.arange(0, n / RATE - step, step):
        turn = 2 * np.pi * root * 2 ** (rng.choice([0, 2, 4, 7, 9, 12]) / 12) * np.arange(m) / RATE
        add(out, begin, (np.sin(turn) + 0.3 * np.sin(2 * turn)) * fade(m, 0.15, 0.4))
    return out


def _wind(rng: np.random.Generator, n: int) -> np.ndarray:
    gust = 1 + 0.7 * np.sin(2 * np.pi * np.arange(n) / RATE / rng.uniform(2, 6) + rng.uniform(0, 6))
    return coloured(rng, n, 1.2, 150, rng.uniform(800, 2500)) * gust


def _knocks(rng: np.random.Generator, n: int) -> np.ndarray:
    out = np.zeros(n)
    for begin in rng.uniform(0, n / RATE, int(rng.integers(3, 9))):
        m = int(0.12 * RATE)
        add(out, begin, coloured(rng, m, 1.0, 120, 1800) * np.exp(-np.arange(m) / RATE * 40))
    return out


_BENEATH = {"birds": _birds, "murmur": _murmur, "traffic": _traffic, "melody": _melody, "wind": _wind,
            "knocks": _knocks}


def beneath(name: str, rng: np.random.Generator, n: int) -> np.ndarray:
    """`n` samples of one of a2i.script.BENEATH, of RMS 1."""
    sound = _BENEATH[name](rng, n)
    return sound / np.sqrt(np.mean(sound**2) + 1e-12)


def recorded(sound: np.ndarray, rng: np.random.Generator, hard: float) -> np.ndarray:
    """As a microphone and a place of their own give it: tilted by up to 4 dB an octave, cut at the top and below."""
    freqs = np.maximum(np.fft.rfftfreq(len(sound), 1 / RATE), 1.0)
    gain = (freqs / 1000) ** (min(hard, 2.0) * rng.uniform(-4, 4) / 6.02)
    gain /= np.sqrt(1 + (freqs / rng.uniform(3000, 12000)) ** 6) * np.sqrt(1 + (rng.uniform(20, 220) / freqs) ** 4)
    heard = np.fft.irfft(np.fft.rfft(sound) * gain, len(sound))
    return heard * np.sqrt(np.mean(sound**2) / (np.mean(heard**2) + 1e-12))
