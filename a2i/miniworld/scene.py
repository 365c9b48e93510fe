"""What happens in one clip of the mini world: hidden attributes, calls, what is in view, place and camera.

Drawn once from a seed; the picture (a2i.scenes) and the sound (a2i.sounds) are both made from it and from nothing else,
which is what ties them together.
"""

import zlib
from dataclasses import dataclass

import numpy as np

Span = tuple[float, float]  # from, to: seconds


@dataclass(frozen=True)
class Attribute:
    """A hidden quantity in 0..1 of a class, and what it does to sound and picture when it grows."""

    label: str
    name: str
    meaning: str
    sound: str
    picture: str


ATTRIBUTES: tuple[Attribute, ...] = (
    Attribute("cat", "size", "kitten to tomcat", "pitch falls from 900 to 420 Hz", "larger head and body"),
    Attribute("cat", "tone", "grey to ginger", "calls grow longer and brighter", "fur turns from grey to ginger"),
    Attribute("helicopter", "size", "light to heavy", "louder, deeper rumble", "larger"),
    Attribute("helicopter", "rate", "rotor's rate", "8 to 22 blade slaps a second", "nose dips, rotor blurs to a disc"),
    Attribute("train", "size", "small to large engine", "deeper chuffs and whistle", "larger engine"),
    Attribute("train", "rate", "speed", "1.5 to 6 chuffs a second", "smoke lies flat, wheels turn faster"),
    Attribute("guitar", "size", "small to large guitar", "lower strings", "larger guitar"),
    Attribute("guitar", "rate", "tempo", "1 to 4 strums a second", "hand swings wider and faster"),
    Attribute("guitar", "tone", "dull to bright", "brighter strings", "wood turns from dark to light"),
    Attribute("baby", "size", "newborn to toddler", "pitch falls from 560 to 380 Hz", "larger head, more hair"),
    Attribute("baby", "strength", "distress", "longer, rougher, louder wails", "redder face, wider mouth, more tears"),
    Attribute("fireworks", "count", "bursts", "7 to 18 bangs", "more bursts at a time"),
    Attribute("fireworks", "size", "shells", "deeper, longer bangs", "larger bursts"),
    Attribute("fireworks", "tone", "crackle", "crackling after each bang", "from plain colours to glittering gold"),
    Attribute("dog", "size", "small to large breed", "pitch falls from 620 to 230 Hz", "larger head and body"),
    Attribute("dog", "tone", "dark to light coat", "shorter, more frequent barks", "coat turns from chocolate to gold"),
    Attribute("race_car", "size", "nearness", "louder, fuller", "larger car"),
    Attribute("race_car", "rate", "speed", "engine's pitch from 90 to 280 Hz", "streaks of wind, nose down"),
    Attribute("rooster", "size", "bantam to giant", "pitch falls from 850 to 480 Hz", "larger bird"),
    Attribute("rooster", "strength", "pride", "longer crow", "larger comb, wider and fuller tail"),
    Attribute("ocean", "size", "height of the swell", "longer, deeper swells", "higher waves"),
    Attribute("ocean", "strength", "wind", "brighter hiss", "whitecaps, greyer sky"),
)

CALLERS = ("cat", "dog", "baby", "rooster")  # classes that are heard in short calls
VARIED = {"cat": 1.0, "dog": 1.0, "baby": 1.0, "rooster": 0.35}  # how much view, place and presence vary
PLACES = {
    "cat": ("room", "garden", "street"), "dog": ("garden", "street", "room"), "baby": ("nursery", "room", "garden"),
    "rooster": ("farm",), "helicopter": ("sky",), "train": ("hills",), "guitar": ("studio",), "fireworks": ("night",),
    "race_car": ("circuit",), "ocean": ("shore",),
}
BENEATH = ("birds", "murmur", "traffic", "melody", "wind", "knocks")  # sounds that may lie beneath the source
SEGMENT = 10.0  # s
FRAME_RATE = 4  # pictures a second; presence changes at their borders only, so that the truth is exact


@dataclass(frozen=True)
class Script:
    """One clip, before it is drawn and heard. Times are seconds of the file."""

    label: str
    seed: int
    attributes: dict[str, float]  # name -> 0..1
    seconds: float  # the file's length
    start: float  # where the labelled segment begins
    end: float
    calls: tuple[Span, ...]  # the telling sounds: calls or bangs; the whole segment where the sound is steady
    in_view: tuple[Span, ...]  # when the source is in the picture
    view: str  # "face" or "body"
    facing: int  # 1: right, -1: left
    place: str
    camera: tuple[tuple[float, float, float], tuple[float, float, float]]  # x, y, zoom: at the beginning, at the end
    pose: tuple[float, float, float]  # the subject's shift in x and y, and its scale
    beneath: str  # one of BENEATH, or ""
    difficulty: float

    def rng(self, topic: str) -> np.random.Generator:
        """Randomness for one `topic`, the same whenever it is asked for."""
        return np.random.default_rng([self.seed, zlib.crc32(topic.encode())])

    @property
    def beat(self) -> float:
        """Blade slaps, chuffs or strums a second, which the picture shows and the sound gives."""
        low, high = {"helicopter": (8, 22), "train": (1.5, 6), "guitar": (1, 4)}[self.label]
        return low + (high - low) * self.attributes["rate"]

    @property
    def period(self) -> float:
        """Seconds from wave to wave."""
        return 2.5 + 5.0 * self.attributes["size"]

    def opening(self, time: float) -> float:
        """How loud the call at `time` is, 0..1: 0 between the calls; a mouth opens by it."""
        inside = [np.sin(np.pi * (time - t0) / (t1 - t0)) ** 0.4 for t0, t1 in self.calls if t0 < time < t1]
        return float(max(inside, default=0.0))

    def visible(self, time: float) -> bool:
        """Whether the source is in the picture at `time`."""
        return any(t0 <= time < t1 for t0, t1 in self.in_view)


