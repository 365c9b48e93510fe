"""What happens in one clip: drawn once from a seed, for a class and a difficulty."""

from dataclasses import replace

import numpy as np

from a2i.media.mel import SECONDS
from a2i.miniworld.beneath import BENEATH
from a2i.miniworld.places import ELSEWHERE
from a2i.miniworld.scene import FRAME_RATE, ClipSpec, Span, scene, stream

UNSEEN = 0.09  # share of clips, at difficulty 1, that never show the source; twice that where presence varies


def draw(label: str, seed: int, difficulty: float = 1.0, **given: float) -> ClipSpec:
    """Draws one clip of class `label`; the same for the same seed. Attributes that are `given` take the place of drawn
    ones; what does not follow from them stays as it is."""
    own = scene(label)
    attributes = {a.name: float(stream(seed, "attribute", a.name).uniform()) for a in own.attributes} | given
    timing, looks = stream(seed, "timing"), stream(seed, "looks")
    longer = timing.uniform() < 0.15
    start = float(timing.integers(2, 7)) / 2 if longer else 0.0
    calls = own.calls(attributes, start, timing)
    varied, places = own.varied, list(own.places)
    reach = min(difficulty, 2.0)
    wander = 0.05 * (0.5 + 0.5 * varied) * reach
    spec = ClipSpec(
        label=label, seed=seed, attributes=attributes, difficulty=difficulty,
        seconds=start + SECONDS + (2.0 if longer else 0.0), start=start, end=start + SECONDS,
        in_view=_in_view(start, 0.14 * varied * difficulty, calls, looks), calls=calls,
        beneath=str(looks.choice(list(BENEATH))) if looks.uniform() < min(0.6 * difficulty, 0.95) else "",
        view="body" if looks.uniform() < 0.4 * min(varied, difficulty) and varied == 1 else "face",
        facing=-1 if looks.uniform() < 0.4 * difficulty and varied == 1 else 1,
        place=str(looks.choice(places)) if looks.uniform() < 0.6 * difficulty else places[0],
        pose=(*(float(v) for v in looks.uniform(-wander, wander, 2)), float(1 + 1.2 * looks.uniform(-wander, wander))),
        camera=tuple(tuple(map(float, end)) for end in looks.uniform(-0.02 * reach, 0.02 * reach, (2, 3)) + (0, 0, 1)),
    )  # fmt: skip
    # Of a stream of its own, so that all other clips are those of a world without it.
    elsewhere = stream(seed, "elsewhere")
    if elsewhere.uniform() < UNSEEN * (1 + varied) * difficulty:
        return replace(spec, place=str(elsewhere.choice(list(ELSEWHERE))), in_view=())
    return spec


def _in_view(start: float, share: float, calls: tuple[Span, ...], rng: np.random.Generator) -> tuple[Span, ...]:
    """The segment less one gap of 1.5 to 3.5 s, which so many clips have that `share` of all frames lack the source;
    where all clips have one, the gaps are longer. Cameras tend to be on what is heard: of three places for the gap, the
    one that hides the least of the calls is taken."""
    end, often = start + SECONDS, share * SECONDS / 2.5
    length, has_gap = rng.uniform(1.5, 3.5) * max(often, 1.0), rng.uniform() < often
    firsts = start + rng.uniform(0, SECONDS - length, 3)
    if not has_gap:
        return ((start, end),)
    hidden = [sum(max(min(b, first + length) - max(a, first), 0.0) for a, b in calls) for first in firsts]
    first = firsts[int(np.argmin(hidden))]
    first, last = (round(t * FRAME_RATE) / FRAME_RATE for t in (first, first + length))
    return tuple((a, b) for a, b in ((start, first), (last, end)) if b > a)
