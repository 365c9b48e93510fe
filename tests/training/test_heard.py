"""What an encoder said of a store's clips is kept, and believed only while nothing that it came from has changed."""

import numpy as np
import pytest
import torch
from toy_store import ToyStore

from a2i.training import encoder, heard
from a2i.training.device import choose

CPU = choose("cpu")
SMALL = encoder.EncoderSettings(width=4, embedding=8, epochs=1, batch=8)


@pytest.fixture
def store(tmp_path):
    return ToyStore().write(tmp_path / "store")


@pytest.fixture
def model(tmp_path):
    encoder.train(ToyStore(), tmp_path / "encoder", SMALL, CPU)
    return encoder.load(tmp_path / "encoder", CPU)


@pytest.fixture
def asked(monkeypatch):
    """How many clips the network listened to, call by call."""
    calls, ask = [], encoder._ask
    monkeypatch.setattr(encoder, "_ask", lambda *given: calls.append(len(given[-1])) or ask(*given))
    return calls


def same(one, other):
    return one.keys() == other.keys() and all(np.allclose(one[name], other[name], rtol=0, atol=1e-5) for name in one)


def test_the_network_listens_once_and_every_row_gets_its_own_answer(store, model, asked):
    rows = np.arange(len(store.ok))
    first = encoder.apply(model, store, rows)
    mixed = np.array([5, 3, 20, 3])
    again = encoder.apply(encoder.load(model.folder, CPU), store, mixed)
    assert asked == [len(rows)]
    assert all(np.array_equal(first[name][mixed], again[name]) for name in first)
    model.folder = None
    assert same(encoder.apply(model, store, mixed), again)
    assert asked == [len(rows), len(mixed)]


def test_a_few_clips_of_many_are_listened_to_and_not_kept(store, model, asked):
    encoder.apply(model, store, np.arange(3))
    assert asked == [3]
    assert not (model.folder / heard.FILE).exists()


def test_other_weights_and_another_store_are_listened_to_anew(store, model, asked):
    rows = np.arange(len(store.ok))
    before = encoder.apply(model, store, rows)
    with torch.no_grad():
        model.collapse.weight.mul_(1.5)
    assert not same(encoder.apply(model, store, rows), before)
    store.index["files"]["log_mel-00000.npy"] = {"sha256": "another"}
    encoder.apply(model, store, rows)
    assert asked == [len(rows)] * 3


def test_what_is_augmented_is_not_kept(store, model):
    rows = np.arange(len(store.ok))
    encoder.apply(model, store, rows, generator=torch.Generator().manual_seed(0))
    assert not (model.folder / heard.FILE).exists()


def test_a_damaged_file_is_written_anew(store, model, asked):
    rows, path = np.arange(len(store.ok)), model.folder / heard.FILE
    before = encoder.apply(model, store, rows)
    path.write_bytes(path.read_bytes()[:100])
    assert same(encoder.apply(model, store, rows), before)
    encoder.apply(model, store, rows)
    assert asked == [len(rows)] * 2


def test_a_folder_that_cannot_be_written_costs_only_time(store, model, monkeypatch):
    monkeypatch.setattr(heard, "save_file", lambda *given: (_ for _ in ()).throw(OSError(30, "Read-only file system")))
    rows = np.arange(len(store.ok))
    assert same(encoder.apply(model, store, rows), encoder._ask(model, store, None, 64, rows) | {
        "embedding": encoder.apply(model, store, rows)["embedding"]
    })  # fmt: skip
    assert not (model.folder / heard.FILE).exists()
