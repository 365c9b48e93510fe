"""The places of the mini world, drawn behind (and, where the source is out of view, instead of) the scenes' subjects.

Each takes the canvas, the clip's script and the time, and covers the whole picture.
"""

import numpy as np

from a2i.miniworld.canvas import Canvas, Colour, clear, mix
from a2i.miniworld.scene import Script

WHITE: Colour = (255, 255, 255)
FAR = 1.4  # how far to the left and right of the square the widest picture reaches


def tint(rng: np.random.Generator, colour: Colour, spread: int = 18) -> Colour:
    """`colour` with each of its parts shifted by up to `spread`."""
    return tuple(min(max(c + d, 0), 255) for c, d in zip(colour, rng.integers(-spread, spread + 1, 3).tolist()))


def choice(rng: np.random.Generator, colours: tuple[Colour, ...], spread: int = 10) -> Colour:
    """One of the colours, slightly shifted."""
    return tint(rng, colours[int(rng.integers(len(colours)))], spread)


def clouds(canvas: Canvas, rng: np.random.Generator, count: int, y0: float, y1: float, drift: float) -> None:
    """Soft white clouds between the heights y0 and y1, moved to the right by `drift`."""
    for _ in range(count):
        x, y, size = rng.uniform(-0.3, 1.3) + drift, rng.uniform(y0, y1), rng.uniform(0.06, 0.13)
        for dx, dy, r in ((-1.0, 0.15, 0.6), (-0.2, -0.25, 0.8), (0.7, 0.1, 0.65), (0.0, 0.3, 0.75)):
            canvas.ellipse(x + dx * size, y + dy * size, 1.5 * r * size, r * size, (255, 255, 255, 190))


def _ridge(canvas: Canvas, rng: np.random.Generator, y: float, height: float, colour: Colour) -> None:
    xs = np.linspace(-FAR, 1 + FAR, 15)
    top = y - height * rng.uniform(0.2, 1.0, len(xs))
    canvas.shape([*zip(xs, top), (1 + FAR, 1.5), (-FAR, 1.5)], colour)


def _bush(canvas: Canvas, x: float, y: float, size: float, colour: Colour) -> None:
    for dx, dy, r in ((-0.7, 0.1, 0.6), (0.0, -0.3, 0.8), (0.7, 0.1, 0.6)):
        canvas.circle(x + dx * size, y + dy * size, r * size, mix(colour, (20, 50, 20), 0.15 * (dx + 1)))


def _room(canvas: Canvas, script: Script, time: float) -> None:
    rng = script.rng("room")
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


def _garden(canvas: Canvas, script: Script, time: float) -> None:
    rng = script.rng("garden")
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


def _street(canvas: Canvas, script: Script, time: float) -> None:
    rng = script.rng("street")
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


def _nursery(canvas: Canvas, script: Script, time: float) -> None:
    rng = script.rng("nursery")
    wall = choice(rng, ((250, 232, 190), (206, 228, 240), (216, 236, 208)))
    canvas.gradient((mix(wall, WHITE, 0.3), wall), -0.2, 1.2)
    for _ in range(14):
        canvas.circle(rng.uniform(-0.4, 1.4), rng.uniform(0, 0.6), 0.025, mix(wall, WHITE, 0.65))
    sheet = choice(rng, ((240, 240, 248), (196, 222, 246), (250, 244, 220)))
    for x in np.arange(-FAR, 1 + FAR, 0.13):
        canvas.box(x, 0.3, x + 0.035, 0.9, (184, 142, 100))
    canvas.box(-FAR, 0.27, 1 + FAR, 0.33, (204, 160, 116))
    canvas.ellipse(0.5, 0.98, 0.95, 0.36, sheet)
    canvas.ellipse(0.5, 1.05, 0.95, 0.34, mix(sheet, (150, 160, 200), 0.18))


