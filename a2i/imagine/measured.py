"""The studies on the mini world, where it is known what should rise: courses of readings, many of each study."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from a2i.data.store import Store
from a2i.imagine import knobs
from a2i.imagine.pair import Pair
from a2i.imagine.studies import mix, morph, volume

if TYPE_CHECKING:
    from a2i.models.classifier import Judge

STEPS = (0.0, 0.25, 0.5, 0.75, 1.0)
GAINS = (-12.0, -6.0, 0.0, 6.0, 12.0)  # dB
NOISY, WHOLE = "over its noise", "recording"  # what is made louder, beside an attribute
Courses = dict[str, tuple[np.ndarray, np.ndarray]]  # values (n,) and readings (courses, n), by what was done


def between(pair: Pair, world: Path, judge: "Judge", count: int, seed: int = 0) -> Courses:
    """Walks and mixtures of `count` held-out clips of each class with as many of the next: how likely the second class is.

    judge: the run's classifier of pictures, by which mixtures' pictures are read. Empty where there is no mini world.
    """
    from a2i.training import classifier

    held = {label: specs for label, specs in knobs.held_out(world, count).items() if label in pair.classes}
    labels = [label for label in pair.classes if label in held]
    found: dict[str, list[np.ndarray]] = {"walk: heard": [], "mixture: heard": [], "mixture: drawn": []}
    sounds = {label: [knobs.sound(spec) for spec in held[label]] for label in labels}
    for label, other in zip(labels, labels[1:] + labels[:1]):
        second = pair.classes.index(other)
        for one, another in zip(sounds[label], sounds[other]):
            mixed = mix(pair, one, another, shares=STEPS, count=2, seed=seed)
            found["walk: heard"].append(morph(pair, one, another, shares=STEPS, seed=seed).probability[:, second])
            found["mixture: heard"].append(mixed.probability[:, second])
            found["mixture: drawn"].append(classifier.probabilities(judge, mixed.pictures)[..., second].mean(1))
    return {name: (np.array(STEPS), np.stack(readings)) for name, readings in found.items() if readings}


def louder(
    pair: Pair, store: Store, world: Path, labels: Sequence[str], count: int, seed: int = 0, run: Path | None = None
) -> Courses:
    """What a small network reads in pictures of `count` held-out clips of each of `labels` that is louder by an attribute:
    with that attribute turned up, with the source alone louder over the same noise, and with the whole recording louder.

    run: the folder of a run that keeps that network, where it is trained but once. Empty where there is no mini world, or no
    such class.
    """
    from a2i.evaluation.attributes import AttributeReader
    from a2i.training.reader import ReaderSettings

    held = knobs.held_out(world, count)
    knob = knobs.louder([label for label in labels if label in held and label in pair.classes])
    if not knob:
        return {}
    reader = AttributeReader.of(store, world / "truth.parquet", run=run, settings=ReaderSettings(seed=seed))
    found: Courses = {}
    for label, attribute in knob.items():
        place = list(reader.truth).index(f"{label} {attribute}")
        pictures: dict[str, list[np.ndarray]] = {attribute: [], NOISY: [], WHOLE: []}
        for spec in held[label]:
            alone, noise = knobs.apart(spec)
            heard = pair.hear(*knobs.turned(spec, attribute, STEPS))
            pictures[attribute].append(pair.draw(heard.description, count=2, seed=seed))
            pictures[NOISY].append(volume(pair, alone, gains=GAINS, beneath=noise, count=2, seed=seed).pictures)
            pictures[WHOLE].append(volume(pair, knobs.sound(spec), gains=GAINS, count=2, seed=seed).pictures)
        for name, drawn in pictures.items():
            values = np.array(STEPS if name == attribute else GAINS)
            found[f"{label}: {name}"] = values, reader.read(np.stack(drawn)).mean(2)[..., place]
    return found


def axes(study: str) -> tuple[str, str]:
    """What is changed in a study of `between` or `louder`, and what is read."""
    if study.startswith(("walk", "mixture")):
        return "share of the second", "its probability"
    return "dB" if study.endswith((NOISY, WHOLE)) else "attribute", "attribute read"
