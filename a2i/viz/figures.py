"""The figures of the notebooks: each takes data and returns a matplotlib figure, with units on its axes."""

import warnings
from collections.abc import Mapping, Sequence
from itertools import pairwise

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import seaborn as sns
from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from a2i.data.classes import title

SAFE = sns.color_palette("colorblind")  # told apart by most of those who do not see all colours
SHARES = {"vmin": 0, "vmax": 1, "cmap": "mako"}
# A letter is drawn by the first of these that is installed and has it.
FONTS = (
    "DejaVu Sans", "Noto Sans", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans CJK KR", "WenQuanYi Zen Hei",
    "PingFang SC", "Hiragino Sans", "Apple SD Gothic Neo", "Arial Unicode MS", "Noto Sans Arabic", "Noto Sans Hebrew",
    "Noto Sans Devanagari", "Noto Sans Thai", "Noto Emoji",
)  # fmt: skip
MANY = 12  # classes, from which on a figure wraps, or drops what would overlap
SHORT = 24  # letters of a class's title


def compact() -> None:
    """Has notebooks keep figures as JPEG, several times smaller than PNG, and draw class names in any script.

    A letter that no font here has is drawn as a box; tables show it.
    """
    from matplotlib_inline.backend_inline import set_matplotlib_formats

    set_matplotlib_formats("jpeg", pil_kwargs={"quality": 70})
    there = set(font_manager.get_font_names())
    plt.rcParams["font.family"] = [name for name in FONTS if name in there]
    warnings.filterwarnings("ignore", message="Glyph .* missing from font")


def short(name: str) -> str:
    """The title of a class, without its middle where it would not fit beside others: what tells two apart may be last."""
    text = title(name)
    half = SHORT // 2
    return text if len(text) <= SHORT else f"{text[:half].rstrip()}\N{HORIZONTAL ELLIPSIS}{text[1 - half :].lstrip()}"


def fates(table: pd.DataFrame) -> Figure:
    """Stacked bars, a class each, of what became of its segments: `attrition.by_class`'s table, `ok` first."""
    parts = table[["ok", *table.columns.drop(["listed", "ok"])]].rename(index=short)
    fig, axis = plt.subplots(figsize=(7, 0.3 * len(parts) + 1))
    colours = [SAFE[0], *sns.color_palette("flare", len(parts.columns) - 1)]
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


def losses(log: pd.DataFrame, acts: Mapping[int, str], unit: str, floor: float = float("nan")) -> Figure:
    """The terms of the losses over the steps, the generator's above, the discriminator's below, shaded by act; then the KID
    where it was measured.

    log: column `step`, then a column a term, `g_...` or `d_...`, empty before the term begins, and perhaps `kid`. acts: the
    name of each by its first step. unit: of the discriminator's loss. floor: the KID of real frames.
    """
    end = log["step"].max()
    acts = {first: name for first, name in acts.items() if first < end}
    measured = "kid" in log
    fig, axes = plt.subplots(2 + measured, 1, figsize=(9, 5 + 1.6 * measured), sharex=True)
    for axis, side, label in zip(axes, ("g_", "d_"), ("G: weighted terms", f"D: loss\n({unit})")):
        _terms(axis, log, [name for name in log if name.startswith(side)])
        axis.set_ylabel(label)
    if measured:
        kid = log.dropna(subset="kid")
        axes[-1].plot(kid["step"], kid["kid"], color=SAFE[0], marker="o", markersize=4, linewidth=1.2)
        axes[-1].axhline(floor, color="grey", linestyle="--", linewidth=1)
        axes[-1].set_ylabel("KID\n(dashed: real frames)")
    for axis in axes:
        _shade(axis, acts, end)
    for first, name in acts.items():
        axes[0].text(first, 1.02, name, transform=axes[0].get_xaxis_transform(), fontsize=8, va="bottom")
    axes[-1].set_xlabel("step (one update of each network)")
    fig.tight_layout()
    return fig


