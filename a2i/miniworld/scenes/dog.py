"""A dog that barks."""

import numpy as np

from a2i.miniworld.canvas import BLACK, MOUTH, TONGUE, WHITE, Canvas, Colour, choice, mix, tint
from a2i.miniworld.places import garden, room, street
from a2i.miniworld.scene import Attribute, ClipSpec, Label, Scene, ShortCalls
from a2i.miniworld.synth import called, coloured, course, fade, geometric, harmonics


def _dog_face(canvas: Canvas, fur: Colour, dark: Colour, light: Colour, opening: float) -> None:
    canvas.ellipse(0, -0.04, 0.28, 0.31, fur)
    canvas.shape([(-0.05, -0.34), (0.05, -0.34), (0.06, -0.1), (0.09, 0.08), (-0.09, 0.08), (-0.06, -0.1)], light)
    for side in (-1, 1):
        canvas.shape([(0.14 * side, -0.33), (0.3 * side, -0.27), (0.4 * side, -0.02), (0.38 * side, 0.2),
                      (0.29 * side, 0.21), (0.23 * side, -0.04)], dark)
    if opening > 0.05:
        canvas.ellipse(0, 0.22 + 0.06 * opening, 0.13, 0.06 + 0.1 * opening, mix(light, dark, 0.2))
        canvas.ellipse(0, 0.21 + 0.05 * opening, 0.1, 0.04 + 0.09 * opening, MOUTH)
    canvas.shape([(-0.055, 0.2), (0.055, 0.2), (0.055, 0.32), (0, 0.37), (-0.055, 0.32)], TONGUE)
    for side in (-1, 1):
        canvas.ellipse(0.085 * side, 0.14, 0.12, 0.1, light)
        canvas.circle(0.135 * side, -0.09, 0.055, BLACK)
        canvas.circle(0.145 * side, -0.11, 0.018, WHITE)
        canvas.stroke([(0.08 * side, -0.19), (0.14 * side, -0.215), (0.2 * side, -0.18)], 0.022, dark)
    canvas.stroke([(-0.13, 0.165), (-0.06, 0.21), (0, 0.17), (0.06, 0.21), (0.13, 0.165)], 0.016, BLACK)
    canvas.ellipse(0, 0.06, 0.085, 0.06, BLACK)
    canvas.ellipse(-0.025, 0.04, 0.028, 0.014, (150, 150, 160))


def _dog_profile(canvas: Canvas, fur: Colour, dark: Colour, light: Colour, opening: float) -> None:
    canvas.polygon([(0.05, 0.06), (0.24, 0.06 + 0.1 * opening), (0.22, 0.1 + 0.11 * opening), (0.02, 0.12)], light)
    if opening > 0.05:
        canvas.polygon([(0.05, 0.04), (0.22, 0.05), (0.22, 0.06 + 0.08 * opening)], MOUTH)
    canvas.circle(0, 0, 0.15, fur)
    canvas.shape([(0.05, -0.07), (0.22, -0.03), (0.27, 0.02), (0.24, 0.07), (0.05, 0.1)], light)
    canvas.ellipse(0.26, -0.02, 0.035, 0.03, BLACK)
    canvas.circle(0.07, -0.055, 0.026, BLACK)
    canvas.circle(0.077, -0.063, 0.009, WHITE)
    canvas.shape([(-0.1, -0.13), (0.0, -0.12), (-0.02, 0.06), (-0.09, 0.15), (-0.16, 0.06)], dark)


def _picture(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng, tone, opening = spec.rng("dog"), spec.attributes["tone"], spec.opening(time)
    fur = tint(rng, mix((104, 62, 36), (222, 176, 104), tone), 8)
    dark, light = mix(fur, (48, 26, 16), 0.55), mix(fur, (255, 246, 230), 0.75)
    collar = choice(rng, ((214, 40, 48), (40, 90, 200)), 0)
    canvas = canvas.at(0, 0, 0.84 + 0.34 * spec.attributes["size"])
    if spec.view == "face":
        canvas.ellipse(0, 0.55, 0.3, 0.34, mix(fur, dark, 0.25))
        canvas.ellipse(0, 0.36, 0.2, 0.06, collar)
        canvas.circle(0, 0.42, 0.035, (250, 210, 80))
        _dog_face(canvas.at(0, 0.02, 1.04, angle=0.07 * np.sin(1.3 * time)), fur, dark, light, opening)
        return
    canvas = canvas.at(-0.03 * spec.facing, 0, 0.94, facing=spec.facing)
    canvas.shadow(0.4, 0.4)
    wag = 0.09 * np.sin(9 * time)
    canvas.stroke([(-0.3, 0.02), (-0.4, -0.08), (-0.42 + wag, -0.24)], 0.06, fur)
    for x, shade in ((-0.2, 0.3), (0.17, 0.3), (-0.27, 0.0), (0.1, 0.0)):
        leg = mix(fur, dark, shade)
        canvas.stroke([(x, 0.12), (x + 0.01, 0.38)], 0.09, leg)
        canvas.ellipse(x + 0.03, 0.39, 0.06, 0.03, mix(leg, light, 0.6))
    canvas.shape([(-0.34, 0.02), (-0.2, -0.06), (0.05, -0.07), (0.2, -0.14), (0.26, 0.04), (0.16, 0.2), (-0.1, 0.17),
                  (-0.28, 0.2)], fur)
    canvas.ellipse(0.2, 0.07, 0.07, 0.12, light)
    canvas.ellipse(-0.1, 0.0, 0.1, 0.06, dark)
    canvas.line([(0.08, -0.12), (0.27, -0.03)], 0.05, collar)
    _dog_profile(canvas.at(0.19, -0.21, 1.2, angle=-0.12 * opening), fur, dark, light, opening)


def _sound(spec: ClipSpec, rng: np.random.Generator, n: int) -> np.ndarray:
    base = geometric(620, 230, spec.attributes["size"])

    def bark(m: int) -> np.ndarray:
        pitch = base * rng.uniform(0.92, 1.08) * course([(0, 0.8), (0.15, 1.3), (1, 0.6)], m)
        rough = coloured(rng, m, 0.8, 1.2 * base, 9 * base)
        voice = harmonics(pitch, [(2.2 * base, 1.2 * base, 1.0), (5 * base, 2 * base, 0.5)], count=18, tilt=0.3)
        return (voice + 0.7 * rough) * np.exp(-3.5 * np.linspace(0, 1, m)) * fade(m, 0.04, 0.15)

    return called(spec.calls, rng, n, bark)


SCENE = Scene(
    Label(74, "/m/0bt9lr", "Dog"),
    attributes=(
        Attribute("size", "small to large breed", "pitch falls from 620 to 230 Hz", "larger head and body"),
        Attribute("tone", "dark to light coat", "shorter, more frequent barks", "coat turns from chocolate to gold"),
    ),
    places={"garden": garden, "street": street, "room": room}, picture=_picture, sound=_sound,
    calls=ShortCalls("tone", 0.36, 0.16, 2, 3, 3), above_noise=(-10, 8), varied=1.0,
)  # fmt: skip
