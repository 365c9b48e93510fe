"""A helicopter in the sky."""

import numpy as np

from a2i.media.mel import SAMPLE_RATE
from a2i.miniworld.canvas import DARK, GLASS, WHITE, Canvas, choice, clear, mix
from a2i.miniworld.places import clouds, ridge
from a2i.miniworld.scene import Attribute, ClipSpec, Label, Scene
from a2i.miniworld.synth import coloured


def _beat(spec: ClipSpec) -> float:
    """Blade slaps a second."""
    return 8 + 14 * spec.attributes["rate"]


def _sky(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng = spec.rng("sky")
    dusk = rng.uniform(0, 0.6)
    high, low = mix((84, 156, 226), (110, 120, 190), dusk), mix((206, 232, 248), (250, 206, 176), dusk)
    canvas.gradient((high, low), -0.2, 1.0)
    clouds(canvas, rng, 5, 0.1, 0.8, -0.02 * time)
    ridge(canvas, rng, 0.99, 0.08, (96, 130, 110))


def _picture(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng, rate = spec.rng("helicopter"), spec.attributes["rate"]
    paint = choice(rng, ((206, 44, 44), (244, 190, 40), (40, 84, 170), (70, 96, 62), (232, 112, 32)))
    shade = mix(paint, DARK, 0.4)
    hover = 0.012 * np.sin(1.7 * time + rng.uniform(0, 6))
    canvas = canvas.at(0.0, 0.04 + hover, 0.84 + 0.36 * spec.attributes["size"], angle=-0.04 + 0.26 * rate)
    canvas.polygon([(-0.02, -0.06), (-0.44, -0.03), (-0.44, 0.02), (-0.02, 0.15)], shade)
    canvas.polygon([(-0.46, -0.15), (-0.41, -0.15), (-0.36, 0.0), (-0.44, 0.02)], paint)
    for x in (-0.04, 0.2):
        canvas.line([(x, 0.14), (x, 0.27)], 0.018, DARK)
    canvas.stroke([(-0.16, 0.27), (0.28, 0.27), (0.34, 0.23)], 0.024, DARK)
    canvas.shape([(-0.16, -0.02), (-0.04, -0.13), (0.16, -0.13), (0.33, 0.0), (0.38, 0.1), (0.3, 0.18), (0.0, 0.19),
                  (-0.12, 0.13)], paint)
    canvas.shape([(0.15, -0.1), (0.3, -0.0), (0.345, 0.08), (0.17, 0.07)], GLASS)
    canvas.shape([(0.0, -0.07), (0.1, -0.08), (0.1, 0.06), (0.0, 0.06)], GLASS)
    canvas.box(-0.14, 0.11, 0.33, 0.135, mix(paint, WHITE, 0.6))
    canvas.box(0.03, -0.22, 0.07, -0.1, DARK)
    canvas.circle(-0.44, -0.06, 0.09, clear((60, 60, 70), 0.25 + 0.3 * rate))
    phase = np.pi * _beat(spec) * time
    canvas.ellipse(0.05, -0.22, 0.47, 0.045, clear((70, 70, 80), 0.2 + 0.5 * rate))
    for k in range(2):
        dx, dy = 0.47 * np.cos(phase + k * np.pi / 2), 0.045 * np.sin(phase + k * np.pi / 2)
        canvas.line([(0.05 - dx, -0.22 - dy), (0.05 + dx, -0.22 + dy)], 0.028, clear(DARK, 1.0 - 0.5 * rate))
    canvas.circle(0.05, -0.22, 0.03, DARK)


def _sound(spec: ClipSpec, rng: np.random.Generator, n: int) -> np.ndarray:
    size, rate = spec.attributes["size"], _beat(spec)
    seconds = np.arange(n) / SAMPLE_RATE
    swing = (rate * (seconds + 0.01 * np.sin(0.7 * seconds))) % 1.0
    slap = np.exp(-7 * swing) + 0.25 * np.exp(-7 * ((swing + 0.5) % 1.0))
    rotor = coloured(rng, n, 1.0, 60 / (1 + size), 2600 - 1200 * size) * slap
    whine = np.sin(2 * np.pi * 95 * rate / 2 * seconds) * 0.06
    wash = 0.22 * coloured(rng, n, 0.8, 200, 6000)
    drift = 1 + 0.3 * np.sin(2 * np.pi * seconds / rng.uniform(6, 14) + rng.uniform(0, 6))
    return (rotor + whine + wash) * drift


SCENE = Scene(
    Label(339, "/m/09ct_", "Helicopter"),
    attributes=(Attribute("size", "light to heavy", "louder, deeper rumble", "larger"),
                Attribute("rate", "rotor's rate", "8 to 22 blade slaps a second", "nose dips, rotor blurs to a disc")),
    places={"sky": _sky}, picture=_picture, sound=_sound, louder="size",
)  # fmt: skip
