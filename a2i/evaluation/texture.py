"""Patterns that a network's doublings leave and pictures lack: a checkerboard, a lattice of dots."""

import numpy as np
from scipy import fft

SLOWEST = 0.08  # cycles a pixel: what is slower is the picture, not a pattern
LAGS = (4, 16)  # pixels, the nearest and farthest at which a pattern is looked for again


def checkerboard(pictures: np.ndarray) -> np.ndarray:
    """uint8 pictures (n, side, side, 3) -> the share (n,) of the spectrum's energy at and next to two pixels a cycle."""
    power, steps = _spectrum(pictures)
    fastest = steps > 0.45
    return power[:, fastest[:, None] | fastest].sum(1) / power.sum((1, 2)).clip(1e-9)


def lattice(pictures: np.ndarray) -> np.ndarray:
    """uint8 pictures (n, side, side, 3) -> how far each (n,) repeats itself some pixels away: the highest correlation of its
    pattern with the pattern moved by `LAGS` pixels. Near 1 for dots in even rows and columns, far below for a scene."""
    grey, window = _windowed(pictures)
    side = grey.shape[1]
    steps = np.abs(np.fft.fftfreq(side))
    spectrum = fft.rfft2(grey) * (np.hypot(steps[:, None], steps) > SLOWEST)[:, : side // 2 + 1]
    pattern = fft.irfft2(spectrum, grey.shape[1:])
    # Padded, so that nothing wraps around; against the window's own, so that far lags count like near ones.
    alike = _correlation(pattern) / _correlation(window).clip(1e-6)
    lag = np.minimum(np.arange(2 * side), 2 * side - np.arange(2 * side))
    away = np.hypot(lag[:, None], lag)
    return alike[:, (away >= LAGS[0]) & (away <= LAGS[1])].max(1) / alike[:, 0, 0].clip(1e-9)


def _correlation(x: np.ndarray) -> np.ndarray:
    """(..., side, side) -> its correlation with itself at each lag, (..., 2 side, 2 side)."""
    size = (2 * x.shape[-2], 2 * x.shape[-1])
    return fft.irfft2(np.abs(fft.rfft2(x, size)) ** 2, size)


def _spectrum(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Energy (n, side, side) by vertical and horizontal frequency, and those frequencies (side,), cycles a pixel."""
    grey, _ = _windowed(pictures)
    return np.abs(np.fft.fft2(grey)) ** 2, np.abs(np.fft.fftfreq(grey.shape[1]))


def _windowed(pictures: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Brightness (n, side, side) about its mean, faded out towards the edges by the window (side, side)."""
    grey = pictures.mean(3) / 255
    window = np.hanning(grey.shape[1])[:, None] * np.hanning(grey.shape[1])
    return (grey - grey.mean((1, 2), keepdims=True)) * window, window
