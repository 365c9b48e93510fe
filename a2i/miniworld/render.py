"""The mini world's pictures: what a script looks like at a given time."""

import numpy as np

from a2i.miniworld import animals as creatures
from a2i.miniworld.canvas import Canvas, Colour, clear, mix
from a2i.miniworld.places import FAR, WHITE, backdrop, choice, passer_by, tint
from a2i.miniworld.scene import VARIED, Script

DARK: Colour = (34, 34, 42)
GLASS: Colour = (176, 222, 246)
PUFF_LIFE, BURST_LIFE = 2.4, 2.4  # s that smoke and a burst of fireworks are seen


def _wheel(canvas: Canvas, x: float, y: float, radius: float, rim: Colour, hub: Colour, turn: float) -> None:
    canvas.circle(x, y, radius, rim)
    canvas.circle(x, y, 0.72 * radius, hub)
    for k in range(3):
        a = turn + k * np.pi / 3
        dx, dy = 0.72 * radius * np.cos(a), 0.72 * radius * np.sin(a)
        canvas.line([(x - dx, y - dy), (x + dx, y + dy)], 0.16 * radius, rim)
    canvas.circle(x, y, 0.2 * radius, rim)


def _helicopter(canvas: Canvas, script: Script, time: float) -> None:
    rng, rate = script.rng("helicopter"), script.attributes["rate"]
    paint = choice(rng, ((206, 44, 44), (244, 190, 40), (40, 84, 170), (70, 96, 62), (232, 112, 32)))
    shade = mix(paint, DARK, 0.4)
    hover = 0.012 * np.sin(1.7 * time + rng.uniform(0, 6))
    canvas = canvas.at(0.0, 0.04 + hover, 0.84 + 0.36 * script.attributes["size"], angle=-0.04 + 0.26 * rate)
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
    phase = np.pi * script.beat * time
    canvas.ellipse(0.05, -0.22, 0.47, 0.045, clear((70, 70, 80), 0.2 + 0.5 * rate))
    for k in range(2):
        dx, dy = 0.47 * np.cos(phase + k * np.pi / 2), 0.045 * np.sin(phase + k * np.pi / 2)
        canvas.line([(0.05 - dx, -0.22 - dy), (0.05 + dx, -0.22 + dy)], 0.028, clear(DARK, 1.0 - 0.5 * rate))
    canvas.circle(0.05, -0.22, 0.03, DARK)


def _smoke(canvas: Canvas, script: Script, time: float) -> None:
    rate = script.attributes["rate"]
    period = 1 / script.beat
    for k in range(int(PUFF_LIFE / period), -1, -1):
        age = (time % period) + k * period
        share = min(age / PUFF_LIFE, 1.0)
        x = 0.27 - (0.1 + 0.55 * rate) * age * 0.75
        y = -0.3 - (0.32 - 0.25 * rate) * age ** 0.8 * 0.7
        grey = mix((250, 250, 250), (190, 190, 196), (k % 3) / 3)
        canvas.circle(x, y, 0.045 + 0.11 * share, clear(grey, 0.85 * (1 - share) ** 0.7))


def _train(canvas: Canvas, script: Script, time: float) -> None:
    rng = script.rng("train")
    paint = choice(rng, ((34, 44, 52), (28, 84, 60), (130, 32, 40), (30, 56, 110)))
    red = tint(rng, (206, 48, 44), 10)
    turn = 0.5 * np.pi * script.beat * time
    # The wheels stand on the rails (0.88) whatever the engine's size.
    size = 0.8 + 0.26 * script.attributes["size"]
    canvas = canvas.at(-0.015, 0.375 - 0.375 * size, size)
    _smoke(canvas, script, time)
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
        _wheel(canvas, x, y, radius, red, DARK, turn)
    rod = 0.06 * np.array([np.cos(turn), np.sin(turn)])
    canvas.line([(-0.29 + rod[0], 0.25 + rod[1]), (-0.03 + rod[0], 0.25 + rod[1])], 0.03, (226, 226, 230))


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


