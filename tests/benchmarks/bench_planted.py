"""Are causes found that were planted? Twenty worlds of five classes, each with networks of its own; in each, one class is spoiled
in every way, and all five are looked at unspoiled."""

from functools import cache

import numpy as np
import pytest
from toy_hums import Hums, chain

from a2i.evaluation import causes, planted

SEEDS = 20
KINDS = (
    "noise for sound", "silence", "frames out of view", "class never seen", "weights spoiled", "2/3 noise, 1/3 silence",
)  # fmt: skip


@cache
def world(seed: int, folder):
    """What was planted in one class of a world, and which of its classes are accused where nothing is."""
    store = Hums(seed=seed)
    networks, known = chain(store, folder / str(seed), seed)
    rows, target = store.split_rows("eval")
    table = causes.explain(store, rows, target, networks, known)
    plant = planted.subject(store, table, networks)
    found = planted.planted(plant, known, planted.strangers(store, plant.label, None), seed)
    return found["found"], causes.accused(table, store.classes)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("hums")


@pytest.mark.parametrize("kind", KINDS)
def test_planted_cause_is_the_largest(benchmark, folder, kind):
    found = benchmark.pedantic(lambda: [bool(world(seed, folder)[0][kind]) for seed in range(SEEDS)], rounds=1)
    benchmark.extra_info["found"] = f"{sum(found)} of {SEEDS} seeds"
    assert sum(found) >= SEEDS - 1


def test_classes_accused_in_healthy_worlds(benchmark, folder):
    accused = benchmark.pedantic(lambda: [len(world(seed, folder)[1]) for seed in range(SEEDS)], rounds=1)
    share = np.sum(accused) / (SEEDS * len(Hums.classes))
    benchmark.extra_info["accused"] = f"{int(np.sum(accused))} of {SEEDS * len(Hums.classes)} classes"
    assert share < 0.05