def _terms(axis: Axes, log: pd.DataFrame, names: Sequence[str]) -> None:
    """A line for each column."""
    dashes = [(), (4, 1.5), (1, 1), (3, 1, 1, 1), (5, 1, 1, 1, 1, 1)]
    for i, name in enumerate(names):
        axis.plot(log["step"], log[name], color=SAFE[i % len(SAFE)], linewidth=1.2, dashes=dashes[i % 5], label=name[2:])
    if names:
        axis.legend(fontsize=8, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)


def _shade(axis: Axes, acts: Mapping[int, str], end: int) -> None:
    """Every second act on grey."""
    edges = [*acts, end]
    for i, (left, right) in enumerate(pairwise(edges)):
        axis.axvspan(left, right, color="0.93" if i % 2 else "1.0", linewidth=0, zorder=0)
    axis.set_xlim(edges[0], max(end, edges[0] + 1))


def recalls(table: pd.DataFrame, chance: float) -> Figure:
    """The share of each class's clips that was recognised, with its interval: index class, columns recall, low, high."""
    fig, axis = plt.subplots(figsize=(7, 0.28 * len(table) + 1.2))
    at = np.arange(len(table))[::-1]
    error = np.abs(table[["low", "high"]].to_numpy().T - table["recall"].to_numpy())
    axis.errorbar(table["recall"], at, xerr=error, fmt="o", color=SAFE[0], capsize=3)
    axis.axvline(chance, color="grey", linestyle="--", linewidth=1, label="chance")
    axis.set_yticks(at, [short(name) for name in table.index])
    axis.set(title="Clips recognised by class", xlabel="recall", xlim=(-0.02, 1.02), ylim=(-0.6, len(table) - 0.4))
    axis.legend(fontsize=7, loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    fig.tight_layout()
    return fig


def course(log: pd.DataFrame, chance: float) -> Figure:
    """The encoder's loss by epoch, beside that of a guess; where the log has it, the accuracy on the clips set apart; and the
    learning rate. Columns: step, loss, rate; `held_out` and further terms of the loss where there are any."""
    scored = "held_out" in log
    ratios = (3, 2, 1) if scored else (3, 1)
    fig, axes = plt.subplots(len(ratios), 1, figsize=(7, 0.8 * sum(ratios) + 0.4), sharex=True, height_ratios=ratios)
    for i, name in enumerate(log.columns.drop(["step", "rate", "held_out"], errors="ignore")):
        axes[0].plot(log["step"], log[name], marker="o", markersize=3, color=SAFE[i], label=name)
    axes[0].axhline(-np.log(chance), color="grey", linestyle="--", linewidth=1, label="a guess")
    axes[0].set(title="Loss on training clips, augmented and mixed", ylabel="cross-entropy (nat)")
    if scored:
        axes[1].plot(log["step"], log["held_out"], marker="o", markersize=3, color=SAFE[2], label="clips set apart")
        axes[1].axhline(chance, color="grey", linestyle="--", linewidth=1)
        axes[1].set(ylabel="accuracy", ylim=(0, 1.03))
    for axis in axes[:-1]:
        axis.legend(fontsize=7, frameon=False)
    axes[-1].plot(log["step"], log["rate"], color=SAFE[1])
    axes[-1].set(xlabel="epoch", ylabel="learning\nrate")
    fig.tight_layout()
    return fig


def clip_map(places: np.ndarray, labels: Sequence[str], marked: np.ndarray) -> Figure:
    """Clips on a plane, float (n, 2), by class; those `marked`, bool (n,), with a ring."""
    names = list(dict.fromkeys(labels))
    palette = sns.color_palette("husl", len(names)) if len(names) > len(SAFE) else SAFE[: len(names)]
    fig, axis = plt.subplots(figsize=(7, 5))
    sns.scatterplot(x=places[:, 0], y=places[:, 1], hue=list(labels), hue_order=names, palette=palette, s=14, ax=axis)
    axis.scatter(*places[marked].T, s=70, facecolors="none", edgecolors="black", linewidths=1)
    axis.set(xticks=[], yticks=[], xlabel="", ylabel="")
    handles, _ = axis.get_legend_handles_labels()
    where = {"loc": "center left", "bbox_to_anchor": (1, 0.5), "ncols": -(-len(names) // 20)}
    axis.legend(handles, [short(name) for name in names], fontsize=7, frameon=False, **where)
    fig.tight_layout()
    return fig