def _guitar(canvas: Canvas, script: Script, time: float) -> None:
    rng, rate = script.rng("guitar"), script.attributes["rate"]
    skin = choice(rng, ((244, 200, 166), (214, 160, 120), (150, 100, 70)), 6)
    hair = choice(rng, ((60, 38, 28), (30, 26, 30), (190, 140, 70), (150, 70, 40)))
    shirt = choice(rng, ((70, 130, 190), (230, 226, 214), (80, 150, 120), (190, 80, 70)))
    sleeve = mix(shirt, DARK, 0.18)
    wood = tint(rng, mix((150, 66, 26), (246, 186, 96), script.attributes["tone"]), 8)
    strum = np.sin(2 * np.pi * script.beat * time)
    nod = 0.02 * np.sin(np.pi * script.beat * time)
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
    body = canvas.at(-0.06, 0.2, 0.86 + 0.3 * script.attributes["size"], angle=-0.38)
    _instrument(body, wood, strum)
    canvas.circle(0.3, 0.055, 0.05, skin)
    hand = (-0.06 + 0.015 * strum, 0.2 + (0.03 + 0.06 * rate) * strum)
    canvas.stroke([(-0.22, 0.04), (-0.37, 0.24), hand], 0.1, sleeve)
    canvas.circle(*hand, 0.055, skin)


def _burst(canvas: Canvas, x: float, y: float, reach: float, colour: Colour, crackle: float, age: float,
           rng: np.random.Generator) -> None:
    share = age / BURST_LIFE
    spread = reach * (1 - np.exp(-4.5 * share - 0.5))
    fade = (1 - share) ** 0.6
    canvas.glow(x, y, 1.25 * spread, colour, 0.55 * fade)
    if age < 0.3:
        canvas.circle(x, y, 0.05, (255, 255, 240))
    drop = 0.1 * share ** 2
    for k in range(16):
        angle = 2 * np.pi * (k + rng.uniform(-0.2, 0.2)) / 16
        dx, dy = np.cos(angle), np.sin(angle)
        inner, outer = spread * (0.25 + 0.5 * share), spread * rng.uniform(0.85, 1.05)
        canvas.line([(x + inner * dx, y + inner * dy + drop), (x + outer * dx, y + outer * dy + 1.6 * drop)],
                    0.026, clear(colour, fade))
        tip = mix(colour, WHITE, 0.6)
        canvas.circle(x + outer * dx, y + outer * dy + 1.6 * drop, 0.018 + 0.008 * crackle, clear(tip, fade))
    for _ in range(round(26 * crackle)):
        radius, angle = spread * np.sqrt(rng.uniform()) * 1.15, rng.uniform(0, 2 * np.pi)
        canvas.circle(x + radius * np.cos(angle), y + radius * np.sin(angle) + drop, 0.012,
                      clear((255, 244, 200), fade * (0.5 + 0.5 * np.sin(23 * age + 9 * angle))))


def _fireworks(canvas: Canvas, script: Script, time: float) -> None:
    crackle = script.attributes["tone"]
    colours = ((255, 70, 90), (80, 220, 130), (90, 160, 255), (230, 100, 255), (255, 160, 60))
    reach = 0.25 + 0.17 * script.attributes["size"]
    for k, (begin, _) in enumerate(script.calls):
        rng = script.rng(f"burst {k}")
        x, y = rng.uniform(0.24, 0.76), rng.uniform(0.24, 0.56)
        gold = rng.uniform() < crackle
        colour = tint(rng, (255, 200, 84), 12) if gold else choice(rng, colours)
        if begin <= time < begin + BURST_LIFE:
            _burst(canvas, x, y, reach, colour, crackle, time - begin, rng)
        elif begin - 0.7 < time < begin:
            rise = (begin - time) / 0.7
            canvas.line([(x, y + (0.9 - y) * rise), (x + 0.01, y + (0.9 - y) * rise + 0.09)], 0.014, (255, 226, 170))


def _race_car(canvas: Canvas, script: Script, time: float) -> None:
    rng, rate = script.rng("race car"), script.attributes["rate"]
    paint = choice(rng, ((220, 30, 36), (20, 80, 200), (250, 200, 20), (20, 150, 90), (240, 120, 20)))
    trim = mix(paint, WHITE, 0.75)
    canvas = canvas.at(0.0, 0.2 + 0.006 * np.sin(31 * time), 0.82 + 0.22 * script.attributes["size"], angle=0.05 * rate)
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
        _wheel(canvas, x, 0.2 - radius, radius, (26, 26, 30), (190, 190, 198), (8 + 20 * rate) * time)
        canvas.circle(x, 0.2 - radius, 0.45 * radius, clear((150, 150, 158), 0.4 + 0.5 * rate))


