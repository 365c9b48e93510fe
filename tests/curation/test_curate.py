"""Clips become a store, whatever happens to them on the way."""

import hashlib
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from toy_clips import CLASSES, QUICK, bytes_of, clip_table
from toy_media import write

from a2i.core.errors import A2IError
from a2i.core.progress import Progress
from a2i.curation.curate import CurateSettings, curate
from a2i.data.store import Store


@pytest.fixture(scope="module")
def media_dir(tmp_path_factory) -> Path:
    """Three good files, one that is no media, one cut off."""
    folder = tmp_path_factory.mktemp("media")
    for number, name in enumerate(("a.mp4", "b.mp4", "c.mkv")):
        write(folder / name, seconds=10, fps=5, rate=16000 + 8000 * number)
    (folder / "noise.mp4").write_bytes(np.random.default_rng(0).bytes(5000))
    (folder / "cut.mp4").write_bytes((folder / "a.mp4").read_bytes()[:3000])
    return folder


MIXED = ["a.mp4", "noise.mp4", "b.mp4", None, "c.mkv", "cut.mp4", "absent.mp4", "a.mp4", "b.mp4", "c.mkv"]


@pytest.fixture(scope="module")
def mixed(media_dir, tmp_path_factory) -> Store:
    return curate(clip_table(media_dir, MIXED), tmp_path_factory.mktemp("mixed") / "store", CLASSES, QUICK)


def test_every_clip_has_a_row_and_every_failure_a_reason(mixed):
    assert list(mixed.clips["clip_id"]) == [f"clip{i:07d}_0" for i in range(10)]
    assert list(mixed.clips["status"]) == [
        "ok", "unreadable", "ok", "missing", "ok", "unreadable", "missing", "ok", "ok", "ok",
    ]  # fmt: skip
    assert mixed.index["counts"] == {"missing": 2, "ok": 6, "unreadable": 2}


def test_failed_clips_have_no_place_and_good_ones_their_own(mixed):
    clips = mixed.clips
    assert set(clips.loc[clips["status"] != "ok", "shard"]) == {-1}
    assert list(zip(mixed.ok["shard"], mixed.ok["row"], strict=True)) == [(0, 0), (0, 1), (1, 0), (1, 1), (2, 0), (2, 1)]


def test_rows_tell_of_the_media(mixed, media_dir):
    first = mixed.ok.iloc[2]
    assert first["sample_rate"] == 32000
    assert first["channels"] == 2
    assert first["seconds"] == pytest.approx(10, abs=0.05)
    assert first["media_sha256"] == hashlib.sha256((media_dir / "c.mkv").read_bytes()).hexdigest()
    assert len(first["frame_times"]) == 3


def test_a_finished_store_is_returned_as_it_is(mixed, media_dir):
    before = {p.name: p.stat().st_mtime_ns for p in mixed.folder.iterdir()}
    again = curate(clip_table(media_dir, MIXED), mixed.folder, CLASSES, QUICK)
    assert {p.name: p.stat().st_mtime_ns for p in again.folder.iterdir()} == before


def test_one_worker_and_other_limits_give_the_same_bytes(mixed, media_dir, tmp_path):
    other = CurateSettings(workers=1, shard_clips=4, timeout_s=30, memory_mb=1500)
    assert bytes_of(curate(clip_table(media_dir, MIXED), tmp_path, CLASSES, other).folder) == bytes_of(mixed.folder)


def test_frames_of_a_clip_do_not_depend_on_the_other_clips(mixed, media_dir, tmp_path):
    alone = curate(clip_table(media_dir, MIXED).iloc[[7]], tmp_path, CLASSES, QUICK)
    assert np.array_equal(alone.frames([0]), mixed.frames([3]))
    assert np.array_equal(alone.log_mel([0]), mixed.log_mel([3]))


def test_the_seed_chooses_other_frames(mixed, media_dir, tmp_path):
    other = CurateSettings(workers=2, shard_clips=4, seed=1)
    assert list(curate(clip_table(media_dir, MIXED), tmp_path, CLASSES, other).ok["frame_times"][0]) != list(
        mixed.ok["frame_times"][0]
    )


@pytest.mark.parametrize("change", ["clips", "settings"])
def test_another_request_for_the_same_folder_is_an_error_unless_fresh(media_dir, tmp_path, change):
    clips, settings = clip_table(media_dir, MIXED[:4]), QUICK
    before = bytes_of(curate(clips, tmp_path, CLASSES, settings).folder)
    if change == "clips":
        clips = clips.assign(clip_id="other-" + clips["clip_id"])
    else:
        settings = CurateSettings(shard_clips=4, frame_sampling="spread")
    with pytest.raises(A2IError, match=f"{change}.*--fresh"):
        curate(clips, tmp_path, CLASSES, settings)
    assert bytes_of(tmp_path) == before
    store = curate(clips, tmp_path, CLASSES, settings, fresh=True)
    assert store.verify() == []
    assert len(store.clips) == len(clips)


def test_progress_counts_every_clip_once(media_dir, tmp_path):
    progress = Progress("curate", 10, quiet=True)
    curate(clip_table(media_dir, MIXED), tmp_path, CLASSES, QUICK, progress=progress)
    assert progress.done == 10


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda clips: clips.iloc[:0], "no clips"),
        (lambda clips: clips.drop(columns="media"), "lack the columns media"),
        (lambda clips: clips.assign(label="bird"), "'bird'.*add them to the classes"),
        (lambda clips: pd.concat([clips, clips]), "listed twice.*clip0000000_0"),
        (lambda clips: clips.assign(media_kind="half"), "media_kind"),
    ],
)
def test_clips_that_cannot_be_curated_are_an_error_that_says_why(media_dir, tmp_path, change, message):
    with pytest.raises(A2IError, match=message):
        curate(change(clip_table(media_dir, MIXED[:2])), tmp_path / "store", CLASSES, QUICK)
    assert not (tmp_path / "store").exists()


@pytest.mark.parametrize("change", [{"frame_sampling": "best"}, {"size": 0}, {"shard_clips": -1}])
def test_settings_that_make_no_sense_are_an_error(media_dir, tmp_path, change):
    with pytest.raises(A2IError, match=next(iter(change))):
        curate(clip_table(media_dir, MIXED[:2]), tmp_path, CLASSES, CurateSettings(**change))


def test_real_clips_are_curated_with_a_reason_for_each_failure(real_dir, tmp_path):
    files = sorted((real_dir / "media").iterdir())[:24]
    clips = clip_table(real_dir / "media", [file.name for file in files])
    store = curate(clips, tmp_path, CLASSES, QUICK)
    assert len(store.ok) >= 20
    assert store.verify() == []


def test_sound_without_picture_and_picture_without_sound_are_kept_where_the_user_asks(media_dir, tmp_path):
    write(tmp_path / "sound.mp4", video="")
    write(tmp_path / "picture.mp4", audio="", fps=5)
    clips = clip_table(tmp_path, ["sound.mp4", "picture.mp4", str(media_dir / "a.mp4")])
    strict = curate(clips, tmp_path / "strict", CLASSES, QUICK)
    assert list(strict.clips["status"]) == ["no_picture", "no_sound", "ok"]
    kept = curate(clips, tmp_path / "kept", CLASSES, CurateSettings(keep_pictureless=True, keep_soundless=True))
    assert list(kept.clips["status"]) == ["ok", "ok", "ok"]
    assert list(kept.has_picture) == [False, True, True]
    assert list(kept.has_sound) == [True, False, True]
    assert not kept.frames([0]).any()
    assert np.allclose(kept.log_mel([1]), -100)
