"""Somebody who plays the guitar in a studio."""

import numpy as np

from a2i.media.mel import SAMPLE_RATE
from a2i.miniworld.canvas import DARK, WHITE, Canvas, Colour, choice, mix, tint
from a2i.miniworld.scene import Attribute, ClipSpec, Label, Scene
from a2i.miniworld.synth import add, coloured, geometric

# Half tones above the root.
_CHORDS = ((0, 7, 12, 16, 19), (5, 12, 17, 21, 24), (7, 14, 19, 23, 26), (9, 16, 21, 24, 28))


def _beat(spec: ClipSpec) -> float:
    """Strums a second."""
    return 1 + 3 * spec.attributes["rate"]


def _studio(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng = spec.rng("studio")
    wall = choice(rng, ((112, 44, 52), (64, 84, 76), (92, 66, 100), (58, 66, 92)))
    canvas.gradient((mix(wall, (0, 0, 0), 0.25), wall), -0.2, 1.2)
    canvas.glow(0.5, 0.3, 0.85, (255, 214, 150), 0.45)
    for x in (-0.12, 1.12):
        canvas.shape([(x - 0.2, -0.2), (x + 0.16, -0.2), (x + 0.1, 0.5), (x + 0.17, 1.2), (x - 0.2, 1.2)],
                     mix(wall, (20, 10, 20), 0.5))
    canvas.ellipse(0.5, 1.06, 0.9, 0.14, mix(wall, (60, 40, 30), 0.6))


def _instrument(canvas: Canvas, wood: Colour, strum: float) -> None:
    dark = mix(wood, (50, 22, 10), 0.6)
    canvas.line([(0.05, 0.0), (0.52, 0.0)], 0.05, mix(dark, DARK, 0.3))
    canvas.polygon([(0.5, -0.045), (0.62, -0.055), (0.62, 0.055), (0.5, 0.045)], dark)
    outline = [(-0.3, 0.0), (-0.25, -0.16), (-0.12, -0.19), (0.0, -0.125), (0.1, -0.145), (0.18, -0.08), (0.19, 0.0),
               (0.18, 0.08), (0.1, 0.145), (0.0, 0.125), (-0.12, 0.19), (-0.25, 0.16)]
    canvas.shape(np.array(outline) * 1.09 + (0.004, 0), dark)
    canvas.shape(outline, wood)
    canvas.circle(0.02, 0.0, 0.075, mix(wood, WHITE, 0.35))
    canvas.circle(0.02, 0.0, 0.06, (44, 22, 14))
    canvas.box(-0.2, -0.07, -0.165, 0.07, dark)
    for k in (-0.018, 0.0, 0.018):
        canvas.line([(-0.18, k + 0.004 * strum), (0.56, k)], 0.006, (250, 240, 214))


def _picture(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng, rate = spec.rng("guitar"), spec.attributes["rate"]
    skin = choice(rng, ((244, 200, 166), (214, 160, 120), (150, 100, 70)), 6)
    hair = choice(rng, ((60, 38, 28), (30, 26, 30), (190, 140, 70), (150, 70, 40)))
    shirt = choice(rng, ((70, 130, 190), (230, 226, 214), (80, 150, 120), (190, 80, 70)))
    sleeve = mix(shirt, DARK, 0.18)
    wood = tint(rng, mix((150, 66, 26), (246, 186, 96), spec.attributes["tone"]), 8)
    strum = np.sin(2 * np.pi * _beat(spec) * time)
    nod = 0.02 * np.sin(np.pi * _beat(spec) * time)
    canvas = canvas.at(-0.02, 0.05, 1.0)
    canvas.shape([(-0.28, 0.6), (-0.27, 0.05), (-0.17, -0.08), (0.0, -0.1), (0.17, -0.08), (0.27, 0.05), (0.28, 0.6)],
                 shirt)
    canvas.box(-0.055, -0.18, 0.055, -0.05, mix(skin, (120, 60, 40), 0.25))
    head = canvas.at(0.0, -0.27 + nod, 1.0, angle=0.1 + nod)
    long = rng.uniform() < 0.5
    head.ellipse(0, -0.03, 0.165, 0.17, hair)
    if long:
        head.shape([(-0.17, -0.05), (0.17, -0.05), (0.19, 0.2), (-0.19, 0.2)], hair)
    head.ellipse(0, 0.02, 0.125, 0.15, skin)
    head.shape([(-0.135, 0.0), (-0.1, -0.14), (0.06, -0.16), (0.135, 0.0), (0.04, -0.07)], hair)
    for side in (-1, 1):
        head.circle(0.05 * side, 0.02, 0.016, DARK)
        head.ellipse(0.075 * side, 0.065, 0.026, 0.018, mix(skin, (240, 110, 100), 0.4))
    head.stroke([(-0.045, 0.09), (0, 0.108), (0.045, 0.09)], 0.014, (150, 50, 50))
    canvas.stroke([(0.22, 0.03), (0.37, 0.2), (0.33, 0.06)], 0.105, sleeve)
    body = canvas.at(-0.06, 0.2, 0.86 + 0.3 * spec.attributes["size"], angle=-0.38)
    _instrument(body, wood, strum)
    canvas.circle(0.3, 0.055, 0.05, skin)
    hand = (-0.06 + 0.015 * strum, 0.2 + (0.03 + 0.06 * rate) * strum)
    canvas.stroke([(-0.22, 0.04), (-0.37, 0.24), hand], 0.1, sleeve)
    canvas.circle(*hand, 0.055, skin)


def _string(pitch: float, tone: float) -> np.ndarray:
    """One plucked string, 1.6 s."""
    seconds = np.arange(int(1.6 * SAMPLE_RATE)) / SAMPLE_RATE
    step = np.exp((2j * np.pi * pitch - 0.9) * seconds)
    out, power = np.zeros(len(seconds)), np.exp(-1.6 * seconds).astype(complex)
    for k in range(1, 13):
        if k * pitch > 0.45 * SAMPLE_RATE:
            break
        power = power * step
        out += power.imag * np.abs(np.sin(0.22 * np.pi * k)) * k ** (-1.7 + 1.1 * tone)
    return out


def _sound(spec: ClipSpec, rng: np.random.Generator, n: int) -> np.ndarray:
    tone, root = spec.attributes["tone"], geometric(165, 82, spec.attributes["size"])
    out, strings = np.zeros(n), {}
    order = rng.permutation(len(_CHORDS))
    for k, begin in enumerate(np.arange(rng.uniform(0, 0.4), n / SAMPLE_RATE - 0.05, 1 / _beat(spec))):
        chord = _CHORDS[order[(k // 4) % len(order)]]
        loud = 1.0 if k % 4 == 0 else rng.uniform(0.5, 0.85)
        for place, step in enumerate(chord if k % 2 == 0 else chord[::-1]):
            if step not in strings:
                strings[step] = _string(root * 2 ** (step / 12), tone)
            add(out, begin + 0.014 * place, loud * strings[step])
        pick = coloured(rng, 500, 0.0, 1500, 6000) * np.exp(-np.arange(500) / 120)
        add(out, begin, 0.1 * (0.5 + tone) * pick)
    return out


SCENE = Scene(
    Label(143, "/m/042v_gx", "Acoustic guitar"),
    attributes=(Attribute("size", "small to large guitar", "lower strings", "larger guitar"),
                Attribute("rate", "tempo", "1 to 4 strums a second", "hand swings wider and faster"),
                Attribute("tone", "dull to bright", "brighter strings", "wood turns from dark to light")),
    places={"studio": _studio}, picture=_picture, sound=_sound,
)  # fmt: skip