def _waves(canvas: Canvas, xs: np.ndarray, turn: np.ndarray, y: float, height: float, water: Colour,
           foam: float) -> None:
    """One row of waves that lean to the right: water down to the shore, foam on each crest and down its face."""
    crest = (0.5 + 0.5 * np.cos(turn - 0.55 * np.sin(turn))) ** 1.6
    line = y - height * crest
    canvas.polygon([*zip(xs, line), (xs[-1], 1.1), (xs[0], 1.1)], water)
    face = (0.5 + 0.5 * np.cos(turn - 0.55 * np.sin(turn) - 0.6)) ** 3
    under = line + (0.12 + 0.75 * foam) * height * face
    canvas.polygon([*zip(xs, line), *zip(xs[::-1], under[::-1])], (246, 251, 252))
    canvas.line(np.stack([xs, line], axis=1), 0.008 + 0.012 * foam, mix(water, WHITE, 0.75))


def _ocean(canvas: Canvas, script: Script, time: float) -> None:
    rng, height, wind = script.rng("ocean"), script.attributes["size"], script.attributes["strength"]
    far = mix(tint(rng, (24, 92, 168), 12), (64, 90, 112), 0.6 * wind)
    near = mix(tint(rng, (40, 178, 188), 12), (84, 138, 146), 0.6 * wind)
    canvas.gradient((far, mix(far, near, 0.4)), 0.38, 0.6)
    rolled = time / script.period
    xs = np.linspace(-FAR, 1 + FAR, 112)
    for k, (y, scale) in enumerate(((0.47, 0.3), (0.56, 0.5), (0.69, 0.8), (0.86, 1.15))):
        turn = 2 * np.pi * (xs / (0.3 + 0.45 * scale) - rolled + rng.uniform())
        lift = (0.05 + 0.19 * height) * scale
        _waves(canvas, xs, turn, y, lift, mix(far, near, 0.2 + 0.26 * k), 0.25 + 0.75 * wind)
        for _ in range(round(4 * wind)):
            dx, dy = rng.uniform(-0.4, 1.4), 0.06 * scale * rng.uniform(0.2, 1.2)
            canvas.ellipse(dx, y + dy, 0.06 * scale, 0.012 * scale, (236, 244, 246))
    edge = 0.92 + 0.025 * np.sin(2 * np.pi * rolled) + 0.016 * np.sin(9 * xs + 1.3)
    sand = tint(script.rng("sand"), (230, 206, 156), 10)
    canvas.polygon([*zip(xs, edge), (1 + FAR, 1.5), (-FAR, 1.5)], sand)
    canvas.line(np.stack([xs, edge], axis=1), 0.05, (250, 252, 252))


_SUBJECTS = {
    "cat": creatures.cat, "dog": creatures.dog, "baby": creatures.baby, "rooster": creatures.rooster,
    "helicopter": _helicopter, "train": _train, "guitar": _guitar, "race_car": _race_car,
}
_ALL_OVER = {"fireworks": _fireworks, "ocean": _ocean}  # drawn in the square's own coordinates


def render(script: Script, time: float, width: int = 96, height: int = 96) -> np.ndarray:
    """The picture at `time` (s of the file): uint8 (height, width, 3), RGB; the scene fills the centre square."""
    canvas = Canvas(width, height)
    share = time / script.seconds
    x, y, zoom = (a + (b - a) * share for a, b in zip(*script.camera))
    scene = canvas.at(0.5 + x - 0.5 * zoom, 0.5 + y - 0.5 * zoom, zoom)
    backdrop(scene, script, time)
    dx, dy, scale = script.pose
    if not script.visible(time):
        if script.label in VARIED:
            passer_by(scene, script)
    elif script.label in _ALL_OVER:
        _ALL_OVER[script.label](scene.at(dx, 0.5 * dy), script, time)
    else:
        _SUBJECTS[script.label](scene.at(0.5 + dx, 0.5 + dy, scale), script, time)
    return canvas.pixels()
