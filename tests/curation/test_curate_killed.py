"""Whatever is killed, hangs or fills up while clips are curated: finishing gives the same bytes as if nothing had been."""

import contextlib
import errno
import multiprocessing
import os
import random
import shutil
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import pytest
from toy_clips import CLASSES, QUICK, bytes_of, clip_table
from toy_media import write

from a2i.core.errors import A2IError
from a2i.curation.curate import CurateSettings, _begin_anew, _name, _request, clip_task, curate
from a2i.curation.shards import perform
from a2i.curation.tasks import ClipTask, staging

pytestmark = pytest.mark.slow

NAMES = ["a.mp4", "b.mp4", None, "broken.mp4"] * 4


@pytest.fixture(scope="module")
def media_dir(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    write(folder / "a.mp4", width=160, height=120)
    write(folder / "b.mp4", width=160, height=120, fps=20)
    (folder / "broken.mp4").write_bytes((folder / "b.mp4").read_bytes()[:9000])
    return folder


@pytest.fixture(scope="module")
def undisturbed(media_dir, tmp_path_factory) -> dict[str, str]:
    store = curate(clip_table(media_dir, NAMES), tmp_path_factory.mktemp("undisturbed"), CLASSES, QUICK)
    assert dict(store.clips["status"].value_counts()) == {"ok": 8, "missing": 4, "unreadable": 4}
    return bytes_of(store.folder)


SCRIPT = f"""
import sys
from pathlib import Path
from toy_clips import CLASSES, QUICK, clip_table
from a2i.curation.curate import curate
if __name__ == "__main__":
    print("begin", flush=True)
    curate(clip_table(Path(sys.argv[1]), {NAMES!r}), sys.argv[2], CLASSES, QUICK)
"""


@pytest.mark.parametrize("seed", range(2))
def test_kill_of_the_parent_at_any_moment(media_dir, undisturbed, tmp_path, seed):
    """Killed again and again after a random while, at first before anything can be done."""
    (tmp_path / "script.py").write_text(SCRIPT)
    command = [sys.executable, str(tmp_path / "script.py"), str(media_dir), str(tmp_path / "store")]
    environment = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}
    rng, patience = random.Random(seed), 0.8
    for _ in range(40):
        process = subprocess.Popen(command, env=environment, stdout=subprocess.PIPE)
        process.stdout.readline()
        try:
            assert process.wait(timeout=rng.uniform(0, patience)) == 0
            break
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        patience *= 1.6
    else:
        raise AssertionError("never ended")
    assert bytes_of(tmp_path / "store") == undisturbed
    assert not staging(tmp_path / "store").exists()


@pytest.mark.parametrize("seed", range(3))
def test_kill_of_workers_at_any_moment(media_dir, undisturbed, tmp_path, seed):
    rng, done = random.Random(seed), threading.Event()

    def kill_now_and_then() -> None:
        for _ in range(3):
            time.sleep(rng.uniform(0.02, 0.3))
            children = [p for p in multiprocessing.active_children() if p.pid]
            if children and not done.is_set():
                os.kill(rng.choice(children).pid, signal.SIGKILL)

    killer = threading.Thread(target=kill_now_and_then)
    killer.start()
    try:
        store = curate(clip_table(media_dir, NAMES), tmp_path, CLASSES, QUICK)
    finally:
        done.set()
        killer.join()
    assert dict(store.clips["status"].value_counts()) == {"ok": 8, "missing": 4, "unreadable": 4}
    assert bytes_of(tmp_path) == undisturbed


def test_what_is_done_is_not_decoded_again(media_dir, undisturbed, tmp_path, monkeypatch):
    """The first run stops at the eleventh clip; the second finds the media of what was done gone, and does not mind."""
    gone = tmp_path / "media"
    shutil.copytree(media_dir, gone)
    clips = clip_table(gone, NAMES)
    monkeypatch.setattr("a2i.curation.curate.perform", stop_at_the_eleventh)
    with pytest.raises(A2IError, match="stopped"):
        curate(clips, tmp_path / "store", CLASSES, CurateSettings(workers=1, shard_clips=4))
    assert len(list(staging(tmp_path / "store").glob("*/00002/0*"))) == 2
    monkeypatch.undo()
    for name in ("a.mp4", "b.mp4"):
        (gone / name).rename(gone / f"kept-{name}")
    left = clips["media"].where(clips.index < 10, clips["media"].str.replace(str(gone), str(media_dir)))
    store = curate(clips.assign(media=left), tmp_path / "store", CLASSES, QUICK)
    assert bytes_of(store.folder) == undisturbed


def stop_at_the_eleventh(task: object) -> object:
    """A worker that fails for a reason that is not the clip's."""
    if isinstance(task, ClipTask) and task.shard * 4 + task.row == 10:
        raise A2IError("stopped")
    return perform(task)


def crash_on_b(task: object) -> object:
    """A decoder that cannot stand one file."""
    if isinstance(task, ClipTask) and task.media.endswith("b.mp4"):
        os.kill(os.getpid(), signal.SIGSEGV)
    return perform(task)


def hang_on_b(task: object) -> object:
    """A decoder that never comes back from one file."""
    if isinstance(task, ClipTask) and task.media.endswith("b.mp4"):
        time.sleep(100)
    return perform(task)


