"""A scene: one class of the mini world, and what happens in one clip of it.

Each module of `a2i.miniworld.scenes` defines one as `SCENE`, with all that is the class's own: hidden attributes,
picture, sound, place. A clip's picture (render) and its sound (mix) are both made from its `ClipSpec` and from nothing
else, which is what ties them together.
"""

import hashlib
import importlib
import pkgutil
from collections.abc import Callable
from dataclasses import asdict, dataclass
from functools import cache, cached_property

import numpy as np

from a2i.core.errors import A2IError
from a2i.data.classes import PAPER_CLASSES, resolve
from a2i.media.mel import SECONDS
from a2i.miniworld.canvas import Canvas

Span = tuple[float, float]  # from, to: seconds
FRAME_RATE = 2  # pictures a second; presence changes at their borders only, so that the truth is exact


def stream(*names: object) -> np.random.Generator:
    """The randomness that belongs to these names, the same wherever it is asked for."""
    digest = hashlib.blake2b("/".join(map(str, names)).encode(), digest_size=16).digest()
    return np.random.default_rng(int.from_bytes(digest))


@dataclass(frozen=True)
class Label:
    """A row of AudioSet's class_labels_indices.csv."""

    index: int
    mid: str
    display: str


@dataclass(frozen=True)
class Attribute:
    """A hidden quantity in 0..1, and what it does to sound and picture when it grows."""

    name: str
    meaning: str
    sound: str
    picture: str


@dataclass(frozen=True)
class ClipSpec:
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
    place: str  # the name of one of the scene's places; of another where the source is never in view
    camera: tuple[tuple[float, float, float], tuple[float, float, float]]  # x, y, zoom: at the beginning, at the end
    pose: tuple[float, float, float]  # the subject's shift in x and y, and its scale
    beneath: str  # the name of what is heard beneath, or ""
    difficulty: float

    def rng(self, topic: str) -> np.random.Generator:
        """Randomness for one `topic`, the same whenever it is asked for."""
        return stream(self.seed, topic)

    def opening(self, time: float) -> float:
        """How loud the call at `time` is, 0..1: 0 between the calls; a mouth opens by it."""
        inside = [np.sin(np.pi * (time - t0) / (t1 - t0)) ** 0.4 for t0, t1 in self.calls if t0 < time < t1]
        return float(max(inside, default=0.0))

    def visible(self, time: float) -> bool:
        """Whether the source is in the picture at `time`."""
        return any(t0 <= time < t1 for t0, t1 in self.in_view)


Picture = Callable[[Canvas, ClipSpec, float], None]  # draws what is seen at a time, s of the file
Sound = Callable[[ClipSpec, np.random.Generator, int], np.ndarray]  # so many samples of the source, at any level
Calls = Callable[[dict[str, float], float, np.random.Generator], tuple[Span, ...]]  # attributes, start of the segment


def steady(attributes: dict[str, float], start: float, rng: np.random.Generator) -> tuple[Span, ...]:
    """A sound that fills the segment."""
    return ((start, start + SECONDS),)


@dataclass(frozen=True)
class ShortCalls:
    """Calls that do not overlap, with silence between, whose length (and number) follows an attribute."""

    attribute: str
    short: float  # s, where the attribute is 0
    long: float  # s, where it is 1
    fewest: int
    most: int
    more: int = 0  # how many more there are where it is 1

    def __call__(self, attributes: dict[str, float], start: float, rng: np.random.Generator) -> tuple[Span, ...]:
        """When the calls are heard."""
        value = attributes[self.attribute]
        count = int(rng.integers(self.fewest, self.most + 1)) + round(self.more * value)
        lengths = (self.short + (self.long - self.short) * value) * rng.uniform(0.85, 1.15, count)
        silence = SECONDS - 0.15 - (lengths + 0.15).sum()
        begins = start + 0.15 + np.sort(rng.uniform(0, silence, count)) + np.cumsum(lengths + 0.15) - lengths - 0.15
        return tuple((float(b), float(b + n)) for b, n in zip(begins, lengths))


@dataclass(frozen=True)
class Scene:
    """A class of the mini world."""

    label: Label
    attributes: tuple[Attribute, ...]
    places: dict[str, Picture]  # by name; drawn behind the source; the first is the usual one
    picture: Picture  # the source, around (0, 0) of a canvas whose unit is the picture's square
    sound: Sound
    calls: Calls = steady
    varied: float = 0.0  # 0..1: how much view, place and presence vary; 1: seen from the front or the side
    above_noise: Span = (0, 20)  # dB, least and most
    louder: str = ""  # the attribute with which it is louder, by 6 dB from 0 to 1
    everywhere: bool = False  # it fills the picture, in whose own coordinates (0..1) it is drawn

    @cached_property
    def name(self) -> str:
        """The paper's name of the class, or one made of AudioSet's."""
        return resolve([self.label.mid], {self.label.mid: self.label.display})[0].name


@cache
def scenes() -> dict[str, Scene]:
    """All scenes by name, the paper's first and in its order: one of each module of `a2i.miniworld.scenes`."""
    folder = importlib.import_module("a2i.miniworld.scenes")
    modules = [importlib.import_module(f"{folder.__name__}.{m.name}") for m in pkgutil.iter_modules(folder.__path__)]
    found = {module.SCENE.name: module.SCENE for module in modules}
    order = [c.name for c in PAPER_CLASSES if c.name in found]
    return {name: found[name] for name in dict.fromkeys(order + sorted(found))}


def scene(name: str) -> Scene:
    """The scene of a class. Raises A2IError for a class that the mini world lacks."""
    if name not in scenes():
        raise A2IError(f"the mini world has no {name}: choose of {', '.join(scenes())}")
    return scenes()[name]


def attribute_rows() -> list[dict[str, str]]:
    """The hidden attributes of all scenes: `label`, `name`, `meaning`, `sound`, `picture`, a row an attribute."""
    return [{"label": one.name} | asdict(attribute) for one in scenes().values() for attribute in one.attributes]
