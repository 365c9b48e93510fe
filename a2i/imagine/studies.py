"""Studies of a pair: one thing about the sound is changed step by step, the noise stays, and the pictures tell the rest.

Sounds are float (samples,), 22,050 Hz; of two that are compared, the first ten seconds count.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np

from a2i.core.errors import A2IError
from a2i.core.progress import Progress
from a2i.core.settings import check_value
from a2i.data.classes import title
from a2i.imagine.listen import NothingHeard, checked, ten_seconds
from a2i.imagine.pair import Pair
from a2i.media.mel import SAMPLE_RATE, SAMPLES, SECONDS

if TYPE_CHECKING:
    import pandas as pd

SHARES = tuple(i / 8 for i in range(9))
GAINS = (-24.0, -18.0, -12.0, -6.0, 0.0, 6.0, 12.0)  # dB
MOMENTS = 240  # pictures of a recording, where no other distance is asked for
STRIP = 16  # of them on a strip
LEAST_HOP = 0.5  # s between two of them


@dataclass(frozen=True)
class Study:
    """The course of one."""

    changed: str  # what was changed, with its unit
    values: np.ndarray  # float (n,), of that
    pictures: np.ndarray  # uint8 (n, count, 64, 64, 3); black where nothing is heard
    probability: np.ndarray  # float (n, classes), by the encoder; NaN where nothing is heard
    none: np.ndarray  # bool (n,): none of the classes
    classes: tuple[str, ...]

    def table(self) -> "pd.DataFrame":
        """The probability of each class, a row a value."""
        import pandas as pd

        return pd.DataFrame(self.probability, index=pd.Index(self.values, name=self.changed), columns=self.classes)

    def told(self) -> list[str]:
        """What is heard at each value, in a few words."""
        words = []
        for probability, none in zip(self.probability, self.none):
            top = int(np.argmax(probability))
            told = "none of the classes" if none else f"{title(self.classes[top])} {probability[top]:.2f}"
            words.append("nothing heard" if np.isnan(probability[top]) else told)
        return words


def morph(pair: Pair, one: np.ndarray, other: np.ndarray, *, shares: Sequence[float] = SHARES, count: int = 1, seed: int = 0) -> Study:
    """A walk from what is heard in one sound to what is heard in another, in equal steps of the description.

    No sound need lie between: this shows what the generator makes of the way. Raises A2IError.
    """
    shares = _shares(shares)
    (first, last), place = pair.hear(_audible(one), _audible(other)).description, shares[:, None].astype(np.float32)
    way = (1 - place) * first + place * last
    probability, none = pair.judged(way[:, : pair.encoder.size])
    return Study("share of the second sound", shares, pair.draw(way, count=count, seed=seed), probability, none, pair.classes)


def mix(pair: Pair, one: np.ndarray, other: np.ndarray, *, shares: Sequence[float] = SHARES, count: int = 1, seed: int = 0) -> Study:
    """Two sounds at once, at several shares of the second one's energy, heard as one and drawn.

    The level goes from the first sound's to the second one's, so that 0 and 1 are the sounds themselves. Raises A2IError.
    """
    shares = _shares(shares)
    return _studied(pair, "share of the second sound", shares, mixtures(one, other, shares), count, seed)


def mixtures(one: np.ndarray, other: np.ndarray, shares: Sequence[float]) -> list[np.ndarray]:
    """The mixtures that `mix` listens to: float32 (220500,) for each share of the second one's energy, 0..1."""
    one, other = _audible(one), _audible(other)
    level, level_other = np.sqrt(np.mean(one**2)), np.sqrt(np.mean(other**2))
    return [
        level ** (1 - share) * level_other**share * (np.sqrt(1 - share) / level * one + np.sqrt(share) / level_other * other)
        for share in _shares(shares).astype(np.float32)
    ]


