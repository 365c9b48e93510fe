"""A class of the mini world is one file: put into the folder of scenes, it is made, listed and curated."""

import numpy as np
import pandas as pd
import pytest

from a2i.curation.gather import gather
from a2i.data.dataset import Dataset
from a2i.miniworld import scene, scenes
from a2i.miniworld.world import MiniWorldSettings, plan

BELL = '''"""A bell."""

import numpy as np

from a2i.media.mel import SAMPLE_RATE
from a2i.miniworld.scene import Attribute, Label, Scene


def _tower(canvas, spec, time):
    canvas.gradient(((120, 170, 220), (230, 236, 240)), -0.2, 1.2)


def _picture(canvas, spec, time):
    canvas.circle(0, 0, 0.2 + 0.2 * spec.attributes["size"], (200, 160, 60))


def _sound(spec, rng, n):
    return np.sin(2 * np.pi * (900 - 600 * spec.attributes["size"]) * np.arange(n) / SAMPLE_RATE)


SCENE = Scene(
    Label(200, "/m/0395lw", "Bell"),
    attributes=(Attribute("size", "small to large", "lower", "larger"),),
    places={"tower": _tower}, picture=_picture, sound=_sound,
)
'''


@pytest.fixture
def with_bell(tmp_path, monkeypatch):
    (tmp_path / "bell.py").write_text(BELL)
    monkeypatch.setattr(scenes, "__path__", [*scenes.__path__, str(tmp_path)])
    scene.scenes.cache_clear()
    yield
    scene.scenes.cache_clear()


def seeds(settings: MiniWorldSettings) -> dict[str, list[int]]:
    clips = plan(settings)
    return {name: sorted(one.spec.seed for one in clips if one.spec.label == name) for name in scene.scenes()}


def test_one_file_adds_a_class_from_its_clips_to_a_table_with_truth(with_bell, tmp_path):
    settings = MiniWorldSettings(train_per_class=2, eval_per_class=1, classes=("cat", "bell"))
    found = gather(Dataset(), tmp_path / "data", world=settings, workers=1)
    assert found.classes == ("cat", "bell")
    assert found.clips.groupby("label")["media"].count().to_dict() == {"cat": 3, "bell": 3}
    truth = pd.read_parquet(found.truth).set_index("label")
    assert truth.loc["bell", "size"].between(0, 1).all()


def test_a_new_class_moves_no_other(with_bell):
    with_it, without = (seeds(MiniWorldSettings(3, 2, classes)) for classes in ((), ("cat", "ocean")))
    assert len(with_it["bell"]) == 5
    assert with_it["cat"] == without["cat"] and with_it["ocean"] == without["ocean"]


def test_more_clips_keep_those_that_were_there():
    few, many = (seeds(MiniWorldSettings(count, count)) for count in (2, 4))
    assert all(set(few[name]) < set(many[name]) for name in few)


def test_randomness_by_name_is_the_same_again_and_another_by_another_name():
    first, again, other = (scene.stream("cat", 1, topic).random(4) for topic in ("fur", "fur", "eyes"))
    assert np.array_equal(first, again) and not np.array_equal(first, other)


def test_the_scenes_are_the_papers_classes_in_its_order():
    names = "cat helicopter train guitar baby fireworks dog race_car rooster ocean"
    assert list(scene.scenes()) == names.split()
