"""The mini world's pictures: what a clip looks like at a given time."""

import numpy as np

from a2i.miniworld.canvas import Canvas
from a2i.miniworld.places import ELSEWHERE, passer_by
from a2i.miniworld.scene import ClipSpec, scene


def render(spec: ClipSpec, time: float, width: int = 96, height: int = 96) -> np.ndarray:
    """The picture at `time` (s of the file): uint8 (height, width, 3), RGB; the scene fills the centre square."""
    own, canvas = scene(spec.label), Canvas(width, height)
    x, y, zoom = (a + (b - a) * time / spec.seconds for a, b in zip(*spec.camera))
    square = canvas.at(0.5 + x - 0.5 * zoom, 0.5 + y - 0.5 * zoom, zoom)
    (ELSEWHERE | own.places)[spec.place](square, spec, time)
    dx, dy, scale = spec.pose
    if not spec.visible(time):
        if own.varied or spec.place not in own.places:
            passer_by(square, spec)
    elif own.everywhere:
        own.picture(square.at(dx, 0.5 * dy), spec, time)
    else:
        own.picture(square.at(0.5 + dx, 0.5 + dy, scale), spec, time)
    return canvas.pixels()
