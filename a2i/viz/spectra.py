"""Figures of sound: how a log-mel comes about, log-mels of clips, mean spectra; bands stand at their frequencies in Hz."""

from collections.abc import Mapping

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from a2i.media.mel import BANDS, HOP, SAMPLE_RATE, WINDOW, filter_bank, mel_frequencies
from a2i.viz.figures import MANY, SAFE, short

SECONDS_PER_FRAME = HOP / SAMPLE_RATE
HERTZ = (250, 1000, 4000)  # where an axis of bands has its marks
SHOWN_DB = 60  # below the peak of a clip


def hertz(*hz: float) -> np.ndarray:
    """The bands, counted from 0, that lie at these frequencies."""
    return np.interp(hz, mel_frequencies(BANDS + 2, SAMPLE_RATE / 2)[1:-1], np.arange(BANDS))


def steps(samples: np.ndarray, power: np.ndarray, log_mel: np.ndarray) -> Figure:
    """From a waveform (n,) by its power spectrum (1025, frames) and the filters to its log-mel (128, frames), dB."""
    fig, axes = plt.subplots(2, 2, figsize=(9, 5))
    seconds = len(samples) / SAMPLE_RATE
    axes[0, 0].plot(np.linspace(0, seconds, len(samples)), samples, linewidth=0.3, color=SAFE[0])
    axes[0, 0].set(title="1. waveform", xlabel="time (s)", ylabel="of full scale", xlim=(0, seconds))
    decibels = 10 * np.log10(np.maximum(power, 1e-10))
    spread = {"origin": "lower", "aspect": "auto", "cmap": "magma"}
    shown = axes[0, 1].imshow(
        decibels, extent=(0, seconds, 0, SAMPLE_RATE / 2000), vmin=decibels.max() - SHOWN_DB, **spread
    )
    axes[0, 1].set(title="2. short-time Fourier transform", xlabel="time (s)", ylabel="frequency (kHz)")
    fig.colorbar(shown, ax=axes[0, 1], label="power (dB)")
    bins = np.fft.rfftfreq(WINDOW, 1 / SAMPLE_RATE) / 1000
    axes[1, 0].plot(bins, filter_bank()[::8].T, linewidth=0.8)
    axes[1, 0].set(title="3. filter bank, every eighth band", xlabel="frequency (kHz)", ylabel="weight", xlim=(0, bins[-1]))
    shown = axes[1, 1].imshow(log_mel, extent=(0, seconds, 0, BANDS), vmin=log_mel.max() - SHOWN_DB, **spread)
    axes[1, 1].set(title="4. log-mel: bands, in dB", xlabel="time (s)", ylabel="frequency (Hz)")
    _mark(axes[1, 1])
    fig.colorbar(shown, ax=axes[1, 1], label="power (dB)")
    fig.tight_layout()
    return fig


def log_mels(
    log_mel: Mapping[str, np.ndarray],
    marks: Mapping[str, pd.Series] | None = None,
    spans: Mapping[str, np.ndarray] | None = None,
) -> Figure:
    """A log-mel spectrogram a class, float (128, frames), dB; `marks` are weights over time, index s, drawn below each, and
    `spans` (n, 2), from and to in s, lines above."""
    names = list(log_mel)
    columns = min(5, len(names))
    rows = -(-len(names) // columns)
    size = {"figsize": (2.5 * columns, 1.9 * rows + 0.2), "layout": "constrained"}
    fig, axes = plt.subplots(rows, columns, squeeze=False, sharex=True, sharey=True, **size)
    for axis in axes.flat[len(names) :]:
        axis.axis("off")
    for axis, name in zip(axes.flat, names):
        mel = log_mel[name]
        extent = (0, mel.shape[1] * SECONDS_PER_FRAME, 0, mel.shape[0])
        top = mel.max()
        axis.imshow(mel, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=top - SHOWN_DB, vmax=top)
        axis.set_title(short(name), fontsize=9)
        if marks is not None:
            axis.plot(30 * marks[name] / marks[name].max(), color="cyan", linewidth=1)
        if spans is not None:
            axis.hlines([BANDS - 4] * len(spans[name]), *spans[name].T, color="lime", linewidth=3)
        axis.set(xlim=extent[:2], ylim=extent[2:])
    _mark(axes[0, 0])
    fig.supxlabel("time (s)", fontsize=9)
    fig.supylabel("frequency (Hz)", fontsize=9)
    return fig


def mean_spectra(spectra: pd.DataFrame) -> Figure:
    """The mean level of each mel band, dB, a line a class, or a row of colours where classes are many.

    Index mel band, a column a class.
    """
    many = len(spectra.columns) > MANY
    fig, axis = plt.subplots(figsize=(7, 0.16 * len(spectra.columns) + 1 if many else 3.5))
    named = spectra.rename(columns=short)
    if many:
        sns.heatmap(named.T, cmap="magma", cbar_kws={"label": "level (dB)"}, yticklabels=1, ax=axis)
        axis.tick_params(axis="y", labelsize=6)
    else:
        sns.lineplot(named, palette=(SAFE * 2)[: len(spectra.columns)], ax=axis)
        axis.legend(fontsize=7, ncol=2)
    axis.set_xticks(hertz(*HERTZ), HERTZ, rotation=0)
    axis.set(title="Mean level by band", xlabel="frequency (Hz)", ylabel="" if many else "level (dB)")
    fig.tight_layout()
    return fig


def _mark(axis: Axes) -> None:
    """Marks an upright axis of bands in Hz."""
    axis.set_yticks(hertz(*HERTZ) + 0.5, HERTZ)
