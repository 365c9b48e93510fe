"""Figures of how well the encoder hears: how far its confidence can be believed, what its embedding keeps, what of its
accuracy is left under changed sounds."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from a2i.viz.figures import SAFE, short


def reliability(tables: dict[str, pd.DataFrame]) -> Figure:
    """Accuracy against confidence, with intervals, a series a table of `calibration.reliability`, by name."""
    fig, axis = plt.subplots(figsize=(5, 4))
    axis.plot([0, 1], [0, 1], color="grey", linestyle="--", linewidth=1, label="as it says")
    for i, (name, table) in enumerate(tables.items()):
        error = np.abs(table[["low", "high"]].to_numpy().T - table["accuracy"].to_numpy())
        marks = {"fmt": "os^"[i % 3] + "-", "markersize": 4, "linewidth": 1, "elinewidth": 0.8}
        axis.errorbar(table["confidence"], table["accuracy"], yerr=error, color=SAFE[i], label=name, **marks)
    least = min(table["confidence"].min() for table in tables.values())
    axis.set(title="How often it is right when it is so sure", xlabel="confidence", ylabel="accuracy")
    axis.set(xlim=(max(least - 0.05, 0), 1.02), ylim=(0, 1.05))
    axis.legend(fontsize=7, frameon=False, loc="lower right")
    fig.tight_layout()
    return fig


def probes(table: pd.DataFrame) -> Figure:
    """R2 of each attribute, a row, by input, a mark: `probes.Probes.table`. What lies below 0 is drawn at 0."""
    fig, axis = plt.subplots(figsize=(7, 0.22 * len(table) + 1))
    at = np.arange(len(table))[::-1]
    for i, name in enumerate(table):
        axis.scatter(table[name].clip(lower=0), at, color=SAFE[i], marker="osx"[i % 3], s=25, label=name, zorder=3)
    names = [" ".join([short(name.partition(" ")[0]), name.partition(" ")[2]]) for name in table.index]
    axis.set_yticks(at, names, fontsize=8)
    axis.grid(axis="x", alpha=0.3)
    axis.set(title="What can be read of each attribute", xlabel="R\N{SUPERSCRIPT TWO} on evaluation clips", xlim=(-0.02, 1.02))
    axis.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    fig.tight_layout()
    return fig


def conditions(table: pd.DataFrame, chance: float) -> Figure:
    """Accuracy under each changed sound with its interval, and the share called none of the classes: `robustness.measure`."""
    fig, axis = plt.subplots(figsize=(7, 0.2 * len(table) + 1.2))
    at = np.arange(len(table))[::-1]
    error = np.abs(table[["low", "high"]].to_numpy().T - table["accuracy"].to_numpy())
    axis.errorbar(table["accuracy"], at, xerr=error, fmt="o", markersize=4, color=SAFE[0], capsize=2, label="accuracy")
    axis.scatter(table["none"], at, color=SAFE[1], marker="x", s=25, zorder=3, label="called none of them")
    axis.axvline(chance, color="grey", linestyle="--", linewidth=1, label="chance")
    axis.set_yticks(at, (table["kind"] + " " + table["level"]).str.strip(), fontsize=8)
    axis.set(title="What is left under other recordings", xlabel="share of clips", xlim=(-0.02, 1.02))
    axis.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    fig.tight_layout()
    return fig