def _farm(canvas: Canvas, script: Script, time: float) -> None:
    rng = script.rng("farm")
    canvas.gradient(((136, 192, 236), (252, 226, 176)), -0.2, 0.6)
    sun = rng.uniform(0.1, 0.35) if rng.uniform() < 0.5 else rng.uniform(0.75, 0.95)
    canvas.glow(sun, 0.45, 0.3, (255, 224, 130), 0.7)
    canvas.circle(sun, 0.45, 0.09, (255, 238, 170))
    _ridge(canvas, rng, 0.58, 0.08, (126, 164, 110))
    barn = rng.uniform(-0.25, -0.05) if rng.uniform() < 0.5 else rng.uniform(1.0, 1.2)
    canvas.box(barn - 0.17, 0.38, barn + 0.17, 0.66, (170, 66, 56))
    canvas.polygon([(barn - 0.2, 0.38), (barn, 0.2), (barn + 0.2, 0.38)], (110, 60, 56))
    grass = tint(rng, (148, 186, 82), 14)
    canvas.gradient((grass, mix(grass, (90, 110, 40), 0.5)), 0.6, 1.2)
    for y in (0.56, 0.65):
        canvas.box(-FAR, y, 1 + FAR, y + 0.022, (150, 116, 80))
    for x in np.arange(-FAR + 0.1, 1 + FAR, 0.3):
        canvas.box(x, 0.52, x + 0.03, 0.74, (134, 100, 68))


def _sky(canvas: Canvas, script: Script, time: float) -> None:
    rng = script.rng("sky")
    dusk = rng.uniform(0, 0.6)
    high, low = mix((84, 156, 226), (110, 120, 190), dusk), mix((206, 232, 248), (250, 206, 176), dusk)
    canvas.gradient((high, low), -0.2, 1.0)
    clouds(canvas, rng, 5, 0.1, 0.8, -0.02 * time)
    _ridge(canvas, rng, 0.99, 0.08, (96, 130, 110))


def _hills(canvas: Canvas, script: Script, time: float) -> None:
    rng = script.rng("hills")
    canvas.gradient(((120, 178, 228), (226, 236, 236)), -0.2, 0.6)
    clouds(canvas, rng, 3, 0.05, 0.25, -0.01 * time)
    _ridge(canvas, rng, 0.55, 0.16, tint(rng, (132, 166, 150)))
    _ridge(canvas, rng, 0.64, 0.12, tint(rng, (120, 166, 86)))
    canvas.gradient(((132, 172, 80), (96, 130, 62)), 0.68, 1.2)
    canvas.box(-FAR, 0.845, 1 + FAR, 0.95, (146, 136, 126))
    shift = (script.attributes.get("rate", 0.5) * 0.5 * time) % 0.12
    for x in np.arange(-FAR, 1 + FAR, 0.12) - shift:
        canvas.box(x, 0.875, x + 0.05, 0.93, (92, 70, 54))
    canvas.box(-FAR, 0.868, 1 + FAR, 0.886, (70, 74, 84))
    canvas.box(-FAR, 0.915, 1 + FAR, 0.935, (110, 114, 124))


def _studio(canvas: Canvas, script: Script, time: float) -> None:
    rng = script.rng("studio")
    wall = choice(rng, ((112, 44, 52), (64, 84, 76), (92, 66, 100), (58, 66, 92)))
    canvas.gradient((mix(wall, (0, 0, 0), 0.25), wall), -0.2, 1.2)
    canvas.glow(0.5, 0.3, 0.85, (255, 214, 150), 0.45)
    for x in (-0.12, 1.12):
        canvas.shape([(x - 0.2, -0.2), (x + 0.16, -0.2), (x + 0.1, 0.5), (x + 0.17, 1.2), (x - 0.2, 1.2)],
                     mix(wall, (20, 10, 20), 0.5))
    canvas.ellipse(0.5, 1.06, 0.9, 0.14, mix(wall, (60, 40, 30), 0.6))