def test_a_file_that_crashes_the_decoder_costs_itself(media_dir, tmp_path, monkeypatch):
    monkeypatch.setattr("a2i.curation.curate.perform", crash_on_b)
    store = curate(clip_table(media_dir, NAMES[:6]), tmp_path, CLASSES, QUICK)
    assert list(store.clips["status"]) == ["ok", "crashed", "missing", "unreadable", "ok", "crashed"]
    assert store.clips["detail"][1] == "signal SIGSEGV"
    assert store.verify() == []


def test_a_file_that_hangs_the_decoder_costs_itself_and_its_time(media_dir, tmp_path, monkeypatch):
    monkeypatch.setattr("a2i.curation.curate.perform", hang_on_b)
    store = curate(clip_table(media_dir, NAMES[:3]), tmp_path, CLASSES, CurateSettings(workers=2, timeout_s=2))
    assert list(store.clips["status"]) == ["ok", "timeout", "missing"]


def test_a_file_that_needs_too_much_memory_costs_itself(media_dir, tmp_path):
    write(tmp_path / "big.mp4", width=7680, height=4320, seconds=1, fps=3, options=(("preset", "ultrafast"),))
    clips = clip_table(media_dir, ["a.mp4", "a.mp4"])
    clips.loc[1, "media"] = str(tmp_path / "big.mp4")
    store = curate(clips, tmp_path / "store", CLASSES, CurateSettings(workers=1, memory_mb=100))
    assert store.clips["status"][0] == "ok"
    assert store.clips["status"][1] == "memory"


@pytest.mark.parametrize("kilobytes", [20, 300, 900])
def test_a_full_disk_stops_cleanly_and_more_room_lets_it_go_on(media_dir, undisturbed, tmp_path, kilobytes):
    disk = tmp_path / "disk"
    disk.mkdir()
    if subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={kilobytes}k", "none", disk], check=False, capture_output=True).returncode:
        pytest.skip("a small disk can be mounted by root only")
    try:
        with pytest.raises(A2IError, match="no room left"):
            curate(clip_table(media_dir, NAMES), disk / "store", CLASSES, QUICK)
        assert not (disk / "store" / "store.json").exists()
        subprocess.run(["mount", "-o", "remount,size=100m", disk], check=True)
        curate(clip_table(media_dir, NAMES), disk / "store", CLASSES, QUICK)
        assert bytes_of(disk / "store") == undisturbed
    finally:
        subprocess.run(["umount", disk], check=True)


def test_two_runs_do_not_share_a_folder(media_dir, tmp_path, monkeypatch):
    monkeypatch.setattr("a2i.curation.curate.perform", hang_on_b)
    first = threading.Thread(
        target=curate, args=(clip_table(media_dir, ["b.mp4"]), tmp_path, CLASSES, CurateSettings(workers=1, timeout_s=4))
    )
    first.start()
    while not list(staging(tmp_path).glob("*/request.json")):
        time.sleep(0.01)
    with pytest.raises(A2IError, match="another run"):
        curate(clip_table(media_dir, ["b.mp4"]), tmp_path, CLASSES, QUICK)
    first.join()


def test_a_fresh_start_that_is_killed_at_any_removal_leaves_nothing_that_lies(
    media_dir, undisturbed, tmp_path, monkeypatch
):
    """The first run had two of four shards; the second, to begin anew, dies; the third goes on with what is there."""
    clips, kept = clip_table(media_dir, NAMES), tmp_path / "kept"
    monkeypatch.setattr("a2i.curation.curate.perform", stop_at_the_eleventh)
    with pytest.raises(A2IError, match="stopped"):
        curate(clips, kept, CLASSES, CurateSettings(workers=1, shard_clips=4))
    monkeypatch.undo()
    unlink, name = Path.unlink, _name(_request(clips, CLASSES, QUICK))
    for deaths in range(4):
        store, removals = tmp_path / str(deaths), [unlink] * deaths
        shutil.copytree(kept, store)
        with monkeypatch.context() as patch, contextlib.suppress(KeyboardInterrupt):
            patch.setattr(Path, "unlink", lambda *a, todo=removals, **k: (todo.pop() if todo else _die)(*a, **k))
            _begin_anew(staging(store, name))
        assert len(list(staging(store, name).glob("shard-*.json"))) <= len(list(staging(store, name).glob("log_mel-*.npy")))
        if deaths != 1:
            curate(clips, store, CLASSES, QUICK)
            assert bytes_of(store) == undisturbed
    assert not removals, "three removals"


def test_what_a_cluster_still_does_for_a_killed_run_does_not_get_into_the_next_one(
    media_dir, undisturbed, tmp_path, monkeypatch
):
    clips, other = clip_table(media_dir, NAMES), replace(QUICK, seed=1)
    late = clip_task(clips, tmp_path, 0, 0, other, _name(_request(clips, CLASSES, other)))

    def begin_and_be_late(place: Path) -> None:
        _begin_anew(place)
        assert perform(late) == "ok"

    monkeypatch.setattr("a2i.curation.curate._begin_anew", begin_and_be_late)
    curate(clips, tmp_path, CLASSES, QUICK, fresh=True)
    assert bytes_of(tmp_path) == undisturbed


def test_a_folder_that_cannot_be_locked_says_so(media_dir, tmp_path, monkeypatch):
    def flock(*_: object) -> None:
        raise OSError(errno.ENOLCK, "No locks available")

    monkeypatch.setattr("fcntl.flock", flock)
    with pytest.raises(A2IError, match="cannot be locked.*No locks"):
        curate(clip_table(media_dir, NAMES[:1]), tmp_path, CLASSES, QUICK)


def _die(*_: object, **__: object) -> None:
    raise KeyboardInterrupt
