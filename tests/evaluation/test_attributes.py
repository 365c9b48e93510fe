"""What a picture says of its sound's attributes is told from what it does not."""

import numpy as np
import pandas as pd
import pytest

from a2i.core.errors import A2IError
from a2i.data.store import Store
from a2i.evaluation import attributes
from a2i.miniworld.clip import draw
from a2i.miniworld.render import render
from a2i.training import reader
from a2i.training.device import choose
from a2i.training.reader import ReaderSettings


@pytest.fixture
def clips() -> pd.DataFrame:
    return pd.DataFrame({"clip_id": [f"clip {i}" for i in range(60)], "label": ["train", "cat"] * 30})


@pytest.fixture
def truth(clips, tmp_path) -> pd.DataFrame:
    known = clips.assign(
        split="eval", size=np.linspace(0, 1, 60), tone=np.where(clips["label"] == "cat", 0.5, np.nan), in_view=None, sounding=None
    )
    known.sample(frac=1, random_state=0).to_parquet(tmp_path / "truth.parquet")
    return attributes.truths(tmp_path / "truth.parquet", clips)


def test_each_class_has_the_attributes_that_it_has(truth):
    assert set(truth) == {"train size", "cat size", "cat tone"}
    assert truth["train size"].notna().sum() == 30
    assert truth["train size"].iloc[-2] == pytest.approx(58 / 59)


def test_pictures_that_follow_half_the_way_have_slope_one_half_and_shuffled_ones_none(truth):
    column = truth[["train size"]]
    rng = np.random.default_rng(0)
    exact = np.nan_to_num(column.to_numpy())[:, None]
    half = 0.25 + 0.5 * exact + 0.01 * rng.normal(size=(60, 3, 1))
    table = attributes.following(column, half, exact, np.ones((60, 1), bool))
    row = table.loc["train size"]
    assert row["slope"] == pytest.approx(0.5, abs=0.02)
    assert row["correlation"] > 0.99
    assert abs(row["shuffled"]) < 0.4
    assert row["real r2"] == pytest.approx(1)
    assert row["n"] == 30


def test_pictures_that_are_one_picture_follow_nothing(truth):
    column = truth[["train size"]]
    exact = np.nan_to_num(column.to_numpy())[:, None]
    row = attributes.following(column, np.full((60, 2, 1), 0.5), exact, np.ones((60, 1), bool)).loc["train size"]
    assert row["correlation"] == 0
    assert row["slope"] == 0


def test_reader_learns_a_size_off_real_frames():
    sizes = np.random.default_rng(0).uniform(size=120)
    frames = np.stack([render(draw("train", i, 0.2, size=size), 3.0, 64, 64) for i, size in enumerate(sizes)])
    model = reader.train(frames[:96], np.stack([sizes, np.full(120, np.nan)], 1)[:96], ReaderSettings(epochs=12), choose("cpu"))
    found = reader.read(model, frames[96:])[:, 0]
    assert np.corrcoef(found, sizes[96:])[0, 1] > 0.8


def test_a_store_of_real_frames_follows_its_own_truth(tmp_path):
    store = MemoryStore(tmp_path / "truth.parquet")
    rows, _ = store.split_rows("eval")
    reads = attributes.AttributeReader.of(store, tmp_path / "truth.parquet", settings=ReaderSettings(epochs=12))
    frames, clips = store.frames(rows), store.ok["clip_id"].iloc[rows]
    table = reads.table(frames, clips, frames[:, 0], clips)
    assert list(table.index) == ["train size"]
    assert table.loc["train size", "correlation"] > 0.7
    assert table.loc["train size", "n"] == len(rows)
    correlation, slope = reads.parts(frames, clips)
    assert correlation.mean() == pytest.approx(table.loc["train size", "correlation"], abs=1e-6)
    assert slope.mean() == pytest.approx(table.loc["train size", "slope"], abs=1e-6)
    assert correlation.std() > 0


def test_a_run_keeps_its_reader_until_something_changes(tmp_path, monkeypatch):
    store = MemoryStore(tmp_path / "truth.parquet")
    asked = dict(run=tmp_path / "run", settings=ReaderSettings(epochs=2))
    first = attributes.AttributeReader.of(store, tmp_path / "truth.parquet", **asked)
    pictures = store.frames(np.arange(4))
    with monkeypatch.context() as without:
        without.setattr(reader, "train", None)
        again = attributes.AttributeReader.of(store, tmp_path / "truth.parquet", **asked)
    assert np.array_equal(first.read(pictures), again.read(pictures))
    other = attributes.AttributeReader.of(store, tmp_path / "truth.parquet", run=tmp_path / "run", settings=ReaderSettings(epochs=1))
    assert not np.array_equal(first.read(pictures), other.read(pictures)), "trained anew"
    with pytest.raises(A2IError, match="not a readable checkpoint"):
        (tmp_path / "run" / "reader" / reader.FILE).write_bytes(b"")
        reader.load(tmp_path / "run" / "reader")


class MemoryStore:
    """Trains of known sizes."""

    classes, fingerprint = ("train",), "trains"

    def __init__(self, path, n: int = 90):
        sizes = np.random.default_rng(0).uniform(size=n)
        ids, split = [f"clip {i}" for i in range(n)], np.where(np.arange(n) % 4, "train", "eval")
        self.ok = pd.DataFrame({"clip_id": ids, "label": "train", "split": split, "frame_times": [[3.0]] * n})
        self.has_sound = self.has_picture = np.ones(n, bool)
        self._frames = np.stack([[render(draw("train", i, 0.2, size=size), 3.0, 64, 64)] for i, size in enumerate(sizes)])
        spans = {"in_view": [[[0.0, 10.0]]] * n, "sounding": [[[0.0, 10.0]]] * n}
        self.ok.drop(columns="frame_times").assign(size=sizes, **spans).to_parquet(path)

    split_rows = Store.split_rows

    def frames(self, rows) -> np.ndarray:
        """uint8 (n, 1, 64, 64, 3)."""
        return self._frames[rows]
