"""A small vector canvas for the mini world's pictures: smooth shapes in unit coordinates, drawn large and scaled down.

The centre square of the picture is x, y in 0..1 (y downwards) whatever the picture's format; `Canvas.at` opens a
canvas of its own coordinates within another, which is how a figure is placed, scaled, turned and mirrored.
"""

from collections.abc import Sequence

import numpy as np
from PIL import Image, ImageDraw

Colour = tuple[int, ...]  # RGB or RGBA, 0..255
Points = Sequence[tuple[float, float]] | np.ndarray
OVERSAMPLE = 3
WHITE: Colour = (255, 255, 255)
DARK: Colour = (34, 34, 42)
GLASS: Colour = (176, 222, 246)
BLACK: Colour = (24, 20, 26)
MOUTH: Colour = (150, 40, 52)
TONGUE: Colour = (240, 124, 134)


def _circle(corners: int) -> np.ndarray:
    angles = np.linspace(0, 2 * np.pi, corners, endpoint=False)
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


_CIRCLES = {radius: _circle(corners) for radius, corners in ((4, 8), (12, 16), (30, 24), (np.inf, 40))}  # up to pixels
_GLOW = 255 * np.maximum(1 - np.hypot(*np.mgrid[-1:1:25j, -1:1:25j]), 0)
_STEPS = np.arange(6)[:, None] / 6
# Catmull-Rom's weights of the four neighbouring points, one row a step between the middle two.
_SPLINE = 0.5 * np.concatenate([
    -_STEPS + 2 * _STEPS**2 - _STEPS**3,
    2 - 5 * _STEPS**2 + 3 * _STEPS**3,
    _STEPS + 4 * _STEPS**2 - 3 * _STEPS**3,
    -(_STEPS**2) + _STEPS**3,
], axis=1)


def mix(first: Colour, second: Colour, share: float) -> Colour:
    """The colour that lies `share` (0..1) of the way from `first` to `second`."""
    share = min(max(share, 0.0), 1.0)
    return tuple(round(a + (b - a) * share) for a, b in zip(first, second))


def clear(colour: Colour, opacity: float) -> Colour:
    """`colour` with an opacity of 0..1."""
    return (*colour[:3], round(255 * min(max(opacity, 0.0), 1.0)))


def tint(rng: np.random.Generator, colour: Colour, spread: int = 18) -> Colour:
    """`colour` with each of its parts shifted by up to `spread`."""
    return tuple(min(max(c + d, 0), 255) for c, d in zip(colour, rng.integers(-spread, spread + 1, 3).tolist()))


def choice(rng: np.random.Generator, colours: tuple[Colour, ...], spread: int = 10) -> Colour:
    """One of the colours, slightly shifted."""
    return tint(rng, colours[int(rng.integers(len(colours)))], spread)


def smooth(points: Points, closed: bool = True) -> np.ndarray:
    """The smooth curve (m, 2) through `points` (n, 2)."""
    points = np.asarray(points, dtype=float)
    if closed:
        padded = np.concatenate([points[-1:], points, points[:2]])
    else:
        padded = np.concatenate([points[:1], points, points[-1:]])
    windows = np.stack([padded[i:len(padded) - 3 + i] for i in range(4)], axis=1)
    curve = np.einsum("sk,nkd->nsd", _SPLINE, windows).reshape(-1, 2)
    return curve if closed else np.concatenate([curve, points[-1:]])


