"""The same command on clips that have changed: what changed is decoded, the rest is kept, and the result is the same as if
everything had been decoded."""

import os
import shutil
from pathlib import Path

import pandas as pd
import pytest
from toy_clips import CLASSES, QUICK, bytes_of, clip_table
from toy_media import write

from a2i.curation import curate as curation
from a2i.curation.curate import curate
from a2i.curation.shards import perform
from a2i.curation.tasks import ClipTask, staging
from a2i.data.store import Store

NAMES = ["a.mp4", "b.mp4", None, "broken.mp4", "c.mp4", "a.mp4"]


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    folder = tmp_path_factory.mktemp("made")
    for number, name in enumerate(("a.mp4", "b.mp4", "c.mp4", "other.mp4")):
        write(folder / name, fps=5 + number, seconds=3 + number, audio_seconds=3 + number)
    (folder / "broken.mp4").write_bytes((folder / "b.mp4").read_bytes()[:9000])
    return folder


@pytest.fixture
def media(made, tmp_path):
    return shutil.copytree(made, tmp_path / "media")


@pytest.fixture
def decoded(monkeypatch, tmp_path):
    """Names of the files that were decoded since the list was emptied."""
    told = tmp_path / "decoded"
    told.mkdir()
    monkeypatch.setattr(curation, "perform", perform_and_tell)

    def read():
        names = sorted(path.name.split("-", 1)[1] for path in told.iterdir())
        for path in told.iterdir():
            path.unlink()
        return names

    return read


def perform_and_tell(task):
    if isinstance(task, ClipTask) and task.media:
        told = Path(task.folder).parent / "decoded"
        (told / f"{task.row + 4 * task.shard}-{os.path.basename(task.media)}").touch()
    return perform(task)


def test_only_what_changed_is_decoded_and_the_bytes_are_those_of_a_fresh_start(media, decoded, tmp_path):
    clips = clip_table(media, NAMES)
    curate(clips, tmp_path / "store", CLASSES, QUICK)
    assert decoded() == ["a.mp4", "a.mp4", "b.mp4", "broken.mp4", "c.mp4"]
    shutil.copy(media / "other.mp4", media / "c.mp4")  # replaced
    clips = clip_table(media, [*NAMES[:2], "b.mp4", *NAMES[3:], "c.mp4"]).drop(index=1)  # found, added and removed
    store = curate(clips, tmp_path / "store", CLASSES, QUICK)
    assert decoded() == ["b.mp4", "c.mp4", "c.mp4"]
    assert store.verify() == []
    assert bytes_of(store.folder) == bytes_of(curate(clips, tmp_path / "anew", CLASSES, QUICK).folder)
    assert not staging(store.folder).exists()


def test_a_replaced_file_is_noticed_though_its_name_and_the_list_are_the_same(media, decoded, tmp_path):
    clips = clip_table(media, NAMES)
    before = curate(clips, tmp_path / "store", CLASSES, QUICK).clips["media_sha256"].tolist()
    decoded()
    shutil.copy(media / "other.mp4", media / "b.mp4")
    after = curate(clips, tmp_path / "store", CLASSES, QUICK).clips["media_sha256"].tolist()
    assert decoded() == ["b.mp4"]
    assert [x == y for x, y in zip(before, after)] == [True, False, True, True, True, True]


def test_a_file_that_was_only_copied_is_not_decoded_again(media, decoded, tmp_path):
    curate(clip_table(media, NAMES), tmp_path / "store", CLASSES, QUICK)
    decoded()
    for path in list(media.iterdir()):
        os.utime(path, ns=(1, 1))
    shutil.move(media, tmp_path / "moved")
    assert curate(clip_table(tmp_path / "moved", NAMES), tmp_path / "store", CLASSES, QUICK).verify() == []
    assert decoded() == ["broken.mp4"], "of which no checksum is known"


def test_classes_may_change_without_decoding_anything(media, decoded, tmp_path):
    clips = clip_table(media, NAMES)
    curate(clips, tmp_path / "store", CLASSES, QUICK)
    decoded()
    store = curate(clips.assign(split="train"), tmp_path / "store", [*CLASSES[::-1], "owl"], QUICK)
    assert (store.classes, set(store.clips["split"]), decoded()) == (["dog", "cat", "owl"], {"train"}, [])


def test_fresh_decodes_everything(media, decoded, tmp_path):
    clips = clip_table(media, NAMES)
    curate(clips, tmp_path / "store", CLASSES, QUICK)
    decoded()
    curate(clips, tmp_path / "store", CLASSES, QUICK, fresh=True)
    assert decoded() == ["a.mp4", "a.mp4", "b.mp4", "broken.mp4", "c.mp4"]


@pytest.mark.parametrize("fresh", [False, True])
def test_the_former_store_stands_until_the_new_one_is_complete(media, tmp_path, monkeypatch, fresh):
    clips = clip_table(media, NAMES)
    curate(clips, tmp_path / "store", CLASSES, QUICK)
    before = bytes_of(tmp_path / "store")
    with monkeypatch.context() as patch:
        patch.setattr(curation, "write_store", _die)
        with pytest.raises(KeyboardInterrupt):
            curate(clips[:5], tmp_path / "store", CLASSES, QUICK, fresh=fresh)
    assert bytes_of(tmp_path / "store") == before
    assert Store.open(tmp_path / "store").verify() == []
    assert len(curate(clips[:5], tmp_path / "store", CLASSES, QUICK).clips) == 5


def test_a_kill_while_the_new_store_takes_its_place_costs_nothing(media, decoded, tmp_path, monkeypatch):
    clips = clip_table(media, NAMES)
    curate(clips[:5], tmp_path / "former", CLASSES, QUICK)
    for moves in (0, 3, 6):  # of four shards, the table, what was seen, the index
        store = shutil.copytree(tmp_path / "former", tmp_path / str(moves))
        with monkeypatch.context() as patch:
            patch.setattr(os, "replace", _dying(store, moves))
            with pytest.raises(KeyboardInterrupt):
                curate(clips, store, CLASSES, QUICK)
        decoded()
        assert Store.open(curate(clips, store, CLASSES, QUICK).folder).verify() == []
        assert (len(Store.open(store).clips), decoded()) == (6, [])


def _dying(store, moves, replace=os.replace):
    """`os.replace` that dies after so many moves into the folder itself."""
    left = iter(range(moves))

    def move(source, target):
        if Path(target).parent == store and next(left, None) is None:
            raise KeyboardInterrupt
        replace(source, target)

    return move


def test_a_store_of_a_version_that_did_not_look_is_returned_as_it_is(media, decoded, tmp_path):
    clips = clip_table(media, NAMES)
    curate(clips, tmp_path / "store", CLASSES, QUICK)
    (tmp_path / "store" / "media.parquet").unlink()
    decoded()
    curate(clips, tmp_path / "store", CLASSES, QUICK)
    assert decoded() == []
    assert len(curate(pd.concat([clips[:2], clips[3:]]), tmp_path / "store", CLASSES, QUICK).clips) == 5
    assert len(decoded()) == 5, "nothing is known of the files"


def _die(*_):
    raise KeyboardInterrupt
