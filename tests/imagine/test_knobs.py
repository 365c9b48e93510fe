"""Turning a knob of the mini world turns nothing else."""

import numpy as np
import pytest

from a2i.imagine import knobs
from a2i.miniworld.clip import draw


@pytest.fixture(scope="module")
def sea():
    return draw("ocean", 3, 0.5)


def test_the_knob_where_it_stood_gives_the_clips_own_sound_and_elsewhere_another(sea):
    own = sea.attributes["size"]
    same, other = knobs.turned(sea, "size", (own, 1 - own))
    assert np.array_equal(same, knobs.sound(sea))
    assert not np.allclose(other, same, atol=1e-3)
    assert same.shape == (220500,)


def test_the_noise_beneath_lies_twelve_decibels_below_the_source(sea):
    alone, beneath = knobs.apart(sea)
    assert 10 * np.log10(np.mean(alone**2) / np.mean(beneath**2)) == pytest.approx(12, abs=0.2)


def test_held_out_clips_are_those_of_the_world_that_lies_there(tmp_path):
    from a2i.miniworld import world

    assert knobs.held_out(tmp_path, 2) == {}
    settings = world.MiniWorldSettings(train_per_class=1, eval_per_class=2, classes=("cat", "ocean"))
    made = world.make(tmp_path, settings, workers=1)
    found = knobs.held_out(made.train_segments.parent, 1)
    assert {label: len(specs) for label, specs in found.items()} == {"cat": 1, "ocean": 1}
    held = {clip.spec.seed for clip in world.plan(settings) if clip.split == "eval"}
    assert {specs[0].seed for specs in found.values()} < held


def test_what_is_louder_is_known_of_steady_sounds_alone():
    assert knobs.louder(["ocean", "cat", "baby", "helicopter"]) == {"ocean": "size", "helicopter": "size"}
