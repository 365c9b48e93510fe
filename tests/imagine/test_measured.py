"""The studies on a mini world: which courses there are, and that nothing is made up where there is no world."""

import json
from dataclasses import asdict

import numpy as np
import pytest
import torch
from toy_store import ToyStore

from a2i import imagine
from a2i.imagine import measured
from a2i.miniworld.world import MiniWorldSettings
from a2i.models.classifier import Judge


class Scenes(ToyStore):
    """The toy store under the names of two scenes."""

    classes = ("helicopter", "ocean")


@pytest.fixture
def scenes(run):
    """A pair that takes its two classes for scenes of the mini world."""
    pair = imagine.load(run)
    pair.encoder.classes = list(Scenes.classes)
    return pair


@pytest.fixture
def world(tmp_path):
    """The folder of a world of which nothing but its settings and its truth is there."""
    settings = asdict(MiniWorldSettings(train_per_class=1, eval_per_class=2, classes=Scenes.classes))
    (tmp_path / "world.json").write_text(json.dumps({"settings": settings | {"classes": list(Scenes.classes)}}))
    clips = Scenes().ok[["clip_id", "label", "split"]]
    truth = clips.assign(size=np.linspace(0, 1, len(clips)), in_view=[[[0.0, 10.0]]] * len(clips), sounding=None)
    truth.to_parquet(tmp_path / "truth.parquet")
    return tmp_path


def test_between_two_classes_the_second_becomes_as_likely_as_it_is_alone(scenes, world):
    torch.manual_seed(0)
    found = measured.between(scenes, world, Judge(2, width=4).eval(), count=1)
    assert set(found) == {"walk: heard", "mixture: heard", "mixture: drawn"}
    for values, readings in found.values():
        assert readings.shape == (2, len(values)), "each class with the next, the last with the first"
    walk, mixture = found["walk: heard"][1], found["mixture: heard"][1]
    assert walk[:, [0, -1]] == pytest.approx(mixture[:, [0, -1]], abs=1e-4), "both begin and end with the sounds themselves"


def test_what_is_louder_is_turned_in_three_ways(scenes, world, tmp_path):
    store = Scenes().write(tmp_path / "store")
    found = measured.louder(scenes, store, world, ["ocean", "cat"], count=1)
    assert set(found) == {"ocean: size", "ocean: over its noise", "ocean: recording"}
    assert all(readings.shape == (1, len(values)) and np.isfinite(readings).all() for values, readings in found.values())
    assert [measured.axes(name)[0] for name in found] == ["attribute", "dB", "dB"]


def test_without_a_mini_world_or_its_classes_there_are_no_courses(scenes, pair, world, tmp_path):
    judge, store = Judge(2, width=4).eval(), Scenes().write(tmp_path / "store")
    assert measured.between(scenes, tmp_path / "store", judge, 1) == {}
    assert measured.louder(scenes, store, tmp_path / "store", ["ocean"], 1) == {}
    assert measured.between(pair, world, judge, 1) == {}
    assert measured.louder(pair, store, world, ["ocean"], 1) == {}
