"""A rooster that crows on its farm."""

import numpy as np

from a2i.media.mel import SAMPLE_RATE
from a2i.miniworld.canvas import BLACK, WHITE, Canvas, Colour, mix, tint
from a2i.miniworld.places import FAR, ridge
from a2i.miniworld.scene import Attribute, ClipSpec, Label, Scene, ShortCalls
from a2i.miniworld.synth import called, course, fade, geometric, harmonics


def _farm(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng = spec.rng("farm")
    canvas.gradient(((136, 192, 236), (252, 226, 176)), -0.2, 0.6)
    sun = rng.uniform(0.1, 0.35) if rng.uniform() < 0.5 else rng.uniform(0.75, 0.95)
    canvas.glow(sun, 0.45, 0.3, (255, 224, 130), 0.7)
    canvas.circle(sun, 0.45, 0.09, (255, 238, 170))
    ridge(canvas, rng, 0.58, 0.08, (126, 164, 110))
    barn = rng.uniform(-0.25, -0.05) if rng.uniform() < 0.5 else rng.uniform(1.0, 1.2)
    canvas.box(barn - 0.17, 0.38, barn + 0.17, 0.66, (170, 66, 56))
    canvas.polygon([(barn - 0.2, 0.38), (barn, 0.2), (barn + 0.2, 0.38)], (110, 60, 56))
    grass = tint(rng, (148, 186, 82), 14)
    canvas.gradient((grass, mix(grass, (90, 110, 40), 0.5)), 0.6, 1.2)
    for y in (0.56, 0.65):
        canvas.box(-FAR, y, 1 + FAR, y + 0.022, (150, 116, 80))
    for x in np.arange(-FAR + 0.1, 1 + FAR, 0.3):
        canvas.box(x, 0.52, x + 0.03, 0.74, (134, 100, 68))


def _tail(canvas: Canvas, pride: float, sheen: Colour) -> None:
    colours = ((14, 50, 62), sheen, (20, 70, 60), mix(sheen, (30, 40, 120), 0.5), (12, 36, 44))
    for k in range(4 + round(3 * pride)):
        angle = -2.75 + 0.2 * k * (0.75 + 0.4 * pride)
        reach = 0.2 + 0.07 * pride
        tip = (-0.2 + 1.45 * reach * np.cos(angle) - 0.05, -0.02 + 1.35 * reach * np.sin(angle) + 0.1)
        middle = (-0.2 + 0.9 * reach * np.cos(angle + 0.25), -0.04 + 1.25 * reach * np.sin(angle + 0.25))
        canvas.stroke([(-0.14, 0.04), middle, tip], 0.07, colours[k % len(colours)])


def _picture(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng, pride, opening = spec.rng("rooster"), spec.attributes["strength"], spec.opening(time)
    body = tint(rng, mix((186, 84, 36), (120, 44, 30), rng.uniform()), 12)
    gold = tint(rng, (240, 176, 62), 12)
    canvas = canvas.at(0.0, 0.03, 0.86 + 0.2 * spec.attributes["size"])
    canvas.shadow(0.42, 0.3)
    for x in (-0.04, 0.07):
        canvas.stroke([(x, 0.16), (x + 0.01, 0.4)], 0.03, (240, 190, 60))
        canvas.stroke([(x - 0.04, 0.415), (x + 0.03, 0.4), (x + 0.08, 0.415)], 0.026, (240, 190, 60))
    _tail(canvas, pride, tint(rng, (30, 110, 96)))
    canvas.shape([(-0.24, -0.06), (-0.21, 0.08), (-0.08, 0.22), (0.08, 0.22), (0.2, 0.08), (0.2, -0.12), (0.06, -0.1),
                  (-0.1, -0.02)], body)
    canvas.shape([(-0.17, 0.0), (0.03, -0.03), (0.09, 0.05), (-0.02, 0.15), (-0.16, 0.1)],
                 mix(body, (40, 20, 20), 0.45))
    neck = canvas.at(0.1, 0.0, 1.0, angle=-0.1 - 0.28 * opening)
    neck.shape([(-0.1, 0.02), (-0.02, -0.14), (0.02, -0.3), (0.13, -0.3), (0.16, -0.14), (0.13, 0.06), (0.02, 0.12)],
               gold)
    head = neck.at(0.08, -0.3, 1.0, angle=-0.35 * opening)
    comb = 0.7 + 0.6 * pride
    for dx, dy, r in ((-0.075, -0.045, 0.042), (-0.03, -0.085, 0.05), (0.03, -0.085, 0.045)):
        head.circle(dx, dy * comb, r * comb, (220, 30, 36))
    head.circle(0, 0, 0.085, mix(gold, (220, 60, 40), 0.35))
    head.polygon([(0.06, -0.03), (0.19, 0.0 - 0.02 * opening), (0.06, 0.02)], (250, 206, 70))
    head.polygon([(0.05, 0.01), (0.17, 0.02 + 0.1 * opening), (0.05, 0.045)], (226, 160, 40))
    head.ellipse(0.055, 0.09, 0.035, 0.06 * comb, (220, 30, 36))
    head.circle(0.025, -0.02, 0.024, WHITE)
    head.circle(0.03, -0.02, 0.014, BLACK)


def _sound(spec: ClipSpec, rng: np.random.Generator, n: int) -> np.ndarray:
    base, body = geometric(850, 480, spec.attributes["size"]), geometric(1.25, 0.8, spec.attributes["size"])

    def crow(m: int) -> np.ndarray:
        lift = rng.uniform(0.95, 1.05)
        pitch = base * course([(0, 0.8), (0.1, 0.95), (0.15, 1.05), (0.27, 1.1), (0.3, 1.15), (0.42, 1.2),
                               (0.47, 1.5 * lift), (0.7, 1.45 * lift), (1, 0.8)], m)
        x = np.linspace(0, 1, m)
        syllables = sum(np.clip(np.minimum((x - a) / 0.02, (b - x) / 0.03), 0, 1)
                        for a, b in ((0, 0.12), (0.15, 0.27), (0.30, 0.43), (0.46, 1.0)))
        rasp = 1 + 0.4 * np.sin(2 * np.pi * 55 * np.arange(m) / SAMPLE_RATE) * (x > 0.46)
        voice = harmonics(pitch, [(1500 * body, 600, 1.0), (3000 * body, 900, 0.7)], tilt=0.3)
        return voice * syllables * rasp * fade(m, 0.02, 0.3)

    return called(spec.calls, rng, n, crow)


SCENE = Scene(
    Label(101, "/m/07qn5dc", "Crowing, cock-a-doodle-doo"),
    attributes=(Attribute("size", "bantam to giant", "pitch falls from 850 to 480 Hz", "larger bird"),
                Attribute("strength", "pride", "longer crow", "larger comb, wider and fuller tail")),
    places={"farm": _farm}, picture=_picture, sound=_sound,
    calls=ShortCalls("strength", 1.3, 2.2, 1, 2), above_noise=(-10, 8), varied=0.35,
)  # fmt: skip
