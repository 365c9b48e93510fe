"""A race car on its circuit."""

import numpy as np
from scipy.ndimage import uniform_filter1d

from a2i.media.mel import SAMPLE_RATE
from a2i.miniworld.canvas import DARK, WHITE, Canvas, choice, clear, mix, tint
from a2i.miniworld.places import FAR
from a2i.miniworld.scene import Attribute, ClipSpec, Label, Scene
from a2i.miniworld.synth import coloured, geometric, harmonics


def _circuit(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng = spec.rng("circuit")
    canvas.gradient(((142, 190, 232), (222, 234, 242)), -0.2, 0.3)
    canvas.box(-FAR, 0.2, 1 + FAR, 0.46, (96, 100, 122))
    crowd = ((206, 100, 92), (222, 200, 130), (206, 208, 216), (110, 136, 190))
    for row, y in enumerate((0.25, 0.32, 0.39)):
        for x, kind in zip(np.arange(-0.5, 1.5, 0.085), rng.integers(len(crowd), size=24)):
            canvas.circle(x + 0.04 * (row % 2), y, 0.026, crowd[kind])
    canvas.box(-FAR, 0.18, 1 + FAR, 0.205, (230, 232, 236))
    shift = (2.0 * (0.3 + spec.attributes.get("rate", 0.5)) * time) % 0.2
    canvas.box(-FAR, 0.46, 1 + FAR, 0.52, (240, 240, 240))
    for x in np.arange(-FAR, 1 + FAR, 0.2) - shift:
        canvas.polygon([(x, 0.46), (x + 0.1, 0.46), (x + 0.1, 0.52), (x, 0.52)], (212, 46, 46))
    grey = tint(rng, (104, 104, 110), 10)
    canvas.gradient((grey, mix(grey, (50, 50, 56), 0.5)), 0.52, 1.2)


def _picture(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng, rate = spec.rng("race car"), spec.attributes["rate"]
    paint = choice(rng, ((220, 30, 36), (20, 80, 200), (250, 200, 20), (20, 150, 90), (240, 120, 20)))
    trim = mix(paint, WHITE, 0.75)
    canvas = canvas.at(0.0, 0.2 + 0.006 * np.sin(31 * time), 0.82 + 0.22 * spec.attributes["size"], angle=0.05 * rate)
    canvas.ellipse(0.0, 0.19, 0.5, 0.04, clear((20, 20, 24), 0.5))
    for k in range(round(7 * rate)):
        x, y, length = -0.5 - rng.uniform(0, 0.3), rng.uniform(-0.25, 0.15), rng.uniform(0.2, 0.5)
        shift = (3.0 * time + rng.uniform()) % 1.0 * 0.3
        canvas.line([(x - length - shift, y), (x + 0.25 - shift, y)], 0.014, clear(WHITE, 0.75))
    canvas.box(-0.46, -0.2, -0.3, -0.15, DARK)
    canvas.polygon([(-0.44, -0.2), (-0.4, -0.2), (-0.32, 0.06), (-0.4, 0.06)], paint)
    canvas.polygon([(0.3, 0.11), (0.5, 0.11), (0.5, 0.15), (0.3, 0.15)], DARK)
    canvas.shape([(-0.44, 0.0), (-0.28, -0.08), (-0.1, -0.12), (0.02, -0.06), (0.18, -0.02), (0.48, 0.08), (0.48, 0.13),
                  (0.1, 0.15), (-0.4, 0.14)], paint)
    canvas.shape([(-0.24, -0.07), (-0.14, -0.18), (-0.08, -0.18), (-0.05, -0.06)], mix(paint, DARK, 0.35))
    helmet = choice(rng, ((250, 240, 240), (250, 210, 60), (60, 190, 230)))
    canvas.circle(0.0, -0.1, 0.068, helmet)
    canvas.polygon([(0.0, -0.12), (0.065, -0.115), (0.06, -0.075), (0.0, -0.08)], DARK)
    canvas.polygon([(0.05, -0.05), (0.46, 0.07), (0.46, 0.1), (0.02, 0.0)], trim)
    canvas.circle(-0.13, 0.04, 0.062, WHITE)
    canvas.box(-0.14, 0.005, -0.118, 0.075, DARK)
    for x, radius in ((-0.3, 0.13), (0.3, 0.12)):
        canvas.wheel(x, 0.2 - radius, radius, (26, 26, 30), (190, 190, 198), (8 + 20 * rate) * time)
        canvas.circle(x, 0.2 - radius, 0.45 * radius, clear((150, 150, 158), 0.4 + 0.5 * rate))


def _sound(spec: ClipSpec, rng: np.random.Generator, n: int) -> np.ndarray:
    size, base = spec.attributes["size"], geometric(90, 280, spec.attributes["rate"])
    seconds = np.arange(n) / SAMPLE_RATE
    gear = rng.uniform(1.2, 2.6)
    revs = base * (0.8 + 0.45 * ((seconds + rng.uniform(0, gear)) / gear % 1.0) ** 0.8)
    passing = np.tanh((seconds - spec.start - rng.uniform(2, 8)) / 0.7)
    revs = uniform_filter1d(revs * (1 - 0.1 * passing), 800, mode="nearest")
    engine = harmonics(revs, [(4 * base, 3 * base, 0.6), (2200, 1500, 0.5)], count=20, tilt=0.5)
    rough = 1 + 0.5 * np.sin(np.pi * np.cumsum(revs) / SAMPLE_RATE)
    out = engine * rough + 0.12 * (1 + size) * coloured(rng, n, 0.7, 150, 6000)
    return out * (0.55 + size * 0.5 + 0.9 * (1 - passing**2))


SCENE = Scene(
    Label(315, "/m/0ltv", "Race car, auto racing"),
    attributes=(Attribute("size", "nearness", "louder, fuller", "larger car"),
                Attribute("rate", "speed", "engine's pitch from 90 to 280 Hz", "streaks of wind, nose down")),
    places={"circuit": _circuit}, picture=_picture, sound=_sound, louder="size",
)  # fmt: skip
