"""The mini world's pictures follow their specs."""

from dataclasses import replace

import numpy as np
import pytest

from a2i.miniworld.clip import draw
from a2i.miniworld.render import render
from a2i.miniworld.scene import FRAME_RATE, scenes

NAMES = list(scenes())
ATTRIBUTES = [(name, attribute.name) for name, scene in scenes().items() for attribute in scene.attributes]
PLACES = {place: name for name, scene in scenes().items() for place in scene.places}


def difference(first: np.ndarray, second: np.ndarray) -> float:
    """Mean absolute difference of two pictures, in grey levels."""
    return float(np.abs(first.astype(float) - second).mean())


@pytest.mark.parametrize("label", NAMES)
@pytest.mark.parametrize("size", [(96, 96), (160, 96), (96, 128)])
def test_a_picture_has_the_size_asked_for_and_is_not_plain(label, size):
    picture = render(draw(label, 1), 4.0, *size)
    assert picture.shape == (size[1], size[0], 3) and picture.dtype == np.uint8
    assert picture.std() > 20


@pytest.mark.parametrize("label", NAMES)
def test_the_same_script_gives_the_same_picture(label):
    assert np.array_equal(render(draw(label, 5), 3.0), render(draw(label, 5), 3.0))


@pytest.mark.parametrize("label", NAMES)
def test_time_changes_the_picture(label):
    spec = replace(draw(label, 5), in_view=((0.0, 20.0),))
    assert difference(render(spec, spec.start + 1.0), render(spec, spec.start + 3.1)) > 0.2


@pytest.mark.parametrize(("label", "attribute"), ATTRIBUTES)
def test_every_attribute_is_seen(label, attribute):
    changes = []
    for seed in range(3):
        low, high = (replace(draw(label, seed, **{attribute: value}), in_view=((0.0, 20.0),))
                     for value in (0.05, 0.95))
        changes.append(np.mean([difference(render(low, t), render(high, t)) for t in (4.0, 5.5, 7.0)]))
    assert min(changes) > 1.0


def test_more_bursts_make_a_brighter_sky():
    few, many = (np.mean([render(draw("fireworks", seed, count=count, size=0.5), t).mean()
                          for seed in range(3) for t in (4.0, 6.0, 8.0)]) for count in (0.0, 1.0))
    assert many > few + 3


@pytest.mark.parametrize("seed", range(4))
def test_a_burst_is_seen_at_any_time_of_the_segment(seed):
    spec = draw("fireworks", seed, count=0.0)
    for time in np.arange(spec.start, spec.end, 1 / FRAME_RATE):
        empty = render(replace(spec, in_view=()), time).astype(int)
        lit = (render(spec, time) - empty).max(axis=2) > 40
        assert lit.mean() > 0.003


@pytest.mark.parametrize("label", ["cat", "dog", "baby", "rooster"])
def test_nothing_of_the_source_is_drawn_while_it_is_out_of_view(label):
    first, last = (replace(draw(label, 2, size=value), in_view=((0.0, 5.0),)) for value in (0.0, 1.0))
    assert difference(render(first, 4.0), render(last, 4.0)) > 1.0
    assert difference(render(first, 6.0), render(last, 6.0)) == 0.0


@pytest.mark.parametrize("label", ["cat", "dog", "baby", "rooster"])
@pytest.mark.parametrize("view", ["face", "body"])
def test_the_mouth_opens_with_the_call(label, view):
    spec = replace(draw(label, 2), view=view, in_view=((0.0, 20.0),))
    time = sum(spec.calls[0]) / 2
    assert spec.opening(time) > 0.9
    assert difference(render(spec, time), render(replace(spec, calls=()), time)) > 0.3


@pytest.mark.parametrize("place", PLACES)
def test_every_place_covers_the_widest_picture(place):
    picture = render(replace(draw(PLACES[place], 3), place=place, in_view=()), 2.0, 192, 96)
    assert picture.max(axis=2).min() > 0


def test_a_picture_is_the_centre_of_the_wider_one():
    spec = draw("train", 4)
    square, wide = render(spec, 3.0, 96, 96), render(spec, 3.0, 160, 96)
    assert difference(square, wide[:, 32:128]) < 1.0
