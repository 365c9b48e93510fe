"""The store gives back what was put in, and notices when it cannot."""

import errno
import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from a2i.core.errors import A2IError
from a2i.curation.shards import assemble, write_store
from a2i.curation.tasks import ClipTask, Row, ShardTask, clip_place, read_staged, shard_place, stage
from a2i.data.store import Store, file_sha256

SHAPE = {"frames_per_clip": 2, "size": 8}


def _arrays(number: int) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(number)
    mel = rng.uniform(-80, 20, (128, 431)).astype(np.float16)
    return {"log_mel": mel, "frames": rng.integers(0, 256, (2, 8, 8, 3), np.uint8)}


@pytest.fixture
def folder(tmp_path):
    """A store of 7 clips in shards of 3, of which the clips 1, 3, 4 and 5 failed, so that the second shard is empty."""
    clips = pd.DataFrame({
        "clip_id": [f"c{i}" for i in range(7)], "source_id": [f"s{i}" for i in range(7)], "start": 0.0, "end": 10.0,
        "label": "cat", "labels": [["/m/1"]] * 7, "split": "train",
    })  # fmt: skip
    for shard, count in enumerate((3, 3, 1)):
        for row in range(count):
            number = shard * 3 + row
            if number in (1, 3, 4, 5):
                stage(clip_place(tmp_path, shard, row), Row("no_sound", "why"), {})
            else:
                good = Row("ok", seconds=9.5, sample_rate=44100, channels=2, frame_times=(1.5, 2.0))
                stage(clip_place(tmp_path, shard, row), good, _arrays(number))
        assert assemble(ShardTask(str(tmp_path), shard, count, 2, 8)) == []
    write_store(tmp_path, clips, [3, 3, 1], {"classes": ["cat"], "settings": SHAPE})
    return tmp_path


def test_rows_come_back_as_they_were_staged(folder):
    store = Store.open(folder)
    for row, number in enumerate((0, 2, 6)):
        assert np.array_equal(store.log_mel([row])[0], _arrays(number)["log_mel"].astype(np.float32))
        assert np.array_equal(store.frames([row])[0], _arrays(number)["frames"])
    assert store.log_mel([0]).dtype == np.float32


def test_rows_are_given_in_the_order_asked_for_repeats_and_masks_too(folder):
    store = Store.open(folder)
    everything = store.frames(slice(None))
    assert np.array_equal(store.frames(np.array([2, 0, 2, 1])), everything[[2, 0, 2, 1]])
    assert np.array_equal(store.frames(np.array([True, False, True])), everything[[0, 2]])
    assert store.log_mel(np.array([], int)).shape == (0, 128, 431)


def test_ok_lists_the_good_clips_and_clips_all(folder):
    store = Store.open(folder)
    assert list(store.clips["clip_id"]) == [f"c{i}" for i in range(7)]
    assert list(store.ok["clip_id"]) == ["c0", "c2", "c6"]
    assert list(store.ok.index) == [0, 1, 2]
    assert store.classes == ["cat"]
    assert store.has_picture.all()
    assert store.has_sound.all()


def test_verify_is_content_with_what_was_written(folder):
    assert Store.open(folder).verify() == []


@pytest.mark.parametrize("name", ["log_mel-00000.npy", "frames-00002.npy", "clips.parquet"])
def test_verify_finds_a_single_flipped_bit_anywhere(folder, name):
    content = (folder / name).read_bytes()
    for place in np.random.default_rng(0).integers(0, len(content), 5):
        flipped = bytearray(content)
        flipped[place] ^= 1
        (folder / name).write_bytes(flipped)
        assert Store.open(folder).verify() == [f"{name}: altered"]


def test_verify_finds_a_changed_index(folder):
    text = (folder / "store.json").read_text()
    for changed in (text.replace('"ok": 3', '"ok": 4'), text + " "):
        (folder / "store.json").write_text(changed)
        assert Store.open(folder).verify() == ["store.json: altered"]


def test_verify_finds_a_flipped_bit_in_every_byte_of_the_index(folder):
    """As a line that says so, or as an index that is none."""
    content = (folder / "store.json").read_bytes()
    for place in range(len(content)):
        flipped = bytearray(content)
        flipped[place] ^= 1
        (folder / "store.json").write_bytes(flipped)
        try:
            assert Store.open(folder).verify() == ["store.json: altered"]
        except A2IError as error:
            assert "--fresh" in str(error)


