"""Courses: how what is read goes with what is changed, a panel a study."""

from collections.abc import Callable, Mapping

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.figure import Figure

from a2i.viz.figures import SAFE

ACROSS = 3  # panels side by side


def courses(panels: Mapping[str, tuple[np.ndarray, np.ndarray]], axes_of: Callable[[str], tuple[str, str]]) -> Figure:
    """Each course thin and their mean thick. Values (n,) and readings (courses, n) by the panel's title; `axes_of` tells
    what the axes of a title show."""
    rows = -(-len(panels) // ACROSS)
    fig, axes = plt.subplots(rows, ACROSS, figsize=(9, 2.5 * rows), squeeze=False)
    for axis, (name, (values, readings)) in zip(axes.flat, panels.items()):
        axis.plot(values, readings.T, color="grey", linewidth=0.6, alpha=0.5)
        axis.plot(values, readings.mean(0), color=SAFE[0], marker="o", markersize=3)
        axis.set_title(name, fontsize=9)
        across, up = axes_of(name)
        axis.set(xlabel=across, ylabel=up)
    for axis in axes.flat[len(panels) :]:
        axis.axis("off")
    fig.tight_layout()
    return fig


def heard_along(values: np.ndarray, probability: np.ndarray, names: list[str], changed: str) -> Figure:
    """The probability (n, classes) of the classes that are ever likely, the likeliest at least, along what is changed (n,)."""
    fig, axis = plt.subplots(figsize=(7, 2.2))
    peaks = np.nan_to_num(probability).max(0)
    shown = np.flatnonzero(peaks >= min(0.25, peaks.max()))
    for i, colour in zip(shown, SAFE * (len(shown) // len(SAFE) + 1)):
        axis.plot(values, probability[:, i], marker="o", markersize=3, color=colour, label=names[i])
    axis.set(xlabel=changed, ylabel="probability", ylim=(-0.03, 1.03))
    axis.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    fig.tight_layout()
    return fig
