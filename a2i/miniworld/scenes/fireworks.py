"""Fireworks above a town at night."""

import numpy as np

from a2i.media.mel import SAMPLE_RATE, SECONDS
from a2i.miniworld.canvas import WHITE, Canvas, Colour, choice, clear, mix, tint
from a2i.miniworld.places import FAR
from a2i.miniworld.scene import Attribute, ClipSpec, Label, Scene, Span
from a2i.miniworld.synth import add, coloured, fade

BURST_LIFE = 2.4  # s that a burst is seen


def _bangs(attributes: dict[str, float], start: float, rng: np.random.Generator) -> tuple[Span, ...]:
    """Close enough for one burst at least to be seen at any time."""
    order = np.arange(round(7 + 11 * attributes["count"]))
    times = start + (order + 0.35 * rng.uniform(0, order > 0)) * SECONDS / len(order)
    return tuple((float(t), float(t) + 0.6 + 0.6 * attributes["size"]) for t in times)


def _night(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng = spec.rng("night")
    canvas.gradient(((8, 10, 34), (26, 24, 66), (60, 40, 88)), -0.2, 1.0)
    for _ in range(30):
        x, y = rng.uniform(-0.5, 1.5), rng.uniform(-0.1, 0.7)
        canvas.circle(x, y, 0.005, (210, 210, 240))
    x = -FAR
    while x < 1 + FAR:
        width, top = rng.uniform(0.07, 0.16), rng.uniform(0.8, 0.91)
        canvas.box(x, top, x + width, 1.3, (10, 10, 24))
        for _ in range(4):
            wx, wy = x + rng.uniform(0.1, 0.8) * width, rng.uniform(top + 0.02, 0.99)
            canvas.box(wx, wy, wx + 0.012, wy + 0.016, (250, 206, 110))
        x += width


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


def _picture(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    crackle = spec.attributes["tone"]
    colours = ((255, 70, 90), (80, 220, 130), (90, 160, 255), (230, 100, 255), (255, 160, 60))
    reach = 0.25 + 0.17 * spec.attributes["size"]
    for k, (begin, _) in enumerate(spec.calls):
        rng = spec.rng(f"burst {k}")
        x, y = rng.uniform(0.24, 0.76), rng.uniform(0.24, 0.56)
        gold = rng.uniform() < crackle
        colour = tint(rng, (255, 200, 84), 12) if gold else choice(rng, colours)
        if begin <= time < begin + BURST_LIFE:
            _burst(canvas, x, y, reach, colour, crackle, time - begin, rng)
        elif begin - 0.7 < time < begin:
            rise = (begin - time) / 0.7
            canvas.line([(x, y + (0.9 - y) * rise), (x + 0.01, y + (0.9 - y) * rise + 0.09)], 0.014, (255, 226, 170))


def _sound(spec: ClipSpec, rng: np.random.Generator, n: int) -> np.ndarray:
    size, crackle = spec.attributes["size"], spec.attributes["tone"]
    out, snaps = np.zeros(n), [coloured(rng, 160, -0.5, 2500, 9000) * np.exp(-np.arange(160) / 35) for _ in range(16)]
    for begin, end in spec.calls:
        m = int((end - begin) * 1.6 * SAMPLE_RATE)
        fall = np.exp(-np.arange(m) / SAMPLE_RATE * (9 - 4.5 * size))
        bang = coloured(rng, m, 1.3, 40, 3500 - 2000 * size) * fall
        bang[:400] += 1.5 * coloured(rng, 400, 0.0, 400, 9000) * np.exp(-np.arange(400) / 90)
        add(out, begin, bang * 10 ** (rng.uniform(-5, 0) / 20))
        if rng.uniform() < 0.4:
            rise = int(0.7 * SAMPLE_RATE)
            whistle = np.sin(2 * np.pi * np.cumsum(np.linspace(1400, 3200, rise)) / SAMPLE_RATE) * fade(rise, 0.3, 0.2)
            add(out, begin - 0.7, 0.08 * whistle)
        for delay in 0.25 + 1.1 * rng.random(round(60 * crackle)) ** 1.3:
            add(out, begin + delay, 0.8 * np.exp(-delay) * snaps[rng.integers(len(snaps))])
    return out


SCENE = Scene(
    Label(432, "/m/0g6b5", "Fireworks"),
    attributes=(Attribute("count", "bursts", "7 to 18 bangs", "more bursts at a time"),
                Attribute("size", "shells", "deeper, longer bangs", "larger bursts"),
                Attribute("tone", "crackle", "crackling after each bang", "from plain colours to glittering gold")),
    places={"night": _night}, picture=_picture, sound=_sound, calls=_bangs, everywhere=True,
)  # fmt: skip
