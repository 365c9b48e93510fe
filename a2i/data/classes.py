"""The classes: the paper's ten with their AudioSet ids, and how a class that a user names is found."""

import difflib
import re
import unicodedata
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from a2i.core.errors import A2IError


@dataclass(frozen=True)
class SoundClass:
    """A class of sounds: AudioSet's id, our short name (used in tables and paths), the title shown to people."""

    mid: str
    name: str
    title: str


# In the order of the paper's table.
PAPER_CLASSES: tuple[SoundClass, ...] = (
    SoundClass("/m/01yrx", "cat", "Cat"),
    SoundClass("/m/09ct_", "helicopter", "Helicopter"),
    SoundClass("/m/07jdr", "train", "Train"),
    SoundClass("/m/042v_gx", "guitar", "Acoustic guitar"),
    SoundClass("/t/dd00002", "baby", "Baby cry"),
    SoundClass("/m/0g6b5", "fireworks", "Fireworks"),
    SoundClass("/m/0bt9lr", "dog", "Dog"),
    SoundClass("/m/0ltv", "race_car", "Race car"),
    SoundClass("/m/07qn5dc", "rooster", "Rooster"),
    SoundClass("/m/05kq4", "ocean", "Ocean"),
)


def title(name: str) -> str:
    """The title of a class name: the paper's where it is one of the ten, else the name with spaces."""
    known = {c.name: c.title for c in PAPER_CLASSES}
    spaced = name.replace("_", " ")
    return known.get(name, spaced[:1].upper() + spaced[1:])


def spelling(name: str) -> str:
    """What two spellings of one name have in common: case, blanks, dashes and the form of its letters make no other."""
    return re.sub(r"[\s_-]+", " ", unicodedata.normalize("NFKC", name).casefold()).strip()


def class_of(name: str) -> SoundClass:
    """The class that a folder or a table of one's own names: one of the paper's ten, else one called just as it is."""
    for c in PAPER_CLASSES:
        if name == c.mid or spelling(name) in (spelling(c.name), spelling(c.title)):
            return c
    own = re.sub(r"[/\\\x00-\x1f\x7f]", "_", unicodedata.normalize("NFC", name)).strip()
    return SoundClass(own, own, own)


def need_two(names: Collection[str], where: str) -> None:
    """Raises A2IError, the same sentence wherever it is found out, unless `names` are two classes or more."""
    if len(names) < 2:
        found = f"only one class, {next(iter(names))!r}," if names else "no class"
        raise A2IError(f"{where}: {found} has usable training clips, and it takes two to tell apart: add clips of another")


# The labels of VGGSound's CSV that mean one of the ten (names as in its list of 309 classes).
VGGSOUND_LABELS: dict[str, str] = {
    "cat meowing": "/m/01yrx",
    "cat purring": "/m/01yrx",
    "cat growling": "/m/01yrx",
    "cat hissing": "/m/01yrx",
    "cat caterwauling": "/m/01yrx",
    "helicopter": "/m/09ct_",
    "train horning": "/m/07jdr",
    "train whistling": "/m/07jdr",
    "train wheels squealing": "/m/07jdr",
    "railroad car, train wagon": "/m/07jdr",
    "playing acoustic guitar": "/m/042v_gx",
    "baby crying": "/t/dd00002",
    "fireworks banging": "/m/0g6b5",
    "dog barking": "/m/0bt9lr",
    "dog bow-wow": "/m/0bt9lr",
    "dog growling": "/m/0bt9lr",
    "dog howling": "/m/0bt9lr",
    "dog whimpering": "/m/0bt9lr",
    "dog baying": "/m/0bt9lr",
    "race car, auto racing": "/m/0ltv",
    "chicken crowing": "/m/07qn5dc",
    "ocean burbling": "/m/05kq4",
    "sea waves": "/m/05kq4",
}


def slug(text: str) -> str:
    """A short name that is safe in paths and tables: `Race car, auto racing` -> `race_car_auto_racing`."""
    return re.sub(r"[^a-z0-9]+", "_", text.lower()).strip("_")[:60]


def resolve(wanted: Iterable[str], names: Mapping[str, str] | None = None) -> tuple[SoundClass, ...]:
    """The classes meant by `wanted`: our names, titles, display names or ids, in their order, each once.

    `names` maps further ids to their display names. Raises A2IError for what is unknown or not to be told apart.
    """
    known = list(PAPER_CLASSES)
    taken = {c.mid for c in known}
    display = names or {}
    others = [(mid, name) for mid, name in display.items() if mid not in taken]
    known += [SoundClass(mid, slug(name) or class_of(name).name, name) for mid, name in others]
    spelled: dict[str, SoundClass] = {}
    for c in known:
        for spelling in (c.mid, c.name, c.title.lower(), display.get(c.mid, c.title).lower()):
            spelled.setdefault(spelling, c)
    found: dict[str, SoundClass] = {}
    for text in wanted:
        entry = spelled.get(text.strip()) or spelled.get(text.strip().lower())
        if entry is None:
            near = difflib.get_close_matches(text.lower(), spelled, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "; give a name or an id of the labels' list"
            raise A2IError(f"no class {text[:60]!r} is known{hint}")
        if found.setdefault(entry.name, entry) != entry or not entry.name:
            raise A2IError(f"the classes {found[entry.name].mid} and {entry.mid} have the same name {entry.name!r}")
    return tuple(found.values())
