"""A Dask cluster makes the same store as one machine, also when it loses a worker."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import psutil
import pytest
from test_curate import CLASSES, bytes_of, clip_table
from toy_media import write

from a2i.cluster import Batch, Cluster, do_batch
from a2i.curate import CurateSettings, clip_task, curate
from a2i.errors import A2IError
from a2i.staging import staging, work
from a2i.workers import KILLED

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
    """A scheduler and two workers as processes on loopback: (address, the workers' processes)."""
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
    start("scheduler", "--host", "127.0.0.1", "--port", "0", "--scheduler-file", str(address_file))
    _wait_for(address_file.exists)
    address = json.loads(address_file.read_text())["address"]
    workers = [start("worker", address, "--nthreads", "1", "--name", f"w{number}") for number in range(2)]
    yield address, workers
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
    monkeypatch.setattr("a2i.cluster.BATCH", 16)
    address, workers = cluster

    def kill_in_the_middle() -> None:
        _wait_for(lambda: any(path.name.isdecimal() for path in staging(tmp_path / "store").glob("0*/*")))
        time.sleep(0.3)
        for process in [*psutil.Process(workers[0].pid).children(recursive=True), psutil.Process(workers[0].pid)]:
            process.kill()

    killer = threading.Thread(target=kill_in_the_middle)
    killer.start()
    settings = CurateSettings(shard_clips=24, timeout_s=30, cluster=address)
    store = curate(clip_table(media_dir, NAMES), tmp_path / "store", CLASSES, settings)
    killer.join()
    assert workers[0].wait(10) == -signal.SIGKILL
    assert bytes_of(store.folder) == one_machine


def test_an_address_where_nobody_answers_is_an_error(media_dir, tmp_path, monkeypatch):
    monkeypatch.setattr("a2i.cluster.PATIENCE", 1)
    with pytest.raises(A2IError, match="no Dask scheduler with workers"):
        curate(clip_table(media_dir, NAMES[:2]), tmp_path, CLASSES, CurateSettings(cluster="tcp://127.0.0.1:1"))


def _batch(folder: Path, tasks: tuple, witnesses: tuple[str, ...]) -> Batch:
    return Batch(work, tasks, (20.0,) * len(tasks), 1024, witnesses)


def test_a_machine_that_does_not_share_the_folder_says_so_instead_of_losing_clips(tmp_path):
    with pytest.raises(A2IError, match="does not see .*gone.*share it"):
        do_batch(_batch(tmp_path, (), (str(tmp_path / "gone"),)))


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
