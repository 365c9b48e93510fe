"""Waves that come to the shore."""

import numpy as np

from a2i.media.mel import SAMPLE_RATE
from a2i.miniworld.canvas import WHITE, Canvas, Colour, mix, tint
from a2i.miniworld.places import FAR, clouds
from a2i.miniworld.scene import Attribute, ClipSpec, Label, Scene
from a2i.miniworld.synth import coloured


def _period(spec: ClipSpec) -> float:
    """Seconds from wave to wave."""
    return 2.5 + 5.0 * spec.attributes["size"]


def _shore(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng = spec.rng("shore")
    grey = spec.attributes.get("strength", 0.5)
    warm = rng.uniform(0, 1)
    high = mix(mix((70, 150, 226), (110, 140, 210), warm), (130, 142, 156), 0.85 * grey)
    low = mix(mix((200, 230, 246), (255, 214, 170), warm), (196, 204, 210), 0.85 * grey)
    canvas.gradient((high, low), -0.2, 0.38)
    sun = rng.uniform(0.15, 0.85)
    canvas.glow(sun, 0.16, 0.2, (255, 246, 200), 0.5 * (1 - grey))
    canvas.circle(sun, 0.16, 0.06, mix((255, 250, 214), low, grey))
    clouds(canvas, rng, 2 + round(4 * grey), 0.02, 0.24, 0.01 * time)
    sand = tint(rng, (226, 204, 156), 12)
    canvas.gradient((sand, mix(sand, (180, 146, 100), 0.5)), 0.38, 1.2)


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


def _picture(canvas: Canvas, spec: ClipSpec, time: float) -> None:
    rng, height, wind = spec.rng("ocean"), spec.attributes["size"], spec.attributes["strength"]
    far = mix(tint(rng, (24, 92, 168), 12), (64, 90, 112), 0.6 * wind)
    near = mix(tint(rng, (40, 178, 188), 12), (84, 138, 146), 0.6 * wind)
    canvas.gradient((far, mix(far, near, 0.4)), 0.38, 0.6)
    rolled = time / _period(spec)
    xs = np.linspace(-FAR, 1 + FAR, 72)
    for k, (y, scale) in enumerate(((0.47, 0.3), (0.56, 0.5), (0.69, 0.8), (0.86, 1.15))):
        turn = 2 * np.pi * (xs / (0.3 + 0.45 * scale) - rolled + rng.uniform())
        lift = (0.05 + 0.19 * height) * scale
        _waves(canvas, xs, turn, y, lift, mix(far, near, 0.2 + 0.26 * k), 0.25 + 0.75 * wind)
        for _ in range(round(4 * wind)):
            dx, dy = rng.uniform(-0.4, 1.4), 0.06 * scale * rng.uniform(0.2, 1.2)
            canvas.ellipse(dx, y + dy, 0.06 * scale, 0.012 * scale, (236, 244, 246))
    edge = 0.92 + 0.025 * np.sin(2 * np.pi * rolled) + 0.016 * np.sin(9 * xs + 1.3)
    sand = tint(spec.rng("sand"), (230, 206, 156), 10)
    canvas.polygon([*zip(xs, edge), (1 + FAR, 1.5), (-FAR, 1.5)], sand)
    canvas.line(np.stack([xs, edge], axis=1), 0.05, (250, 252, 252))


def _sound(spec: ClipSpec, rng: np.random.Generator, n: int) -> np.ndarray:
    height, wind = spec.attributes["size"], spec.attributes["strength"]
    seconds = np.arange(n) / SAMPLE_RATE
    turns = seconds / _period(spec) + rng.uniform()
    swell, late = (np.where(share < 0.45, (share / 0.45) ** 2, ((1 - share) / 0.55) ** 1.4)
                   for share in (turns % 1.0, (turns - 0.12) % 1.0))
    roar = coloured(rng, n, 1.3, 60 - 30 * height, 1500 + 800 * wind) * (0.08 + (0.5 + 0.5 * height) * swell)
    hiss = coloured(rng, n, 0.4, 900, 5000 + 5000 * wind) * (0.04 + 0.3 * wind * late + 0.2 * late)
    return roar + hiss


SCENE = Scene(
    Label(294, "/m/05kq4", "Ocean"),
    attributes=(Attribute("size", "height of the swell", "longer, deeper swells", "higher waves"),
                Attribute("strength", "wind", "brighter hiss", "whitecaps, greyer sky")),
    places={"shore": _shore}, picture=_picture, sound=_sound, louder="size", everywhere=True, above_noise=(6, 22),
)  # fmt: skip
