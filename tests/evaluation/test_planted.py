"""What is planted in a chain of trained networks is found, and where nothing is planted nobody is accused."""

import numpy as np
import pandas as pd
import pytest
from toy_hums import Hums, chain

from a2i.evaluation import causes, planted
from a2i.training.encoder import apply

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def world(tmp_path_factory):
    store = Hums()
    networks, known = chain(store, tmp_path_factory.mktemp("hums"))
    rows, target = store.split_rows("eval")
    return store, networks, known, causes.explain(store, rows, target, networks, known)


def test_healthy_world_accuses_nobody(world):
    store, _, _, table = world
    assert causes.accused(table, store.classes) == {}


def test_what_is_planted_is_found(world):
    store, networks, known, table = world
    plant = planted.subject(store, table, networks)
    others = store.frames(np.flatnonzero(store.ok["label"] != store.classes[plant.label]))[:, 0]
    found = planted.planted(plant, known, others)
    assert found["found"].all(), found.to_string()
    assert (found[["none", *causes.CAUSES]].sum(axis=1) == found["n"]).all()


def test_a_cause_that_is_mended_mends_the_picture(world):
    store, networks, known, table = world
    plant = planted.noise(planted.subject(store, table, networks), np.random.default_rng(0))
    spoiled = causes.explain(plant.store, plant.rows, np.full(len(plant.rows), plant.label), networks, known)
    assert causes.mending(spoiled, store, networks, known).mean() > 0.9


def test_what_was_planted_is_not_found_where_another_cause_is_the_largest():
    counts = pd.Series({"none": 0, "data": 2, "sound": 9, "picture": 1, "unclear": 0})
    assert planted.is_found("sound", counts)
    assert planted.is_found("sound, data", counts)
    assert not planted.is_found("picture", counts)
    assert not planted.is_found("data, sound", counts)
    assert not planted.is_found("none", counts)


def test_nothing_is_planted_in_a_class_that_silence_is_drawn_as(world):
    store, networks, _, table = world
    plant = planted.subject(store, table, networks)
    silent = apply(networks.encoder, planted.silence(plant).store, plant.rows)
    drawn = networks.drawn(silent["description"], networks.pictures, networks.seed)
    assert (drawn == plant.label).mean() < 0.5


def test_a_store_that_is_swapped_leaves_the_other_clips_alone():
    store = Hums(per_class=3)
    other = planted.Swapped(store, log_mels={1: np.zeros((128, 431))}, frames={2: np.zeros((3, 64, 64, 3), np.uint8)})
    rows = np.array([0, 1, 2])
    assert [bool((a == b).all()) for a, b in zip(other.log_mel(rows), store.log_mel(rows))] == [True, False, True]
    assert [bool((a == b).all()) for a, b in zip(other.frames(rows), store.frames(rows))] == [True, True, False]
    assert other.classes == store.classes
