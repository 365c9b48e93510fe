"""The log-mel spectrogram of ten seconds of sound, as librosa computes it at its defaults.

Written out here because it is three times faster than librosa's (2.2 ms against 6.3 ms on one core), and because each
worker of curation would spend 1.3 s and 170 MB on importing that. `tests/test_mel.py` holds it to librosa's values.
"""

from functools import lru_cache

import numpy as np
from scipy.fft import rfft

SAMPLE_RATE = 22050  # Hz
SECONDS = 10.0
SAMPLES = round(SECONDS * SAMPLE_RATE)
WINDOW = 2048  # samples, Hann, centred, zeros outside
HOP = 512  # samples
FRAMES = 1 + SAMPLES // HOP
BANDS = 128
FLOOR = 1e-10  # power that counts as silence: -100 dB
TOP_DB = 80.0  # what lies further below the clip's own peak is cut

# Slaney's mel scale: linear below 1 kHz, logarithmic above.
_LINEAR_HZ = 200.0 / 3
_KNEE_HZ, _KNEE_MEL = 1000.0, 15.0
_LOG_STEP = np.log(6.4) / 27.0


def log_mel(samples: np.ndarray) -> np.ndarray:
    """The log-mel spectrogram of a clip.

    samples: float32 (220500,), 22,050 Hz, in -1..1.
    Returns float32 (128, 431), dB relative to power 1, at most 80 dB below its own peak.
    """
    if samples.shape != (SAMPLES,):
        raise ValueError(f"log_mel takes {SAMPLES} samples, not {samples.shape}")
    padded = np.pad(samples.astype(np.float32, copy=False), WINDOW // 2)
    windows = np.lib.stride_tricks.sliding_window_view(padded, WINDOW)[::HOP]
    spectrum = rfft(windows * _hann(), axis=1)
    power = (spectrum.real**2 + spectrum.imag**2).T
    mel = np.empty((BANDS, FRAMES), np.float32)
    for band, first, weights in _filter_blocks():
        mel[band : band + len(weights)] = weights @ power[first : first + weights.shape[1]]
    decibels = 10.0 * np.log10(np.maximum(mel, FLOOR))
    return np.maximum(decibels, decibels.max() - TOP_DB)


def mel_frequencies(count: int, top: float) -> np.ndarray:
    """`count` frequencies in Hz from 0 to `top`, evenly spaced on Slaney's mel scale."""
    top_mel = top / _LINEAR_HZ if top < _KNEE_HZ else _KNEE_MEL + np.log(top / _KNEE_HZ) / _LOG_STEP
    mels = np.linspace(0.0, top_mel, count)
    return np.where(mels < _KNEE_MEL, mels * _LINEAR_HZ, _KNEE_HZ * np.exp(_LOG_STEP * (mels - _KNEE_MEL)))


@lru_cache(maxsize=1)
def filter_bank() -> np.ndarray:
    """Triangular filters of equal area, float32 (128, 1025): `librosa.filters.mel(sr=22050, n_fft=2048)`."""
    bins = np.fft.rfftfreq(WINDOW, 1.0 / SAMPLE_RATE)
    edges = mel_frequencies(BANDS + 2, SAMPLE_RATE / 2)
    rising = (bins - edges[:-2, None]) / (edges[1:-1] - edges[:-2])[:, None]
    falling = (edges[2:, None] - bins) / (edges[2:] - edges[1:-1])[:, None]
    weights = np.maximum(0.0, np.minimum(rising, falling))
    return (weights * (2.0 / (edges[2:] - edges[:-2]))[:, None]).astype(np.float32)


@lru_cache(maxsize=1)
def _hann() -> np.ndarray:
    """The periodic Hann window, float32 (2048,)."""
    return (0.5 - 0.5 * np.cos(2.0 * np.pi * np.arange(WINDOW) / WINDOW)).astype(np.float32)


@lru_cache(maxsize=1)
def _filter_blocks(step: int = 16) -> list[tuple[int, int, np.ndarray]]:
    """The filter bank as blocks (first band, first bin, weights) without the zeros: most of it is zeros."""
    blocks = []
    for band in range(0, BANDS, step):
        rows = filter_bank()[band : band + step]
        used = np.flatnonzero(rows.any(axis=0))
        blocks.append((band, int(used[0]), np.ascontiguousarray(rows[:, used[0] : used[-1] + 1])))
    return blocks