def test_verify_goes_on_after_a_file_that_cannot_be_read(folder, monkeypatch):
    def bad_block(path: Path) -> str:
        if path.name == "clips.parquet":
            raise OSError(errno.EIO, "Input/output error")
        return file_sha256(path)

    monkeypatch.setattr("a2i.data.store.file_sha256", bad_block)
    (folder / "frames-00000.npy").unlink()
    (folder / "frames-00000.npy").mkdir()
    problems = ["clips.parquet: cannot be read (Input/output error)", "frames-00000.npy: missing"]
    assert Store.open(folder).verify() == problems


def test_verify_finds_two_files_that_changed_places(folder):
    (folder / "frames-00000.npy").rename(folder / "kept")
    (folder / "log_mel-00000.npy").rename(folder / "frames-00000.npy")
    (folder / "kept").rename(folder / "log_mel-00000.npy")
    assert len(Store.open(folder).verify()) == 2


def test_verify_names_missing_cut_and_foreign_files(folder):
    (folder / "frames-00000.npy").unlink()
    with open(folder / "log_mel-00000.npy", "ab") as file:
        file.write(b"x")
    (folder / "log_mel-00007.npy").write_bytes(b"")
    problems = Store.open(folder).verify()
    assert [problem.split(":")[0] for problem in problems] == ["frames-00000.npy", "log_mel-00000.npy", "log_mel-00007.npy"]


def test_fingerprint_changes_with_the_content(folder):
    before = Store.open(folder).fingerprint
    index = json.loads((folder / "store.json").read_text())
    index["files"]["frames-00000.npy"]["sha256"] = "0"
    (folder / "store.json").write_text(json.dumps(index))
    assert Store.open(folder).fingerprint != before


def test_an_unfinished_or_foreign_folder_is_no_store(tmp_path):
    with pytest.raises(A2IError, match="no finished store"):
        Store.open(tmp_path)
    (tmp_path / "store.json").write_text("{}")
    with pytest.raises(A2IError, match="another version"):
        Store.open(tmp_path)
    (tmp_path / "store.json").write_text("{")
    with pytest.raises(A2IError, match="cannot be read"):
        Store.open(tmp_path)


def test_a_torn_result_is_sent_back_and_no_shard_is_written(tmp_path):
    for row in range(2):
        stage(clip_place(tmp_path, 0, row), Row("ok"), _arrays(row))
    place = clip_place(tmp_path, 0, 1)
    place.write_bytes(place.read_bytes()[:-100])
    assert assemble(ShardTask(str(tmp_path), 0, 2, 2, 8)) == [1]
    assert not place.exists()
    assert not shard_place(tmp_path, 0).exists()
    assert list(tmp_path.glob("*.npy")) == []


def test_a_staged_row_comes_back_as_it_was(tmp_path):
    row = Row("ok", "", 9.25, 44100, 2, (0.5, 3.25), "ab")
    stage(tmp_path / "a" / "b" / "c", row, {})
    assert read_staged(tmp_path / "a" / "b" / "c") == (row, {})


def test_a_full_disk_is_an_error_that_says_so_and_leaves_nothing(tmp_path, monkeypatch):
    def full(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("a2i.curation.tasks.save_file", full)
    with pytest.raises(A2IError, match="no room left"):
        stage(clip_place(tmp_path, 0, 0), Row("ok"), _arrays(0))
    assert list(clip_place(tmp_path, 0, 0).parent.iterdir()) == []


def test_two_machines_that_stage_the_same_clip_do_not_write_into_one_file(tmp_path, monkeypatch):
    """Their processes may have the same number."""
    written = []
    monkeypatch.setattr("a2i.curation.tasks.save_file", lambda arrays, path, metadata: (written.append(path), path.touch()))
    for _ in range(2):
        stage(clip_place(tmp_path, 0, 0), Row("no_sound"), {})
    assert len(set(written)) == 2


def test_a_clip_task_is_staged_by_its_position_and_not_its_id():
    task = ClipTask("store", 3, 7, "../../--exec", "m.mp4", "auto", 0, 10, 3, 64, "random", 0, True, True)
    assert str(task.place) == "store/.staging/00003/000007"
