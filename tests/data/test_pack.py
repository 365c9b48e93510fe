"""A packed store offers what the store offered: the same clips and pictures, and log-mels within a quarter dB."""

import numpy as np
import pytest
from toy_store import ToyStore

from a2i.core.errors import A2IError
from a2i.data.pack import STEP, PackedStore, open_any, pack


@pytest.fixture(scope="module")
def both(tmp_path_factory):
    """A store and what its packed file gives back."""
    folder = tmp_path_factory.mktemp("pack")
    store = ToyStore().write(folder / "store")
    pack(store, folder / "toy.pack")
    return store, PackedStore.open(folder / "toy.pack")


def test_pictures_and_table_come_back_unchanged(both):
    store, packed = both
    rows = np.arange(len(store.ok))
    assert packed.ok.equals(store.ok)
    assert packed.classes == store.classes
    assert np.array_equal(packed.frames(rows), store.frames(rows))
    assert all(np.array_equal(a, b) for a, b in zip(packed.split_rows(), store.split_rows(), strict=True))


def test_log_mels_come_back_within_half_a_step(both):
    store, packed = both
    rows = np.array([3, 0, 7])
    assert packed.log_mel(rows).dtype == np.float32
    assert np.abs(packed.log_mel(rows) - store.log_mel(rows)).max() <= STEP / 2 + 1e-3


def test_a_packed_store_is_another_input_than_the_store(both):
    store, packed = both
    assert packed.fingerprint != store.fingerprint


def test_either_kind_opens_by_its_path(both):
    store, packed = both
    assert isinstance(open_any(packed.folder), PackedStore)
    assert not isinstance(open_any(store.folder), PackedStore)


@pytest.mark.parametrize("content", [b"", b"no zip at all", b"PK\x03\x04 cut off"])
def test_what_is_no_packed_store_is_an_error_of_one_line(content, tmp_path):
    path = tmp_path / "bad.pack"
    path.write_bytes(content)
    with pytest.raises(A2IError, match=r"bad\.pack is no packed store"):
        PackedStore.open(path)


def test_a_damaged_part_is_seen(both, tmp_path):
    data = bytearray(both[1].folder.read_bytes())
    data[len(data) // 3] ^= 0xFF
    (tmp_path / "bad.pack").write_bytes(data)
    with pytest.raises(A2IError, match="is no packed store"):
        PackedStore.open(tmp_path / "bad.pack")