class Canvas:
    """A picture of `width` x `height` pixels that is being drawn."""

    def __init__(self, width: int, height: int):
        self.width, self.height = width, height
        self._image = Image.new("RGB", (width * OVERSAMPLE, height * OVERSAMPLE))
        # Pillow blends pixel by pixel in this mode, opaque colours too: those are drawn without it, five times faster.
        self._draws = {3: ImageDraw.Draw(self._image), 4: ImageDraw.Draw(self._image, "RGBA")}
        side = min(width, height) * OVERSAMPLE
        self._matrix = np.array([[side, 0.0], [0.0, side]])
        self._origin = np.array([(width * OVERSAMPLE - side) / 2, (height * OVERSAMPLE - side) / 2])
        self._scale = float(side)

    def at(self, x: float, y: float, scale: float = 1.0, *, angle: float = 0.0, facing: int = 1,
           stretch: float = 1.0) -> "Canvas":
        """A canvas on the same picture whose (0, 0) lies at (x, y), `scale` times as large, turned by `angle` (radians,
        clockwise), mirrored where `facing` is -1, `stretch` times as wide."""
        child = object.__new__(Canvas)
        child.width, child.height, child._image, child._draws = self.width, self.height, self._image, self._draws
        turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
        child._matrix = self._matrix @ np.diag([float(facing) * stretch, 1.0]) @ turn * scale
        child._origin = self._origin + self._matrix @ np.array([x, y])
        child._scale = self._scale * scale
        return child

    def _pixels(self, points: Points) -> list[float]:
        return (np.asarray(points, dtype=float) @ self._matrix.T + self._origin).ravel().tolist()

    def polygon(self, points: Points, colour: Colour) -> None:
        """Fills the polygon."""
        self._draws[len(colour)].polygon(self._pixels(points), fill=colour)

    def shape(self, points: Points, colour: Colour) -> None:
        """Fills the smooth closed curve through the points."""
        self.polygon(smooth(points), colour)

    def ellipse(self, x: float, y: float, rx: float, ry: float, colour: Colour, angle: float = 0.0) -> None:
        """Fills an ellipse of the half axes rx and ry."""
        size = max(rx, ry) * self._scale
        points = next(circle for radius, circle in _CIRCLES.items() if size < radius) * (rx, ry)
        if angle:
            c, s = np.cos(angle), np.sin(angle)
            points = points @ np.array([[c, s], [-s, c]])
        self.polygon(points + (x, y), colour)

    def circle(self, x: float, y: float, radius: float, colour: Colour) -> None:
        """Fills a circle."""
        self.ellipse(x, y, radius, radius, colour)

    def box(self, x0: float, y0: float, x1: float, y1: float, colour: Colour) -> None:
        """Fills a rectangle."""
        self.polygon([(x0, y0), (x1, y0), (x1, y1), (x0, y1)], colour)

    def line(self, points: Points, width: float, colour: Colour) -> None:
        """Draws straight pieces from point to point, `width` thick; corners between them are shallow ones."""
        width *= self._scale
        if len(points) == 2:
            self._draws[len(colour)].line(self._pixels(points), fill=colour, width=max(round(width), 1))
            return
        middle = np.reshape(self._pixels(points), (-1, 2))
        along = np.gradient(middle, axis=0)
        along *= max(width, 1) / 2 / np.maximum(np.linalg.norm(along, axis=1), 1e-9)[:, None]
        side = along[:, ::-1] * (-1, 1)
        self._draws[len(colour)].polygon(np.concatenate([middle + side, (middle - side)[::-1]]).ravel().tolist(), fill=colour)

    def stroke(self, points: Points, width: float, colour: Colour) -> None:
        """Draws the smooth open curve through the points, with round ends (opaque colours only)."""
        curve = smooth(points, closed=False)
        self.line(curve, width, colour)
        for x, y in (curve[0], curve[-1]):
            self.circle(x, y, width / 2, colour)

    def glow(self, x: float, y: float, radius: float, colour: Colour, opacity: float = 0.5) -> None:
        """A soft light that fades out at `radius`; a circle whatever the canvas's stretch."""
        (px, py), reach = self._pixels([(x, y)]), radius * self._scale
        mask = Image.fromarray((opacity * _GLOW).astype(np.uint8)).resize((round(2 * reach) + 1,) * 2)
        self._image.paste(colour[:3], (round(px - reach), round(py - reach)), mask)

    def shadow(self, y: float, width: float) -> None:
        """A shadow on the ground."""
        self.ellipse(0, y, width, 0.045, clear((30, 26, 30), 0.35))

    def wheel(self, x: float, y: float, radius: float, rim: Colour, hub: Colour, turn: float) -> None:
        """A wheel of six spokes, turned by `turn` radians."""
        self.circle(x, y, radius, rim)
        self.circle(x, y, 0.72 * radius, hub)
        for k in range(3):
            a = turn + k * np.pi / 3
            dx, dy = 0.72 * radius * np.cos(a), 0.72 * radius * np.sin(a)
            self.line([(x - dx, y - dy), (x + dx, y + dy)], 0.16 * radius, rim)
        self.circle(x, y, 0.2 * radius, rim)

    def gradient(self, colours: Sequence[Colour], y0: float, y1: float) -> None:
        """Fills the whole width from y0 to y1 with the colours, from the first (above) to the last (below)."""
        (_, top), (_, bottom) = np.array(self._pixels([(0, y0), (0, y1)])).reshape(2, 2)
        first, last = max(round(top), 0), min(round(bottom), self._image.height)
        if last <= first:
            return
        share = (np.arange(first, last) + 0.5 - top) / max(bottom - top, 1e-9) * (len(colours) - 1)
        rows = np.stack([np.interp(share, range(len(colours)), [c[i] for c in colours]) for i in range(3)], axis=1)
        strip = Image.fromarray(np.rint(rows).astype(np.uint8)[:, None, :])
        self._image.paste(strip.resize((self._image.width, last - first), Image.Resampling.NEAREST), (0, first))

    def pixels(self) -> np.ndarray:
        """The finished picture: uint8 (height, width, 3), RGB."""
        return np.asarray(self._image.reduce(OVERSAMPLE))
