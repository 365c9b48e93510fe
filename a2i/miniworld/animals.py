"""Cat, dog, baby and rooster: the mini world's creatures, whose mouths open as they call.

Each is drawn around (0, 0) of a canvas whose unit is the picture's square.
"""

import numpy as np

from a2i.miniworld.canvas import Canvas, Colour, clear, mix
from a2i.miniworld.places import WHITE, choice, tint
from a2i.miniworld.scene import Script

BLACK: Colour = (24, 20, 26)
MOUTH: Colour = (150, 40, 52)
TONGUE: Colour = (240, 124, 134)
PINK: Colour = (240, 158, 160)


def _shadow(canvas: Canvas, y: float, width: float) -> None:
    canvas.ellipse(0, y, width, 0.045, clear((30, 26, 30), 0.35))


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


def cat(canvas: Canvas, script: Script, time: float) -> None:
    """A cat from the front, or sitting; grey to ginger by `tone`, larger by `size`."""
    rng, tone = script.rng("cat"), script.attributes["tone"]
    fur = tint(rng, mix((112, 118, 132), (236, 146, 62), tone), 10)
    dark = mix(fur, mix((44, 46, 58), (150, 70, 20), tone), 0.65)
    eyes = choice(rng, ((190, 220, 80), (240, 206, 70), (120, 210, 160)))
    canvas = canvas.at(0, 0, 0.82 + 0.36 * script.attributes["size"])
    opening = script.opening(time)
    if script.view == "face":
        canvas.ellipse(0, 0.5, 0.33, 0.32, mix(fur, dark, 0.35))
        canvas.ellipse(0, 0.45, 0.15, 0.2, mix(fur, WHITE, 0.8))
        _cat_head(canvas.at(0, 0.03, 1.0, angle=0.06 * np.sin(0.9 * time)), fur, dark, eyes, opening)
        return
    canvas = canvas.at(0, 0, 1.0, facing=script.facing)
    _shadow(canvas, 0.42, 0.36)
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


def dog(canvas: Canvas, script: Script, time: float) -> None:
    """A dog's face, or a standing dog from the side; chocolate to gold by `tone`, larger by `size`."""
    rng, tone, opening = script.rng("dog"), script.attributes["tone"], script.opening(time)
    fur = tint(rng, mix((104, 62, 36), (222, 176, 104), tone), 8)
    dark, light = mix(fur, (48, 26, 16), 0.55), mix(fur, (255, 246, 230), 0.75)
    collar = choice(rng, ((214, 40, 48), (40, 90, 200)), 0)
    canvas = canvas.at(0, 0, 0.84 + 0.34 * script.attributes["size"])
    if script.view == "face":
        canvas.ellipse(0, 0.55, 0.3, 0.34, mix(fur, dark, 0.25))
        canvas.ellipse(0, 0.36, 0.2, 0.06, collar)
        canvas.circle(0, 0.42, 0.035, (250, 210, 80))
        _dog_face(canvas.at(0, 0.02, 1.04, angle=0.07 * np.sin(1.3 * time)), fur, dark, light, opening)
        return
    canvas = canvas.at(-0.03 * script.facing, 0, 0.94, facing=script.facing)
    _shadow(canvas, 0.4, 0.4)
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


def _baby_head(canvas: Canvas, script: Script, skin: Colour, hair: Colour, opening: float, time: float) -> None:
    distress = script.attributes["strength"]
    for side in (-1, 1):
        canvas.circle(0.34 * side, 0.03, 0.065, mix(skin, (190, 90, 80), 0.25))
    canvas.shape([(0, -0.36), (0.24, -0.28), (0.34, -0.04), (0.32, 0.18), (0.18, 0.33), (0, 0.36), (-0.18, 0.33),
                  (-0.32, 0.18), (-0.34, -0.04), (-0.24, -0.28)], skin)
    canvas.stroke([(-0.02, -0.35), (0.06, -0.44), (0.1, -0.36)], 0.035, hair)
    if script.attributes["size"] > 0.35:
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


def baby(canvas: Canvas, script: Script, time: float) -> None:
    """A crying baby: its face, or the whole child sitting; older by `size`, more upset by `strength`."""
    rng, distress, opening = script.rng("baby"), script.attributes["strength"], script.opening(time)
    skin = choice(rng, ((252, 208, 178), (240, 190, 158), (226, 170, 134)), 6)
    skin = mix(skin, (244, 120, 110), 0.45 * distress)
    hair = choice(rng, ((120, 80, 50), (80, 56, 44), (200, 156, 90)))
    suit = choice(rng, ((120, 180, 236), (250, 214, 110), (150, 214, 160), (246, 170, 196)))
    canvas = canvas.at(0, 0, 0.88 + 0.26 * script.attributes["size"])
    shake = 0.08 * np.sin(7 * time) * opening
    if script.view == "face":
        canvas.ellipse(0, 0.58, 0.42, 0.28, suit)
        canvas.ellipse(0, 0.36, 0.17, 0.06, mix(suit, WHITE, 0.6))
        _baby_head(canvas.at(0, 0.0, 1.0, angle=shake), script, skin, hair, opening, time)
        return
    canvas = canvas.at(0, 0, 1.0, facing=script.facing)
    _shadow(canvas, 0.43, 0.36)
    for side in (-1, 1):
        canvas.stroke([(0.1 * side, 0.33), (0.27 * side, 0.34), (0.33 * side, 0.42)], 0.12, suit)
        canvas.ellipse(0.35 * side, 0.4, 0.06, 0.05, skin)
        lift = 0.1 * np.sin(6 * time + side) * opening
        canvas.stroke([(0.13 * side, 0.15), (0.28 * side, 0.14 - lift), (0.37 * side, 0.02 - lift)], 0.1, suit)
        canvas.circle(0.385 * side, -0.01 - lift, 0.052, skin)
    canvas.shape([(-0.17, 0.08), (0.17, 0.08), (0.22, 0.3), (0.16, 0.43), (-0.16, 0.43), (-0.22, 0.3)], suit)
    for y in (0.2, 0.29):
        canvas.circle(0, y, 0.02, mix(suit, (60, 60, 90), 0.4))
    _baby_head(canvas.at(0, -0.15, 0.76, angle=shake), script, skin, hair, opening, time)


def _tail(canvas: Canvas, pride: float, sheen: Colour) -> None:
    colours = ((14, 50, 62), sheen, (20, 70, 60), mix(sheen, (30, 40, 120), 0.5), (12, 36, 44))
    for k in range(4 + round(3 * pride)):
        angle = -2.75 + 0.2 * k * (0.75 + 0.4 * pride)
        reach = 0.2 + 0.07 * pride
        tip = (-0.2 + 1.45 * reach * np.cos(angle) - 0.05, -0.02 + 1.35 * reach * np.sin(angle) + 0.1)
        middle = (-0.2 + 0.9 * reach * np.cos(angle + 0.25), -0.04 + 1.25 * reach * np.sin(angle + 0.25))
        canvas.stroke([(-0.14, 0.04), middle, tip], 0.07, colours[k % len(colours)])


def rooster(canvas: Canvas, script: Script, time: float) -> None:
    """A rooster from the side, heading right; larger by `size`, a fuller comb and tail by `strength`."""
    rng, pride, opening = script.rng("rooster"), script.attributes["strength"], script.opening(time)
    body = tint(rng, mix((186, 84, 36), (120, 44, 30), rng.uniform()), 12)
    gold = tint(rng, (240, 176, 62), 12)
    canvas = canvas.at(0.0, 0.03, 0.86 + 0.2 * script.attributes["size"])
    _shadow(canvas, 0.42, 0.3)
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