def attribute_names(label: str) -> list[str]:
    """The attributes of a class, in the table's order."""
    return [a.name for a in ATTRIBUTES if a.label == label]


def draw(label: str, seed: int, difficulty: float = 1.0, **given: float) -> Script:
    """Draws the script of one clip of class `label`; the same for the same seed. Attributes that are `given` take the
    place of drawn ones; what does not follow from them stays as it is."""
    hidden, timing, looks = (np.random.default_rng([seed, part]) for part in range(3))
    attributes = {name: float(hidden.uniform()) for name in attribute_names(label)} | given
    longer = timing.uniform() < 0.15
    start = float(timing.integers(2, 7)) / 2 if longer else 0.0
    varied, places = VARIED.get(label, 0.0), PLACES[label]
    calls = _calls(label, attributes, start, timing)
    reach = min(difficulty, 2.0)
    wander = 0.05 * (0.5 + 0.5 * varied) * reach
    return Script(
        label=label, seed=seed, attributes=attributes, difficulty=difficulty,
        seconds=start + SEGMENT + (2.0 if longer else 0.0), start=start, end=start + SEGMENT,
        in_view=_in_view(start, 0.17 * varied * difficulty, calls, looks), calls=calls,
        beneath=BENEATH[int(looks.integers(len(BENEATH)))] if looks.uniform() < min(0.6 * difficulty, 0.95) else "",
        view="body" if looks.uniform() < 0.4 * min(varied, difficulty) and varied == 1 else "face",
        facing=-1 if looks.uniform() < 0.4 * difficulty and varied == 1 else 1,
        place=places[int(looks.integers(len(places)))] if looks.uniform() < 0.6 * difficulty else places[0],
        pose=(*(float(v) for v in looks.uniform(-wander, wander, 2)), float(1 + 1.2 * looks.uniform(-wander, wander))),
        camera=tuple(tuple(map(float, end)) for end in looks.uniform(-0.02 * reach, 0.02 * reach, (2, 3)) + (0, 0, 1)),
    )


def _in_view(start: float, share: float, calls: tuple[Span, ...], rng: np.random.Generator) -> tuple[Span, ...]:
    """The segment less one gap of 1.5 to 3.5 s, which so many clips have that `share` of all frames lack the source;
    where all clips have one, the gaps are longer. Cameras tend to be on what is heard: of three places for the gap, the
    one that hides the least of the calls is taken."""
    end, often = start + SEGMENT, share * SEGMENT / 2.5
    length, has_gap = rng.uniform(1.5, 3.5) * max(often, 1.0), rng.uniform() < often
    firsts = start + rng.uniform(0, SEGMENT - length, 3)
    if not has_gap:
        return ((start, end),)
    hidden = [sum(max(min(b, first + length) - max(a, first), 0.0) for a, b in calls) for first in firsts]
    first = firsts[int(np.argmin(hidden))]
    first, last = (round(t * FRAME_RATE) / FRAME_RATE for t in (first, first + length))
    return tuple((a, b) for a, b in ((start, first), (last, end)) if b > a)


# The attribute that shapes the calls; their seconds where it is 0 and 1; fewest and most calls; how many more at 1.
_CALLS = {
    "cat": ("tone", 0.5, 1.3, 1, 3, 0),
    "dog": ("tone", 0.36, 0.16, 2, 3, 3),
    "baby": ("strength", 0.8, 1.8, 2, 3, 0),
    "rooster": ("strength", 1.3, 2.2, 1, 2, 0),
}


def _calls(label: str, attributes: dict[str, float], start: float, rng: np.random.Generator) -> tuple[Span, ...]:
    """When the telling sounds are heard; calls do not overlap."""
    if label == "fireworks":
        return _bangs(attributes, start, rng)
    if label not in CALLERS:
        return ((start, start + SEGMENT),)
    name, short, long, fewest, most, more = _CALLS[label]
    count = int(rng.integers(fewest, most + 1)) + round(more * attributes[name])
    lengths = (short + (long - short) * attributes[name]) * rng.uniform(0.85, 1.15, count)
    silence = SEGMENT - 0.15 - (lengths + 0.15).sum()
    begins = start + 0.15 + np.sort(rng.uniform(0, silence, count)) + np.cumsum(lengths + 0.15) - lengths - 0.15
    return tuple((float(b), float(b + n)) for b, n in zip(begins, lengths))


def _bangs(attributes: dict[str, float], start: float, rng: np.random.Generator) -> tuple[Span, ...]:
    """Close enough for one burst at least to be seen at any time."""
    order = np.arange(round(7 + 11 * attributes["count"]))
    times = start + (order + 0.35 * rng.uniform(0, order > 0)) * SEGMENT / len(order)
    return tuple((float(t), float(t) + 0.6 + 0.6 * attributes["size"]) for t in times)
