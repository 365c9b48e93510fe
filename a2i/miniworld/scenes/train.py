"""A steam train among hills."""

import numpy as np

from a2i.media.mel import SAMPLE_RATE
from a2i.miniworld.canvas import DARK, GLASS, WHITE, Canvas, choice, clear, mix, tint
from a2i.miniworld.places import FAR, clouds, ridge
from a2i.miniworld.scene import Attribute, ClipSpec, Label, Scene
from a2i.miniworld.synth import add, coloured, fade, geometric

PUFF_LIFE = 2.4  # s that smoke is seen


def _beat(spec: ClipSpec) -> float:
    """Chuffs a second."""
    return 1.5 + 4.5 * spec.attributes["rate"]


def _hills(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng = spec.rng("hills")
    canvas.gradient(((120, 178, 228), (226, 236, 236)), -0.2, 0.6)
    clouds(canvas, rng, 3, 0.05, 0.25, -0.01 * time)
    ridge(canvas, rng, 0.55, 0.16, tint(rng, (132, 166, 150)))
    ridge(canvas, rng, 0.64, 0.12, tint(rng, (120, 166, 86)))
    canvas.gradient(((132, 172, 80), (96, 130, 62)), 0.68, 1.2)
    canvas.box(-FAR, 0.845, 1 + FAR, 0.95, (146, 136, 126))
    shift = (spec.attributes.get("rate", 0.5) * 0.5 * time) % 0.12
    for x in np.arange(-FAR, 1 + FAR, 0.12) - shift:
        canvas.box(x, 0.875, x + 0.05, 0.93, (92, 70, 54))
    canvas.box(-FAR, 0.868, 1 + FAR, 0.886, (70, 74, 84))
    canvas.box(-FAR, 0.915, 1 + FAR, 0.935, (110, 114, 124))


def _smoke(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rate = spec.attributes["rate"]
    period = 1 / _beat(spec)
    for k in range(int(PUFF_LIFE / period), -1, -1):
        age = (time % period) + k * period
        share = min(age / PUFF_LIFE, 1.0)
        x = 0.27 - (0.1 + 0.55 * rate) * age * 0.75
        y = -0.3 - (0.32 - 0.25 * rate) * age ** 0.8 * 0.7
        grey = mix((250, 250, 250), (190, 190, 196), (k % 3) / 3)
        canvas.circle(x, y, 0.045 + 0.11 * share, clear(grey, 0.85 * (1 - share) ** 0.7))


def _picture(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng = spec.rng("train")
    paint = choice(rng, ((34, 44, 52), (28, 84, 60), (130, 32, 40), (30, 56, 110)))
    red = tint(rng, (206, 48, 44), 10)
    turn = 0.5 * np.pi * _beat(spec) * time
    # The wheels stand on the rails (0.88) whatever the engine's size.
    size = 0.8 + 0.26 * spec.attributes["size"]
    canvas = canvas.at(-0.015, 0.375 - 0.375 * size, size)
    _smoke(canvas, spec, time)
    coach = mix(paint, (240, 214, 160), 0.55)
    canvas.box(-FAR - 0.6, -0.12, -0.45, 0.25, coach)
    canvas.box(-FAR - 0.6, -0.16, -0.44, -0.11, DARK)
    for x in np.arange(-1.6, -0.5, 0.17):
        canvas.box(x, -0.05, x + 0.1, 0.07, GLASS)
    canvas.box(-0.5, 0.2, -0.3, 0.25, DARK)
    canvas.polygon([(0.3, 0.18), (0.48, 0.36), (0.3, 0.36)], red)
    canvas.box(-0.38, 0.17, 0.36, 0.25, DARK)
    canvas.polygon([(0.22, -0.1), (0.2, -0.31), (0.34, -0.31), (0.32, -0.1)], DARK)
    canvas.box(0.18, -0.33, 0.36, -0.28, red)
    canvas.ellipse(0.03, -0.1, 0.06, 0.08, (226, 178, 70))
    canvas.box(-0.18, -0.11, 0.38, 0.18, paint)
    canvas.ellipse(0.38, 0.035, 0.045, 0.145, mix(paint, WHITE, 0.25))
    canvas.box(-0.18, -0.08, 0.38, -0.045, mix(paint, WHITE, 0.3))
    for x in (-0.02, 0.15, 0.3):
        canvas.box(x, -0.11, x + 0.018, 0.18, (226, 178, 70))
    canvas.box(-0.4, -0.24, -0.16, 0.2, mix(paint, WHITE, 0.08))
    canvas.box(-0.35, -0.17, -0.21, -0.02, (250, 226, 150))
    canvas.shape([(-0.44, -0.23), (-0.28, -0.31), (-0.12, -0.23), (-0.28, -0.21)], red)
    canvas.circle(0.4, -0.08, 0.045, (255, 240, 150))
    for x, y, radius in ((-0.29, 0.25, 0.125), (-0.03, 0.25, 0.125), (0.26, 0.295, 0.08)):
        canvas.wheel(x, y, radius, red, DARK, turn)
    rod = 0.06 * np.array([np.cos(turn), np.sin(turn)])
    canvas.line([(-0.29 + rod[0], 0.25 + rod[1]), (-0.03 + rod[0], 0.25 + rod[1])], 0.03, (226, 226, 230))


def _sound(spec: ClipSpec, rng: np.random.Generator, n: int) -> np.ndarray:
    size, rate = spec.attributes["size"], _beat(spec)
    seconds = np.arange(n) / SAMPLE_RATE
    beat = rate * seconds
    accent = np.array([1.0, 0.6, 0.8, 0.6])[np.floor(beat).astype(int) % 4]
    share = beat % 1.0
    puff = accent * np.minimum(share / 0.08, 1) * np.exp(-4.5 * share)
    out = puff * coloured(rng, n, 0.7, 320 - 220 * size, 4600 - 2800 * size)
    out += 0.25 * coloured(rng, n, 1.6, 30, 400)
    for joint in np.arange(rng.uniform(0, 1), n / SAMPLE_RATE, 3.6 / rate):
        for delay in (0.0, 0.11):
            clack = coloured(rng, 1600, 0.0, 900, 3500) * np.exp(-np.arange(1600) / 260)
            add(out, joint + delay, 0.7 * clack)
    if rng.uniform() < 0.6:
        m = int(rng.uniform(0.7, 1.4) * SAMPLE_RATE)
        tone = np.arange(m) / SAMPLE_RATE * 2 * np.pi * geometric(620, 340, size)
        chord = sum(np.sin(tone * ratio) + 0.3 * np.sin(2 * tone * ratio) for ratio in (1.0, 1.19, 1.5))
        steam = 0.5 * coloured(rng, m, 0.3, 600, 4000)
        add(out, spec.start + rng.uniform(0.5, 8.0), 0.45 * (chord + steam) * fade(m, 0.1, 0.2))
    return out


SCENE = Scene(
    Label(329, "/m/07jdr", "Train"),
    attributes=(Attribute("size", "small to large engine", "deeper chuffs and whistle", "larger engine"),
                Attribute("rate", "speed", "1.5 to 6 chuffs a second", "smoke lies flat, wheels turn faster")),
    places={"hills": _hills}, picture=_picture, sound=_sound,
)  # fmt: skip
