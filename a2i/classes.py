"""The ten classes of the paper, with their AudioSet ids."""

from dataclasses import dataclass


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
    return known.get(name, name.replace("_", " ").capitalize())
