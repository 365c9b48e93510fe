"""Figures of what an evaluation comes to: the causes of each class, where on the way it loses, and the claims."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
from matplotlib.figure import Figure

from a2i.viz.figures import SAFE, short

# Told apart by their lightness too.
COLOURS = {"data": SAFE[8], "sound": SAFE[0], "picture": SAFE[3], "unclear": (0.8, 0.8, 0.8)}
PLACES = {"sound": "misheard", "embedding": "heard, not passed on", "picture": "not drawn"}


def causes(shares: pd.DataFrame) -> Figure:
    """A bar a class, of its failing clips by cause, the class that fails most on top: `evaluation.causes.shares`' table.

    The interval of each share stands in the middle of its part, where the part is not nothing.
    """
    count = shares.pivot(index="label", columns="cause", values="share")[list(COLOURS)]
    order = count.sum(axis=1).sort_values(kind="stable").index
    fig, axis = plt.subplots(figsize=(8.6, 0.34 * len(order) + 1.3))
    left = np.zeros(len(order))
    for cause, colour in COLOURS.items():
        own = shares[shares["cause"] == cause].set_index("label").loc[order]
        axis.barh(range(len(order)), own["share"], left=left, color=colour, label=cause, height=0.7)
        there = (own["count"] > 0).to_numpy()
        error = np.abs(own[["low", "high"]].to_numpy().T - own["share"].to_numpy())[:, there]
        at = left + own["share"].to_numpy()
        offset = {"data": -0.21, "sound": -0.07, "picture": 0.07, "unclear": 0.21}[cause]
        axis.errorbar(at[there], np.flatnonzero(there) + offset, xerr=error, fmt="none", color="black", linewidth=0.8)
        left = at
    sizes = shares.groupby("label")["n"].first()
    axis.set_yticks(range(len(order)), [f"{short(name)} ({sizes[name]})" for name in order])
    axis.set(title="Clips whose pictures fail, by cause", xlabel="share of the class's clips")
    axis.set_xlim(0, min(1, max(0.2, 1.5 * left.max(initial=0))))
    axis.legend(loc="center left", bbox_to_anchor=(1, 0.5), frameon=False)
    fig.tight_layout()
    return fig


def losses(table: pd.DataFrame) -> Figure:
    """What each class loses at the sound, the embedding and the picture, with its interval: `evaluation.causes.losses`'."""
    names = list(dict.fromkeys(table["label"]))[::-1]
    fig, axes = plt.subplots(1, 3, figsize=(8.6, 0.3 * len(names) + 1.3), sharex=True, sharey=True)
    for axis, (place, meaning) in zip(axes, PLACES.items()):
        own = table[table["place"] == place].set_index("label").reindex(names)
        error = np.abs(own[["low", "high"]].to_numpy().T - own["loss"].to_numpy())
        axis.barh(range(len(names)), own["loss"], color=COLOURS.get(place, SAFE[2]), height=0.65)
        axis.errorbar(own["loss"], range(len(names)), xerr=error, fmt="none", color="black", linewidth=0.8, capsize=2)
        axis.axvline(0, color="grey", linewidth=0.8)
        axis.set(title=f"{place}: {meaning}", xlabel="share of pictures lost")
        axis.title.set_size(10)
    axes[0].set_yticks(range(len(names)), [short(name) for name in names])
    fig.tight_layout()
    return fig


def claims(table: pd.DataFrame) -> Figure:
    """Effects of the claims with their intervals, coloured by verdict, beside the smallest that so many could show.

    `evaluation.claims.tested`'s table.
    """
    colours = {"holds": SAFE[2], "does not hold": SAFE[3], "cannot be told": "grey"}
    fig, axis = plt.subplots(figsize=(8.6, 0.42 * len(table) + 1.4))
    at = np.arange(len(table))[::-1]
    for verdict, colour in colours.items():
        own = (table["verdict"] == verdict).to_numpy()
        error = np.abs(table[["low", "high"]].to_numpy().T - table["effect"].to_numpy())[:, own]
        axis.errorbar(table["effect"][own], at[own], xerr=error, fmt="o", color=colour, capsize=3, label=verdict)
    axis.scatter(table["smallest"], at, marker="|", s=120, color="black", label="smallest effect this n can see")
    axis.axvline(0, color="grey", linewidth=1)
    labels = [f"{row.number}. {row.claim} ({row.level}, n = {row.n})" for row in table.itertuples()]
    axis.set_yticks(at, labels, fontsize=8)
    axis.set(title="What the claims come to", xlabel="effect, positive where it speaks for the claim")
    below = -0.6 / (0.42 * len(table) + 0.5)  # as far as the axis' own texts reach
    axis.legend(loc="upper center", bbox_to_anchor=(0.35, below), ncols=4, frameon=False, fontsize=8)
    fig.tight_layout()
    return fig
