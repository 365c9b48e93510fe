"""A baby that cries."""

import numpy as np

from a2i.media.mel import SAMPLE_RATE
from a2i.miniworld.canvas import TONGUE, WHITE, Canvas, Colour, choice, mix
from a2i.miniworld.places import FAR, garden, room
from a2i.miniworld.scene import Attribute, ClipSpec, Label, Scene, ShortCalls
from a2i.miniworld.synth import called, coloured, course, fade, geometric, harmonics


def _nursery(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng = spec.rng("nursery")
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


def _baby_head(canvas: Canvas, spec: ClipSpec, skin: Colour, hair: Colour, opening: float, time: float) -> None:
    distress = spec.attributes["strength"]
    for side in (-1, 1):
        canvas.circle(0.34 * side, 0.03, 0.065, mix(skin, (190, 90, 80), 0.25))
    canvas.shape([(0, -0.36), (0.24, -0.28), (0.34, -0.04), (0.32, 0.18), (0.18, 0.33), (0, 0.36), (-0.18, 0.33),
                  (-0.32, 0.18), (-0.34, -0.04), (-0.24, -0.28)], skin)
    canvas.stroke([(-0.02, -0.35), (0.06, -0.44), (0.1, -0.36)], 0.035, hair)
    if spec.attributes["size"] > 0.35:
        canvas.shape([(-0.27, -0.22), (-0.15, -0.35), (0.03, -0.385), (0.18, -0.34), (0.28, -0.21), (0.12, -0.27),
                      (-0.04, -0.24), (-0.14, -0.28)], hair)
    gape = 0.35 + 0.65 * opening
    for side in (-1, 1):
        canvas.ellipse(0.21 * side, 0.1, 0.085, 0.065, mix(skin, (244, 90, 90), 0.35 + 0.3 * distress))
        canvas.stroke([(0.22 * side, -0.1), (0.15 * side, -0.045), (0.07 * side, -0.04)], 0.028, (90, 50, 48))
        canvas.stroke([(0.21 * side, -0.0), (0.14 * side, -0.03), (0.07 * side, -0.04)], 0.024, (90, 50, 48))
        canvas.stroke([(0.24 * side, -0.15), (0.15 * side, -0.18), (0.08 * side, -0.14)], 0.022, mix(hair, skin, 0.3))
        for k in range(1 + round(2 * distress)):
            fall = (0.35 * time + 0.37 * k + 0.2 * side) % 1.0
            x, y = (0.16 + 0.05 * fall) * side, 0.03 + 0.28 * fall
            canvas.ellipse(x, y, 0.026, 0.04, (96, 176, 250))
            canvas.circle(x - 0.007, y - 0.01, 0.009, WHITE)
    canvas.ellipse(0, 0.05, 0.035, 0.025, mix(skin, (200, 90, 80), 0.4))
    width, height = 0.1 + 0.05 * distress, (0.06 + 0.07 * distress) * gape + 0.02
    canvas.ellipse(0, 0.2, width, height, (128, 26, 40))
    canvas.ellipse(0, 0.2 + 0.5 * height, 0.65 * width, 0.42 * height, TONGUE)


def _picture(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng, distress, opening = spec.rng("baby"), spec.attributes["strength"], spec.opening(time)
    skin = choice(rng, ((252, 208, 178), (240, 190, 158), (226, 170, 134)), 6)
    skin = mix(skin, (244, 120, 110), 0.45 * distress)
    hair = choice(rng, ((120, 80, 50), (80, 56, 44), (200, 156, 90)))
    suit = choice(rng, ((120, 180, 236), (250, 214, 110), (150, 214, 160), (246, 170, 196)))
    canvas = canvas.at(0, 0, 0.88 + 0.26 * spec.attributes["size"])
    shake = 0.08 * np.sin(7 * time) * opening
    if spec.view == "face":
        canvas.ellipse(0, 0.58, 0.42, 0.28, suit)
        canvas.ellipse(0, 0.36, 0.17, 0.06, mix(suit, WHITE, 0.6))
        _baby_head(canvas.at(0, 0.0, 1.0, angle=shake), spec, skin, hair, opening, time)
        return
    canvas = canvas.at(0, 0, 1.0, facing=spec.facing)
    canvas.shadow(0.43, 0.36)
    for side in (-1, 1):
        canvas.stroke([(0.1 * side, 0.33), (0.27 * side, 0.34), (0.33 * side, 0.42)], 0.12, suit)
        canvas.ellipse(0.35 * side, 0.4, 0.06, 0.05, skin)
        lift = 0.1 * np.sin(6 * time + side) * opening
        canvas.stroke([(0.13 * side, 0.15), (0.28 * side, 0.14 - lift), (0.37 * side, 0.02 - lift)], 0.1, suit)
        canvas.circle(0.385 * side, -0.01 - lift, 0.052, skin)
    canvas.shape([(-0.17, 0.08), (0.17, 0.08), (0.22, 0.3), (0.16, 0.43), (-0.16, 0.43), (-0.22, 0.3)], suit)
    for y in (0.2, 0.29):
        canvas.circle(0, y, 0.02, mix(suit, (60, 60, 90), 0.4))
    _baby_head(canvas.at(0, -0.15, 0.76, angle=shake), spec, skin, hair, opening, time)


def _sound(spec: ClipSpec, rng: np.random.Generator, n: int) -> np.ndarray:
    distress, size = spec.attributes["strength"], spec.attributes["size"]
    base, body = geometric(560, 380, size), geometric(1.25, 0.8, size)

    def wail(m: int) -> np.ndarray:
        seconds = np.arange(m) / SAMPLE_RATE
        pitch = base * rng.uniform(0.95, 1.05) * course([(0, 0.75), (0.15, 1.05), (0.6, 1.1), (1, 0.85)], m)
        pitch = pitch * (1 + 0.02 * np.sin(2 * np.pi * rng.uniform(5, 7) * seconds))
        flutter = 1 + 0.6 * distress * np.sin(2 * np.pi * rng.uniform(25, 40) * seconds)
        voice = harmonics(pitch, [(1100 * body, 400, 1.0), (3200 * body, 700, 0.8)], tilt=0.2)
        return (voice * flutter + 0.15 * distress * coloured(rng, m, 0.5, 1500, 6000)) * fade(m, 0.1, 0.15)

    return called(spec.calls, rng, n, wail)


SCENE = Scene(
    Label(23, "/t/dd00002", "Baby cry, infant cry"),
    attributes=(
        Attribute("size", "newborn to toddler", "pitch falls from 560 to 380 Hz", "larger head, more hair"),
        Attribute("strength", "distress", "longer, rougher, louder wails", "redder face, wider mouth, more tears"),
    ),
    places={"nursery": _nursery, "room": room, "garden": garden}, picture=_picture, sound=_sound,
    calls=ShortCalls("strength", 0.8, 1.8, 2, 3), above_noise=(-10, 8), varied=1.0, louder="strength",
)  # fmt: skip
