"""A ridge reads what is there and nothing else, and says how surely."""

import numpy as np
import pandas as pd
import pytest
from toy_store import ToyStore

from a2i.evaluation import probes


@pytest.fixture
def told() -> probes.Probes:
    """An input that holds the size of trains, noisily, and one that holds nothing."""
    rng = np.random.default_rng(0)
    sizes = [pd.DataFrame({"train size": rng.uniform(size=n), "cat size": np.nan}) for n in (80, 40)]
    for table in sizes:
        table.loc[::2, "train size"] = np.nan
    holds = [np.nan_to_num(t[["train size"]].to_numpy()) + rng.normal(0, 0.05, (len(t), 3)) for t in sizes]
    nothing = [rng.normal(size=(len(t), 3)) for t in sizes]
    return probes.probe({"embedding": tuple(holds), "nothing": tuple(nothing)}, *sizes)


def test_an_attribute_that_is_there_is_read_and_one_that_is_not_is_not(told):
    assert told.table.index.tolist() == ["train size"], "cats have no size here"
    assert told.n["train size"] == 20
    assert told.table.loc["train size", "embedding"] > 0.9
    assert told.table.loc["train size", "nothing"] < 0.2
    assert told.below("nothing", "embedding") == ["train size"]
    assert told.below("embedding", "nothing") == []


def test_the_mean_lies_in_its_interval_which_is_wider_where_less_is_known(told):
    mean, low, high = told.mean("embedding")
    assert low < mean < high <= 1
    worse = told.mean("nothing")
    assert worse[2] - worse[1] > high - low


def test_a_mini_world_too_small_to_read_from_has_no_probes(tmp_path, monkeypatch):
    store, path = ToyStore(2), tmp_path / "truth.parquet"
    path.touch()
    monkeypatch.setattr(probes, "truths", lambda path, clips: pd.DataFrame({"low size": np.linspace(0, 1, len(clips))}))
    heard = {"embedding": np.zeros((2, 3)), "description": np.zeros((2, 4))}
    assert probes.of(store, path, np.array([0, 1]), heard, np.array([2, 3]), heard) is None