def _night(canvas: Canvas, script: Script, time: float) -> None:
    rng = script.rng("night")
    canvas.gradient(((8, 10, 34), (26, 24, 66), (60, 40, 88)), -0.2, 1.0)
    for _ in range(30):
        x, y = rng.uniform(-0.5, 1.5), rng.uniform(-0.1, 0.7)
        canvas.circle(x, y, 0.005, (210, 210, 240))
    x = -FAR
    while x < 1 + FAR:
        width, top = rng.uniform(0.07, 0.16), rng.uniform(0.8, 0.91)
        canvas.box(x, top, x + width, 1.3, (10, 10, 24))
        for _ in range(4):
            wx, wy = x + rng.uniform(0.1, 0.8) * width, rng.uniform(top + 0.02, 0.99)
            canvas.box(wx, wy, wx + 0.012, wy + 0.016, (250, 206, 110))
        x += width


def _circuit(canvas: Canvas, script: Script, time: float) -> None:
    rng = script.rng("circuit")
    canvas.gradient(((142, 190, 232), (222, 234, 242)), -0.2, 0.3)
    canvas.box(-FAR, 0.2, 1 + FAR, 0.46, (96, 100, 122))
    crowd = ((206, 100, 92), (222, 200, 130), (206, 208, 216), (110, 136, 190))
    for row, y in enumerate((0.25, 0.32, 0.39)):
        for x, kind in zip(np.arange(-0.5, 1.5, 0.085), rng.integers(len(crowd), size=24)):
            canvas.circle(x + 0.04 * (row % 2), y, 0.026, crowd[kind])
    canvas.box(-FAR, 0.18, 1 + FAR, 0.205, (230, 232, 236))
    shift = (2.0 * (0.3 + script.attributes.get("rate", 0.5)) * time) % 0.2
    canvas.box(-FAR, 0.46, 1 + FAR, 0.52, (240, 240, 240))
    for x in np.arange(-FAR, 1 + FAR, 0.2) - shift:
        canvas.polygon([(x, 0.46), (x + 0.1, 0.46), (x + 0.1, 0.52), (x, 0.52)], (212, 46, 46))
    grey = tint(rng, (104, 104, 110), 10)
    canvas.gradient((grey, mix(grey, (50, 50, 56), 0.5)), 0.52, 1.2)


def _shore(canvas: Canvas, script: Script, time: float) -> None:
    rng = script.rng("shore")
    grey = script.attributes.get("strength", 0.5)
    warm = rng.uniform(0, 1)
    high = mix(mix((70, 150, 226), (110, 140, 210), warm), (130, 142, 156), 0.85 * grey)
    low = mix(mix((200, 230, 246), (255, 214, 170), warm), (196, 204, 210), 0.85 * grey)
    canvas.gradient((high, low), -0.2, 0.38)
    sun = rng.uniform(0.15, 0.85)
    canvas.glow(sun, 0.16, 0.2, (255, 246, 200), 0.5 * (1 - grey))
    canvas.circle(sun, 0.16, 0.06, mix((255, 250, 214), low, grey))
    clouds(canvas, rng, 2 + round(4 * grey), 0.02, 0.24, 0.01 * time)
    sand = tint(rng, (226, 204, 156), 12)
    canvas.gradient((sand, mix(sand, (180, 146, 100), 0.5)), 0.38, 1.2)


_PLACES = {
    "room": _room, "garden": _garden, "street": _street, "nursery": _nursery, "farm": _farm, "sky": _sky,
    "hills": _hills, "studio": _studio, "night": _night, "circuit": _circuit, "shore": _shore,
}


def backdrop(canvas: Canvas, script: Script, time: float) -> None:
    """Draws the script's place as it is at `time` (s)."""
    _PLACES[script.place](canvas, script, time)


def passer_by(canvas: Canvas, script: Script) -> None:
    """What is in the picture in place of the source: somebody's legs, a hand, a ball, or nothing."""
    rng = script.rng("passer-by")
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
