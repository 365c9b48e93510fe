"""Sounds of the mini world of which everything is known: a held-out clip's, with one hidden attribute turned."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from a2i.media.mel import SAMPLE_RATE, SAMPLES
from a2i.miniworld.clip import draw
from a2i.miniworld.mix import source, synthesise
from a2i.miniworld.scene import ClipSpec, scene, steady
from a2i.miniworld.world import MiniWorldSettings, plan


def held_out(folder: Path | str, count: int) -> dict[str, list[ClipSpec]]:
    """The first `count` evaluation clips of each class of the mini world in `folder`, by class; empty where there is none."""
    path = Path(folder) / "world.json"
    if not path.is_file():
        return {}
    told = json.loads(path.read_text(encoding="utf-8"))["settings"]
    settings = MiniWorldSettings(**told | {"classes": tuple(told["classes"])})
    found: dict[str, list[ClipSpec]] = {}
    for clip in plan(settings):
        if clip.split == "eval" and len(found.setdefault(clip.spec.label, [])) < count:
            found[clip.spec.label].append(clip.spec)
    return found


def louder(labels: Sequence[str]) -> dict[str, str]:
    """The attribute with which a class's source is louder, for those of `labels` that have one and sound throughout."""
    return {label: scene(label).louder for label in labels if scene(label).louder and scene(label).calls is steady}


def sound(spec: ClipSpec) -> np.ndarray:
    """What is heard in a clip's segment: float32 (220500,)."""
    return _segment(spec, synthesise(spec))


def turned(spec: ClipSpec, attribute: str, values: Sequence[float]) -> list[np.ndarray]:
    """A clip's sound with its `attribute` at each of `values` (0..1) and everything else as it was: float32 (220500,) each."""
    return [sound(draw(spec.label, spec.seed, spec.difficulty, **{attribute: value})) for value in values]


def apart(spec: ClipSpec) -> tuple[np.ndarray, np.ndarray]:
    """A clip's source alone, and soft noise to lie beneath it, 12 dB below: float32 (220500,) each."""
    alone = _segment(spec, source(spec))
    noise = spec.rng("beneath").normal(0, 1, len(alone))
    level = np.sqrt(np.mean(alone**2)) * 10 ** (-12 / 20)
    return alone, (level * noise).astype(np.float32)


def _segment(spec: ClipSpec, samples: np.ndarray) -> np.ndarray:
    first = round(spec.start * SAMPLE_RATE)
    found = np.asarray(samples[first : first + SAMPLES], np.float32)
    return np.pad(found, (0, SAMPLES - len(found)))
