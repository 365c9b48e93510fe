"""A cat that meows."""

import numpy as np

from a2i.miniworld.canvas import BLACK, MOUTH, TONGUE, WHITE, Canvas, Colour, choice, mix, tint
from a2i.miniworld.places import garden, room, street
from a2i.miniworld.scene import Attribute, ClipSpec, Label, Scene, ShortCalls
from a2i.miniworld.synth import called, coloured, course, fade, geometric, harmonics

PINK: Colour = (240, 158, 160)


def _eye(canvas: Canvas, x: float, y: float, radius: float, iris: Colour, pupil: float) -> None:
    canvas.ellipse(x, y, radius * 1.12, radius * 1.02, BLACK)
    canvas.ellipse(x, y, radius, radius * 0.92, iris)
    canvas.ellipse(x, y, radius * pupil, radius * 0.8, BLACK)
    canvas.circle(x + 0.3 * radius, y - 0.35 * radius, 0.28 * radius, WHITE)


def _cat_head(canvas: Canvas, fur: Colour, dark: Colour, eyes: Colour, opening: float) -> None:
    for side in (-1, 1):
        canvas.polygon([(0.35 * side, -0.02), (0.31 * side, -0.42), (0.05 * side, -0.26)], fur)
        canvas.polygon([(0.29 * side, -0.12), (0.275 * side, -0.34), (0.12 * side, -0.24)], PINK)
    canvas.ellipse(0, 0, 0.37, 0.30, fur)
    for side in (-1, 1):
        canvas.ellipse(0.21 * side, 0.10, 0.18, 0.17, fur)
        for y in (0.0, 0.07):
            canvas.polygon([(0.37 * side, y - 0.02), (0.37 * side, y + 0.03), (0.25 * side, y + 0.02)], dark)
    for x, length in ((-0.08, 0.1), (0.0, 0.14), (0.08, 0.1)):
        canvas.polygon([(x - 0.026, -0.285), (x + 0.026, -0.285), (x * 0.7, -0.285 + length)], dark)
    light = mix(fur, WHITE, 0.8)
    canvas.ellipse(0, 0.19 + 0.03 * opening, 0.12, 0.09 + 0.02 * opening, light)
    for side in (-1, 1):
        canvas.ellipse(0.075 * side, 0.13, 0.1, 0.075, light)
        _eye(canvas, 0.16 * side, -0.03, 0.082, eyes, 0.38)
    if opening > 0.05:
        canvas.ellipse(0, 0.19 + 0.02 * opening, 0.065, 0.025 + 0.075 * opening, MOUTH)
        canvas.ellipse(0, 0.22 + 0.05 * opening, 0.045, 0.035 * opening, TONGUE)
    else:
        for side in (-1, 1):
            canvas.stroke([(0, 0.12), (0.02 * side, 0.165), (0.075 * side, 0.165)], 0.014, BLACK)
    canvas.polygon([(-0.045, 0.06), (0.045, 0.06), (0, 0.11)], (226, 110, 120))
    for side in (-1, 1):
        for y0, y1 in ((0.11, 0.06), (0.135, 0.14)):
            canvas.line([(0.12 * side, y0), (0.42 * side, y1)], 0.009, (250, 250, 250))


def _picture(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng, tone = spec.rng("cat"), spec.attributes["tone"]
    fur = tint(rng, mix((112, 118, 132), (236, 146, 62), tone), 10)
    dark = mix(fur, mix((44, 46, 58), (150, 70, 20), tone), 0.65)
    eyes = choice(rng, ((190, 220, 80), (240, 206, 70), (120, 210, 160)))
    canvas = canvas.at(0, 0, 0.82 + 0.36 * spec.attributes["size"])
    opening = spec.opening(time)
    if spec.view == "face":
        canvas.ellipse(0, 0.5, 0.33, 0.32, mix(fur, dark, 0.35))
        canvas.ellipse(0, 0.45, 0.15, 0.2, mix(fur, WHITE, 0.8))
        _cat_head(canvas.at(0, 0.03, 1.0, angle=0.06 * np.sin(0.9 * time)), fur, dark, eyes, opening)
        return
    canvas = canvas.at(0, 0, 1.0, facing=spec.facing)
    canvas.shadow(0.42, 0.36)
    sway = 0.03 * np.sin(2 * time)
    canvas.stroke([(-0.1, 0.36), (-0.3, 0.38), (-0.38, 0.22), (-0.32 + sway, 0.04)], 0.085, dark)
    canvas.shape([(-0.24, 0.42), (-0.25, 0.22), (-0.12, -0.02), (0.08, -0.1), (0.22, 0.06), (0.22, 0.42)], fur)
    for y in (0.1, 0.19, 0.28):
        canvas.stroke([(-0.23, y), (-0.15, y + 0.015), (-0.09, y)], 0.026, dark)
    canvas.ellipse(0.12, 0.16, 0.09, 0.18, mix(fur, WHITE, 0.8))
    for x in (0.05, 0.18):
        canvas.stroke([(x, 0.2), (x + 0.01, 0.4)], 0.085, mix(fur, WHITE, 0.12))
        canvas.ellipse(x + 0.02, 0.415, 0.058, 0.033, mix(fur, WHITE, 0.8))
    _cat_head(canvas.at(0.1, -0.16, 0.7), fur, dark, eyes, opening)


def _sound(spec: ClipSpec, rng: np.random.Generator, n: int) -> np.ndarray:
    tone, size = spec.attributes["tone"], spec.attributes["size"]
    base, body = geometric(900, 420, size), geometric(1.25, 0.8, size)

    def meow(m: int) -> np.ndarray:
        bend = rng.uniform(0.9, 1.1)
        pitch = base * bend * course([(0, 0.82), (0.25, 1.12), (0.55, 1.05), (1, 0.72)], m)
        first = body * course([(0, 500), (0.35, 1300 + 500 * tone), (0.7, 1100), (1, 550)], m)
        second = body * course([(0, 2300), (0.4, 2700 + 900 * tone), (1, 1500)], m)
        breath = 0.05 * coloured(rng, m, 0.5, 1500, 7000)
        return (harmonics(pitch, [(first, 350, 1.0), (second, 500, 0.35 + 0.4 * tone)]) + breath) * fade(m, 0.12, 0.4)

    return called(spec.calls, rng, n, meow)


SCENE = Scene(
    Label(81, "/m/01yrx", "Cat"),
    attributes=(Attribute("size", "kitten to tomcat", "pitch falls from 900 to 420 Hz", "larger head and body"),
                Attribute("tone", "grey to ginger", "calls grow longer and brighter", "fur turns from grey to ginger")),
    places={"room": room, "garden": garden, "street": street}, picture=_picture, sound=_sound,
    calls=ShortCalls("tone", 0.5, 1.3, 1, 3), above_noise=(-10, 8), varied=1.0,
)  # fmt: skip