def volume(
    pair: Pair, sound: np.ndarray, *, gains: Sequence[float] = GAINS, beneath: np.ndarray | None = None, count: int = 1,
    seed: int = 0,
) -> Study:  # fmt: skip
    """A sound made louder and softer by `gains`, dB; what is heard `beneath` it, if anything, stays as it is.

    Nothing is cut off at full scale, which would change more than the volume. Raises A2IError.
    """
    gains = _numbers("gains", gains, -60, 60, "dB")
    still = np.float32(0) if beneath is None else ten_seconds(beneath)
    sounds = [(_audible(sound) * 10 ** (gain / 20)).astype(np.float32) + still for gain in gains]
    return _studied(pair, "gain, dB", gains, sounds, count, seed)


def slide(pair: Pair, sound: np.ndarray, *, hop: float | None = None, count: int = 1, seed: int = 0) -> Study:
    """A picture every `hop` seconds of a recording of any length, each of the ten seconds around its moment.

    Without `hop` there are at most 240, half a second or more apart. Raises A2IError, NothingHeard for silence.
    """
    sound = checked(sound)
    hop = even_hop(sound, MOMENTS) if hop is None else hop
    check_value("--hop", hop, "(0.1 to 600)")
    moments = np.arange(0, len(sound) / SAMPLE_RATE, hop)
    # The ten seconds lie within the recording, so that none at its ends is half silence.
    starts = np.clip(((moments - SECONDS / 2) * SAMPLE_RATE).astype(int), 0, max(len(sound) - SAMPLES, 0))
    places, which = np.unique(starts, return_inverse=True)
    found = _studied(pair, "moment, s", places, [sound[p : p + SAMPLES] for p in places], count, seed)
    return replace(found, values=moments, **{name: getattr(found, name)[which] for name in ("pictures", "probability", "none")})


def _studied(pair: Pair, changed: str, values: np.ndarray, sounds: Sequence[np.ndarray], count: int, seed: int) -> Study:
    """Each sound heard and drawn with the same noise. Raises NothingHeard where all are silent."""
    from a2i.media.quality import silent

    check_value("--count", count, "(1 to 64)")
    audible = np.array([not silent(sound) for sound in sounds])
    if not audible.any():
        raise NothingHeard("the sound: nothing heard")
    pictures = np.zeros((len(sounds), count, 64, 64, 3), np.uint8)
    probability, none = np.full((len(sounds), len(pair.classes)), np.nan), np.zeros(len(sounds), bool)
    progress = Progress("picture", int(audible.sum()), quiet=True)
    for i in np.flatnonzero(audible):
        heard = pair.hear(sounds[i])
        pictures[i] = pair.draw(heard.description, count=count, seed=seed)[0]
        probability[i], none[i] = heard.probability[0], heard.none[0]
        progress.update()
    return Study(changed, np.asarray(values, float), pictures, probability, none, pair.classes)


def _audible(sound: np.ndarray) -> np.ndarray:
    """Its first ten seconds. Raises NothingHeard for silence."""
    from a2i.media.quality import silent

    found = ten_seconds(sound)
    if silent(found):
        raise NothingHeard("a sound: nothing heard in its first ten seconds")
    return found


def shares(steps: int) -> tuple[float, ...]:
    """So many shares from 0 to 1, evenly. Raises A2IError for less than 2 or more than 99."""
    check_value("--steps", steps, "(2 to 99)")
    return tuple(i / (steps - 1) for i in range(steps))


def even_hop(sound: np.ndarray, most: int = STRIP) -> float:
    """The seconds between two moments of a slide that has at most so many."""
    return max(LEAST_HOP, len(sound) / SAMPLE_RATE / most)


def _shares(shares: Sequence[float]) -> np.ndarray:
    return _numbers("shares of the second sound", shares, 0, 1)


def _numbers(name: str, given: Sequence[float], least: float, most: float, unit: str = "") -> np.ndarray:
    """`given` as float (n,), at least one. Raises A2IError where they are not within `least` and `most`."""
    try:
        found = np.asarray(given, float)
    except (TypeError, ValueError):
        found = np.zeros(0)
    if found.ndim != 1 or not len(found) or not ((found >= least) & (found <= most)).all():
        raise A2IError(f"{name} are a list of numbers from {least} to {most}{unit and ' ' + unit}, not {given}")
    return found
