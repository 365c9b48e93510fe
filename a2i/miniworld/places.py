"""Places that several scenes share, what they are built of, and who is in the picture where the source is not.

A place takes the canvas, the clip and the time, and covers the whole picture.
"""

import numpy as np

from a2i.miniworld.canvas import WHITE, Canvas, Colour, choice, clear, mix, tint
from a2i.miniworld.scene import ClipSpec

FAR = 0.7  # how far to the left and right of the square the widest picture reaches


def clouds(canvas: Canvas, rng: np.random.Generator, count: int, y0: float, y1: float, drift: float) -> None:
    """Soft white clouds between the heights y0 and y1, moved to the right by `drift`."""
    for _ in range(count):
        x, y, size = rng.uniform(-0.3, 1.3) + drift, rng.uniform(y0, y1), rng.uniform(0.06, 0.13)
        for dx, dy, r in ((-1.0, 0.15, 0.6), (-0.2, -0.25, 0.8), (0.7, 0.1, 0.65), (0.0, 0.3, 0.75)):
            canvas.ellipse(x + dx * size, y + dy * size, 1.5 * r * size, r * size, (255, 255, 255, 190))


def ridge(canvas: Canvas, rng: np.random.Generator, y: float, height: float, colour: Colour) -> None:
    """Hills whose tops lie up to `height` above y, and the land below them."""
    xs = np.linspace(-FAR, 1 + FAR, 15)
    top = y - height * rng.uniform(0.2, 1.0, len(xs))
    canvas.shape([*zip(xs, top), (1 + FAR, 1.5), (-FAR, 1.5)], colour)


def _bush(canvas: Canvas, x: float, y: float, size: float, colour: Colour) -> None:
    for dx, dy, r in ((-0.7, 0.1, 0.6), (0.0, -0.3, 0.8), (0.7, 0.1, 0.6)):
        canvas.circle(x + dx * size, y + dy * size, r * size, mix(colour, (20, 50, 20), 0.15 * (dx + 1)))


def room(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    """A living room."""
    rng = spec.rng("room")
    wall = choice(rng, ((178, 200, 196), (214, 196, 170), (196, 186, 212), (170, 188, 214)))
    floor = tint(rng, (150, 112, 82))
    canvas.gradient((mix(wall, WHITE, 0.15), wall), -0.2, 0.72)
    canvas.gradient((floor, mix(floor, (60, 40, 30), 0.35)), 0.72, 1.2)
    canvas.box(-FAR, 0.70, 1 + FAR, 0.73, mix(wall, WHITE, 0.6))
    side = rng.integers(2)
    window, sofa = (0.16, 0.86) if side else (0.84, 0.14)
    canvas.box(window - 0.15, 0.1, window + 0.15, 0.46, (240, 240, 235))
    canvas.box(window - 0.12, 0.13, window + 0.12, 0.43, (186, 222, 244))
    canvas.box(window - 0.012, 0.13, window + 0.012, 0.43, (240, 240, 235))
    cloth = choice(rng, ((150, 84, 90), (84, 110, 150), (110, 130, 90)))
    canvas.shape([(sofa - 0.3, 0.5), (sofa + 0.3, 0.5), (sofa + 0.33, 0.84), (sofa - 0.33, 0.84)], cloth)
    canvas.ellipse(sofa, 0.7, 0.3, 0.08, mix(cloth, WHITE, 0.18))
    canvas.ellipse(0.5, 0.93, 0.45, 0.1, mix(cloth, floor, 0.5))


def garden(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    """A garden with a fence."""
    rng = spec.rng("garden")
    canvas.gradient(((126, 186, 236), (214, 236, 246)), -0.2, 0.6)
    clouds(canvas, rng, 3, 0.0, 0.2, 0.004 * time)
    for x in np.arange(-FAR, 1 + FAR, 0.11):
        canvas.box(x, 0.3, x + 0.085, 0.6, (232, 226, 214))
    canvas.box(-FAR, 0.36, 1 + FAR, 0.39, (206, 198, 184))
    grass = tint(rng, (122, 178, 84), 14)
    canvas.gradient((grass, mix(grass, (40, 90, 40), 0.5)), 0.56, 1.2)
    for _ in range(5):
        _bush(canvas, rng.uniform(-0.4, 1.4), 0.55, rng.uniform(0.07, 0.13), tint(rng, (70, 140, 70)))
    for _ in range(12):
        flower = choice(rng, ((250, 230, 90), (245, 130, 160), (250, 250, 250)))
        canvas.circle(rng.uniform(-0.4, 1.4), rng.uniform(0.66, 1.0), 0.014, flower)


def street(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    """A street of houses."""
    rng = spec.rng("street")
    canvas.gradient(((170, 200, 226), (226, 228, 226)), -0.2, 0.6)
    x = -FAR + rng.uniform(0, 0.2)
    while x < 1 + FAR:
        width, top = rng.uniform(0.24, 0.36), rng.uniform(0.02, 0.2)
        house = choice(rng, ((198, 132, 110), (214, 190, 150), (160, 170, 186), (186, 160, 160)))
        canvas.box(x, top, x + width, 0.72, house)
        for wy in (0.1, 0.28, 0.46):
            for wx in (0.18, 0.62):
                canvas.box(x + wx * width, top + wy, x + (wx + 0.22) * width, top + wy + 0.1, (88, 106, 130))
        x += width
    canvas.gradient(((176, 174, 172), (150, 148, 148)), 0.7, 0.86)
    canvas.gradient(((98, 98, 104), (76, 76, 82)), 0.86, 1.2)
    canvas.box(-FAR, 0.845, 1 + FAR, 0.865, (216, 214, 208))


ELSEWHERE = {"room": room, "garden": garden, "street": street}  # where a camera may be that never shows the source


def passer_by(canvas: Canvas, spec: ClipSpec) -> None:
    """What is in the picture in place of the source: somebody's legs, a hand, a ball, or nothing."""
    rng = spec.rng("passer-by")
    kind, x = int(rng.integers(4)), rng.uniform(0.3, 0.7)
    cloth, skin = choice(rng, ((60, 76, 120), (90, 90, 96), (110, 80, 70))), (226, 182, 152)
    if kind == 0:
        for dx in (-0.09, 0.09):
            canvas.line([(x + dx, -0.3), (x + dx * 1.2, 0.84)], 0.13, cloth)
            canvas.ellipse(x + dx * 1.2 + 0.03, 0.88, 0.1, 0.045, (70, 52, 44))
    elif kind == 1:
        canvas.stroke([(x + 0.3, 1.1), (x + 0.15, 0.8), (x, 0.62)], 0.15, cloth)
        canvas.ellipse(x - 0.03, 0.57, 0.09, 0.08, skin)
        for dx, dy in ((-0.12, 0.5), (-0.06, 0.46), (0.01, 0.46), (0.07, 0.52)):
            canvas.stroke([(x - 0.02, 0.56), (x + dx, dy)], 0.035, skin)
    elif kind == 2:
        ball = choice(rng, ((220, 70, 70), (70, 130, 210), (240, 190, 60)))
        canvas.ellipse(x, 0.9, 0.13, 0.03, clear((30, 30, 30), 0.35))
        canvas.circle(x, 0.8, 0.11, ball)
        canvas.circle(x - 0.035, 0.765, 0.03, mix(ball, WHITE, 0.6))

