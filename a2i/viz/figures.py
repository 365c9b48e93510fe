"""The figures of the notebooks: each takes data and returns a matplotlib figure, with units on its axes."""

import textwrap
from collections.abc import Mapping, Sequence

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib.figure import Figure

from a2i.data.classes import title
from a2i.media.mel import HOP, SAMPLE_RATE

SECONDS_PER_FRAME = HOP / SAMPLE_RATE
SHARES = {"vmin": 0, "vmax": 1, "cmap": "mako"}
MANY = 12  # classes, from which on a figure wraps, or drops what would overlap
SHORT = 24  # letters of a class's title


def compact() -> None:
    """Has notebooks keep figures as JPEG: pages of small pictures would be several times larger as PNG."""
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("jpeg", pil_kwargs={"quality": 80})


def short(name: str) -> str:
    """The title of a class, cut where it would not fit beside others."""
    text = title(name)
    return text if len(text) <= SHORT else text[: SHORT - 1].rstrip() + "\N{HORIZONTAL ELLIPSIS}"


def picture_columns(pictures: Mapping[str, np.ndarray], rows: int = 8) -> Figure:
    """A column of pictures a class, the form of the paper's Figure 1. Values: uint8 (n, 64, 64, 3), by class.

    Many classes go in several bands, one below the other.
    """
    names = list(pictures)
    across = min(len(names), MANY)
    bands = -(-len(names) // across)
    sizes = {"figsize": (0.8 * across, bands * (0.8 * rows + 0.25)), "squeeze": False}
    fig, axes = plt.subplots(bands * rows, across, **sizes)
    for axis in axes.flat:
        axis.axis("off")
    for place, name in enumerate(names):
        column = axes[place // across * rows :, place % across]
        column[0].set_title("\n".join(textwrap.wrap(short(name), 14)), fontsize=7 if across < MANY else 6)
        for axis, picture in zip(column[:rows], pictures[name]):
            axis.imshow(picture, interpolation="nearest")
    fig.subplots_adjust(0.01, 0.01, 0.99, 0.95, 0.04, 0.04)
    return fig


def picture_rows(pictures: Mapping[str, np.ndarray]) -> Figure:
    """A row of pictures a class. Values: uint8 (n, 64, 64, 3), by class."""
    names = list(pictures)
    width = max(len(row) for row in pictures.values())
    fig, axes = plt.subplots(len(names), width, figsize=(0.7 * width + 0.9, 0.7 * len(names)), squeeze=False)
    for axis in axes.flat:
        axis.set(xticks=[], yticks=[], frame_on=False)
    for row, name in zip(axes, names):
        row[0].set_ylabel(short(name), fontsize=8, rotation=0, ha="right", va="center")
        for axis, picture in zip(row, pictures[name]):
            axis.imshow(picture, interpolation="nearest")
    fig.subplots_adjust(0.12, 0.01, 0.99, 0.99, 0.04, 0.04)
    return fig


def picture_strip(pictures: Sequence[np.ndarray], titles: Sequence[str], columns: int = 8) -> Figure:
    """Single pictures, uint8 (64, 64, 3), each under its own title."""
    rows = -(-len(pictures) // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(1.35 * columns, 1.6 * rows), squeeze=False)
    for axis in axes.flat:
        axis.axis("off")
    for axis, picture, text in zip(axes.flat, pictures, titles):
        axis.imshow(picture, interpolation="nearest")
        axis.set_title(text, fontsize=7)
    fig.tight_layout(pad=0.4)
    return fig


def log_mels(log_mel: Mapping[str, np.ndarray], marks: Mapping[str, np.ndarray] | None = None) -> Figure:
    """A log-mel spectrogram a class, float (128, frames), dB; `marks` are weights over time, drawn below each."""
    names = list(log_mel)
    columns = min(5, len(names))
    rows = -(-len(names) // columns)
    fig, axes = plt.subplots(rows, columns, figsize=(2.5 * columns, 1.9 * rows), squeeze=False, sharex=True, sharey=True)
    for axis in axes.flat[len(names) :]:
        axis.axis("off")
    for axis, name in zip(axes.flat, names):
        mel = log_mel[name]
        extent = (0, mel.shape[1] * SECONDS_PER_FRAME, 0, mel.shape[0])
        axis.imshow(mel, origin="lower", aspect="auto", extent=extent, cmap="magma", vmin=mel.max() - 60, vmax=mel.max())
        axis.set_title(short(name), fontsize=9)
        if marks is not None:
            weight = marks[name] / marks[name].max()
            at = (np.arange(len(weight)) + 0.5) / len(weight) * extent[1]
            axis.plot(at, 30 * weight, color="cyan", linewidth=1)
    fig.supxlabel("time (s)", fontsize=9)
    fig.supylabel("mel band", fontsize=9)
    fig.tight_layout(pad=0.5)
    return fig


def mean_spectra(spectra: pd.DataFrame) -> Figure:
    """The mean level of each mel band, dB, a line a class, or a row of colours where classes are many.

    Index mel band, a column a class.
    """
    if len(spectra.columns) > MANY:
        fig, axis = plt.subplots(figsize=(7, 0.16 * len(spectra.columns) + 1))
        bar = {"label": "level (dB)"}
        sns.heatmap(spectra.rename(columns=short).T, cmap="magma", cbar_kws=bar, xticklabels=16, yticklabels=1, ax=axis)
        axis.tick_params(axis="y", labelsize=6)
        axis.set(title="Mean level by mel band", xlabel="mel band", ylabel="")
    else:
        fig, axis = plt.subplots(figsize=(7, 3.5))
        palette = sns.color_palette("tab10" if len(spectra.columns) <= 10 else "tab20", len(spectra.columns))
        sns.lineplot(spectra.rename(columns=short), dashes=False, palette=palette, ax=axis)
        axis.set(title="Mean level by mel band", xlabel="mel band", ylabel="level (dB)")
        axis.legend(fontsize=7, ncol=2)
    fig.tight_layout()
    return fig


def fates(table: pd.DataFrame) -> Figure:
    """Stacked bars, a class each, of what became of its segments: `attrition.by_class`'s table, `ok` first."""
    parts = table[["ok", *table.columns.drop(["listed", "ok"])]].rename(index=short)
    fig, axis = plt.subplots(figsize=(7, 0.3 * len(parts) + 1))
    colours = ["tab:blue", *sns.color_palette("flare", len(parts.columns) - 1)]
    parts[::-1].plot.barh(stacked=True, ax=axis, width=0.8, color=colours)
    axis.set(title="What became of the segments listed", xlabel="segments", ylabel="")
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    fig.tight_layout()
    return fig


def confusion(counts: pd.DataFrame, label: str) -> Figure:
    """A confusion matrix, a row a true class, coloured by the share of the row; of few classes with the counts written in."""
    shares = counts.div(counts.sum(axis=1).clip(lower=1), axis=0).rename(index=short, columns=short)
    many = len(counts) > MANY
    size = (0.18 if many else 0.5) * len(counts) + 2
    fig, axis = plt.subplots(figsize=(size + 1, size))
    sns.heatmap(
        shares, annot=None if many else counts, fmt="d", xticklabels=1, yticklabels=1, square=True, ax=axis, **SHARES
    )
    axis.tick_params(labelsize=6 if many else None)
    axis.set(title=label, xlabel="predicted", ylabel="true")
    fig.tight_layout()
    return fig


def losses(log: pd.DataFrame) -> Figure:
    """The terms of both losses over the steps: column `step`, then a column a term."""
    long = log.melt("step", var_name="term", value_name="loss")
    fig, axis = plt.subplots(figsize=(7, 3))
    sns.lineplot(long, x="step", y="loss", hue="term", ax=axis, linewidth=1)
    axis.set(title="Losses", xlabel="step", ylabel="loss (nat)")
    axis.legend(fontsize=7)
    fig.tight_layout()
    return fig


def accuracies(table: pd.DataFrame, chance: float) -> Figure:
    """Accuracy of the judge by class, generated with its interval, real frames as the ceiling, chance as a line.

    `table` is `failures.class_table`'s.
    """
    fig, axis = plt.subplots(figsize=(7, 0.28 * len(table) + 1.2))
    at = np.arange(len(table))[::-1]
    error = np.abs(table[["low", "high"]].to_numpy().T - table["generated"].to_numpy())
    axis.barh(at, table["generated"], xerr=error, color="tab:blue", ecolor="black", capsize=3, label="generated pictures")
    axis.scatter(table["real"], at, color="tab:orange", zorder=3, label="real frames (ceiling)")
    axis.scatter(table["encoder"], at, color="tab:green", marker="x", zorder=3, label="sound, by the encoder")
    axis.axvline(chance, color="grey", linestyle="--", linewidth=1, label="chance")
    axis.set_yticks(at, [short(name) for name in table.index])
    axis.set(title="Who recognises the class", xlabel="accuracy", xlim=(0, 1.05), ylim=(-0.6, len(table) - 0.4))
    axis.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    fig.tight_layout()
    return fig


def causes(table: pd.DataFrame) -> Figure:
    """Stacked bars: the share of each class's clips that fail, by cause."""
    fig, axis = plt.subplots(figsize=(7, 0.28 * len(table) + 1.2))
    colours = ["tab:green", "tab:orange", "tab:blue"]
    table.rename(index=short)[::-1].plot.barh(stacked=True, ax=axis, width=0.8, color=colours)
    axis.set(title="Clips whose pictures fail, by cause", ylabel="", xlabel="share of clips", xlim=(0, 1))
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    fig.tight_layout()
    return fig


def intervals(table: pd.DataFrame) -> Figure:
    """Differences with their intervals, a row a claim: index its number, columns claim, difference, low, high."""
    fig, axis = plt.subplots(figsize=(7, 0.5 * len(table) + 1))
    at = np.arange(len(table))[::-1]
    error = np.abs(table[["low", "high"]].to_numpy().T - table["difference"].to_numpy())
    axis.errorbar(table["difference"], at, xerr=error, fmt="o", capsize=3)
    axis.axvline(0, color="grey", linewidth=1)
    axis.set_yticks(at, [f"{number}. {row.claim}" for number, row in table.iterrows()], fontsize=8)
    axis.set(title="What the claims come to", xlabel="difference in accuracy")
    fig.tight_layout()
    return fig
