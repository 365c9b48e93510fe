"""Sheets of pictures: columns, rows and strips of 64x64 pictures with what is to be read beside them.

A sheet is one image on one axis: drawn once, at the page's width, and sharp.
"""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

import matplotlib.pyplot as plt
import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from a2i.viz.figures import MANY, short

WIDTH = 8.6  # inches of a sheet: 860 pixels of the page's 1,040
LARGEST = 1.3  # inches of a picture, where few stand side by side
TALLEST = 42  # inches of a sheet
SIDE = 64  # pixels
GAP = 4  # between two pictures
LETTERS = 9  # points


@dataclass
class _Row:
    """Pictures side by side."""

    pictures: Sequence[np.ndarray]  # uint8 (64, 64, 3) each
    label: str = ""  # before the row
    above: Sequence[str] = ()  # over each picture
    below: Sequence[str] = ()  # under each picture
    space: int = 0  # pixels before it, where a group begins

    def wrapped(self, letters: int) -> "_Row":
        """The same with texts in lines of at most so many `letters`."""
        return replace(self, above=[_wrap(t, letters) for t in self.above], below=[_wrap(t, letters) for t in self.below])

    def heights(self, line: float) -> tuple[int, int]:
        """Pixels before the pictures, and from their upper edge to the row's end; `line` is a line of text's."""
        return self.space + round(line * _lines(self.above)), SIDE + GAP + round(line * _lines(self.below))


def _wrap(text: str, letters: int) -> str:
    return "\n".join(part for line in text.split("\n") for part in textwrap.wrap(line, letters))


def _lines(texts: Sequence[str]) -> int:
    return max((text.count("\n") + 1 for text in texts), default=0)


def columns(pictures: Mapping[str, np.ndarray], rows: int = 8) -> Figure:
    """A column of pictures a class, the form of the paper's Figure 1. Values: uint8 (n, 64, 64, 3), by class."""
    return blocks({"": pictures}, rows)


def blocks(pictures: Mapping[str, Mapping[str, np.ndarray]], rows: int = 3) -> Figure:
    """Blocks of columns one below the other, a label a block, a column a class: the same sounds drawn in several ways.

    Values: uint8 (n, 64, 64, 3), by label and class; all blocks have the classes of the first. Many classes go in bands.
    """
    names = list(next(iter(pictures.values())))
    across = min(len(names), MANY)
    drawn = []
    for start in range(0, len(names), across):
        band = names[start : start + across]
        titles = [short(name) for name in band]
        for label, block in pictures.items():
            tall = max(1, min(rows, max(len(block[name]) for name in band)))  # white where there is no picture at all
            for i in range(tall):
                row = [block[name][i] if i < len(block[name]) else np.full((SIDE, SIDE, 3), 255) for name in band]
                first = i == 0
                above = titles if first and label == next(iter(pictures)) else []
                drawn.append(_Row(row, label if i == (tall - 1) // 2 else "", above, space=2 * GAP * first))
    return _sheet(drawn)


def rows(pictures: Mapping[str, np.ndarray], captions: Mapping[str, Sequence[str]] | None = None) -> Figure:
    """A row of pictures a name. Values: uint8 (n, 64, 64, 3), by name; `captions` stand under each picture of a row."""
    captions = captions or {}
    return _sheet([_Row(row, short(name), below=captions.get(name, ())) for name, row in pictures.items()])


def strip(pictures: Sequence[np.ndarray], titles: Sequence[str], columns: int = 8) -> Figure:
    """Single pictures, uint8 (64, 64, 3), each under its own title."""
    starts = range(0, len(pictures), columns)
    return _sheet([_Row(pictures[i : i + columns], above=titles[i : i + columns], space=GAP) for i in starts], columns)


def _sheet(drawn: Sequence[_Row], across: int = 0) -> Figure:
    """The rows, one below the other, as one image with its texts, as wide as a page or narrower."""
    across = max(across, *(len(row.pictures) for row in drawn))
    left = max(len(row.label) for row in drawn) * 5.5 * min(across, 10) / 10 + GAP
    wide = across * (SIDE + GAP)
    # Inches a pixel.
    scale = min(WIDTH / (left + wide), LARGEST / (SIDE + GAP), TALLEST / (len(drawn) * (SIDE + GAP)))
    size = min(LETTERS, 0.8 * LETTERS * scale * 90)
    line = 1.25 * size / 72 / scale  # pixels
    drawn = [row.wrapped(int(SIDE * scale * 72 / (0.6 * size))) for row in drawn]
    canvas = np.full((sum(sum(row.heights(line)) for row in drawn), wide, 3), 255, np.uint8)
    fig = plt.figure(figsize=(scale * (left + wide), scale * len(canvas)))
    axis = fig.add_axes((left / (left + wide), 0, wide / (left + wide), 1))
    top = 0
    for row in drawn:
        before, after = row.heights(line)
        _draw(row, axis, canvas, top + before, {"fontsize": size, "linespacing": 1.05})
        top += before + after
    axis.imshow(canvas, extent=(0, canvas.shape[1], canvas.shape[0], 0))
    axis.axis("off")
    return fig


def _draw(row: _Row, axis: Axes, canvas: np.ndarray, top: int, letter: Mapping[str, float]) -> None:
    """Puts the pictures of a row on the canvas from the line `top` on, and its texts on the axis."""
    lefts = [i * (SIDE + GAP) for i in range(len(row.pictures))]
    for left, picture in zip(lefts, row.pictures):
        canvas[top : top + SIDE, left : left + SIDE] = picture
    for left, text in zip(lefts, row.above):
        axis.text(left + SIDE / 2, top - 2, text, ha="center", va="bottom", **letter)
    for left, text in zip(lefts, row.below):
        axis.text(left + SIDE / 2, top + SIDE + 1, text, ha="center", va="top", **letter)
    axis.text(-GAP, top + SIDE / 2, row.label, ha="right", va="center", **letter)
