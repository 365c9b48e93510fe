"""A Dask cluster makes the same store as one machine, also when it loses a worker."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from toy_clips import CLASSES, bytes_of, clip_table
from toy_media import write

from a2i.core.errors import A2IError
from a2i.core.pool import KILLED
from a2i.curation.cluster import Batch, Cluster, do_batch, versions
from a2i.curation.curate import CurateSettings, clip_task, curate
from a2i.curation.shards import perform
from a2i.curation.tasks import staging

pytestmark = pytest.mark.slow

distributed = pytest.importorskip("distributed")

NAMES = ["a.mp4", "b.mp4", None, "broken.mp4"] * 12
SETTINGS = CurateSettings(shard_clips=24, timeout_s=30)


@pytest.fixture(scope="module")
def media_dir(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("media")
    write(folder / "a.mp4")
    write(folder / "b.mp4", fps=20)
    (folder / "broken.mp4").write_bytes((folder / "b.mp4").read_bytes()[:9000])
    return folder


@pytest.fixture(scope="module")
def one_machine(media_dir, tmp_path_factory) -> dict[str, str]:
    return bytes_of(curate(clip_table(media_dir, NAMES), tmp_path_factory.mktemp("one"), CLASSES, SETTINGS).folder)


@pytest.fixture
def cluster(tmp_path):
    """A scheduler and two workers as processes on loopback: (address, the scheduler's process, the workers')."""
    processes = []

    def start(*arguments: str) -> subprocess.Popen:
        command = [sys.executable, "-m", "dask", *arguments, "--no-dashboard"]
        quiet = os.environ | {"DASK_LOGGING__DISTRIBUTED": "critical"}
        nowhere = subprocess.DEVNULL
        processes.append(
            subprocess.Popen(command, cwd=tmp_path, stdout=nowhere, stderr=nowhere, env=quiet, start_new_session=True)
        )
        return processes[-1]

    address_file = tmp_path / "scheduler.json"
    scheduler = start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(address_file))
    _wait_for(address_file.exists)
    address = json.loads(address_file.read_text())["address"]
    workers = [start("worker", address, "--nthreads", "1", "--name", f"w{number}") for number in range(2)]
    yield address, scheduler, workers
    for process in reversed(processes):
        try:
            os.killpg(process.pid, signal.SIGTERM)
            process.wait(10)
        except (ProcessLookupError, subprocess.TimeoutExpired):
            process.kill()


def _wait_for(look, patience: float = 60.0):
    end = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)
    return found


def test_a_cluster_that_loses_a_worker_in_the_middle_makes_the_same_store(
    cluster, media_dir, one_machine, tmp_path, monkeypatch
):
    monkeypatch.setattr("a2i.curation.cluster.BATCH", 16)
    address, _, workers = cluster
    killer = threading.Thread(target=_kill_in_the_middle, args=(tmp_path / "store", workers[:1]))
    killer.start()
    settings = CurateSettings(shard_clips=24, timeout_s=30, cluster=address)
    store = curate(clip_table(media_dir, NAMES), tmp_path / "store", CLASSES, settings)
    killer.join()
    assert workers[0].wait(10) == -signal.SIGKILL
    assert bytes_of(store.folder) == one_machine


def _kill_in_the_middle(store: Path, processes: list[subprocess.Popen]) -> None:
    """Ends processes and what they have started when the first clips are decoded."""
    _wait_for(lambda: any(path.name.isdecimal() for path in staging(store).glob("*/0*/*")))
    time.sleep(0.3)
    for one in processes:
        for process in [*psutil.Process(one.pid).children(recursive=True), psutil.Process(one.pid)]:
            process.kill()


@pytest.mark.parametrize(("lost", "message"), [("scheduler", "scheduler.*was lost"), ("workers", "has no workers")])
def test_a_cluster_that_is_lost_is_an_error_of_one_line_and_the_run_goes_on_without_it(
    cluster, media_dir, one_machine, tmp_path, monkeypatch, capfd, lost, message
):
    monkeypatch.setattr("a2i.curation.cluster.BATCH", 8)
    monkeypatch.setattr("a2i.curation.cluster.PULSE", 0.5)
    address, scheduler, workers = cluster

    def kill() -> None:
        _kill_in_the_middle(tmp_path / "store", [scheduler] if lost == "scheduler" else workers)
        monkeypatch.setattr("a2i.curation.cluster.PATIENCE", 1)

    killer = threading.Thread(target=kill)
    killer.start()
    with pytest.raises(A2IError, match=f"{message}.*same command again"):
        settings = CurateSettings(shard_clips=24, timeout_s=30, cluster=address)
        curate(clip_table(media_dir, NAMES), tmp_path / "store", CLASSES, settings)
    killer.join()
    assert capfd.readouterr().err == ""
    store = curate(clip_table(media_dir, NAMES), tmp_path / "store", CLASSES, SETTINGS)
    assert bytes_of(store.folder) == one_machine


def test_an_address_where_nobody_answers_is_an_error(media_dir, tmp_path, monkeypatch):
    monkeypatch.setattr("a2i.curation.cluster.PATIENCE", 1)
    with pytest.raises(A2IError, match="no Dask scheduler answers"):
        curate(clip_table(media_dir, NAMES[:2]), tmp_path, CLASSES, CurateSettings(cluster="tcp://127.0.0.1:1"))


def _batch(folder: Path, tasks: tuple, witnesses: tuple[str, ...]) -> Batch:
    return Batch(perform, tasks, (20.0,) * len(tasks), 1024, witnesses, versions())


def test_a_machine_that_does_not_share_the_folder_says_so_instead_of_losing_clips(tmp_path):
    with pytest.raises(A2IError, match="does not see .*gone.*share it"):
        do_batch(_batch(tmp_path, (), (str(tmp_path / "gone"),)))


def test_a_machine_with_another_version_says_so_instead_of_giving_other_bytes(tmp_path):
    other = replace(_batch(tmp_path, (), ()), versions=versions() | {"av": "1.0"})
    with pytest.raises(A2IError, match="has av .* instead of 1.0: install the same"):
        do_batch(other)


def raise_lookup(task: object) -> None:
    """A fault in the work itself."""
    raise LookupError(task)


def test_an_error_of_the_work_itself_is_raised_and_not_taken_for_a_lost_machine(tmp_path):
    with pytest.raises(LookupError, match="why"):
        do_batch(replace(_batch(tmp_path, ("why",), ()), function=raise_lookup))


def test_a_batch_gives_an_outcome_for_each_task_and_a_full_disk_is_its_error(media_dir, tmp_path):
    clips = clip_table(media_dir, NAMES[:4])
    tasks = tuple(clip_task(clips, tmp_path, 0, row, SETTINGS) for row in range(4))
    found = do_batch(_batch(tmp_path, tasks, ()))
    assert sorted(outcome.result for outcome in found) == ["missing", "ok", "ok", "unreadable"]
    (tmp_path / "file").write_text("in the way of a folder")
    with pytest.raises(A2IError, match="cannot write"):
        do_batch(_batch(tmp_path, (clip_task(clips, tmp_path / "file", 0, 0, SETTINGS),), ()))


def test_a_batch_whose_machine_is_lost_for_good_counts_as_killed(tmp_path):
    class Lost:
        def exception(self) -> Exception:
            return distributed.KilledWorker("task", None, 3)

    batch = _batch(tmp_path, ("a", "b"), ())
    found = Cluster._outcomes(Lost(), batch)
    assert [(outcome.task, outcome.failure) for outcome in found] == [("a", KILLED), ("b", KILLED)]
