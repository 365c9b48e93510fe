"""Workers on many machines: a Dask cluster whose machines share the store's folder and the media.

Dask carries tasks and outcomes only; results go into the shared folder. On each machine a batch is done by a process of
its own with a killable worker in it, because Dask's own processes may neither be lost to a file nor have children.
"""

import asyncio
import logging
import os
import pickle
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from typing import Any, Self

import av

from a2i import __version__
from a2i.core.errors import A2IError
from a2i.core.pool import KILLED, Outcome, Workers

BATCH = 128  # tasks sent at a time: ten seconds of work, so that the second to start a process does not matter
AHEAD = 2  # batches on their way for each thread of the cluster
PATIENCE = 30  # s to find the scheduler and a worker, at the start and when all have gone
PULSE = 5  # s between two looks whether there still are workers, while no batch ends
DECIDING = ("av", "numpy", "scipy")  # packages whose version may decide the bytes of a result


@dataclass(frozen=True)
class Batch:
    """Tasks for one process of the cluster."""

    function: Callable[[Any], Any]
    tasks: tuple[Any, ...]
    timeouts: tuple[float, ...]  # s, of each task
    memory_mb: int
    witnesses: tuple[str, ...]  # paths that are there, and must be there for the process too
    versions: dict[str, str]  # as `versions` tells them here


class Cluster:
    """The workers of the Dask scheduler at `address`; used like `workers.Workers`."""

    def __init__(
        self, address: str, function: Callable[[Any], Any], *, timeout: Callable[[Any], float], memory_mb: int
    ):
        try:
            from distributed import Client
        except ImportError as error:
            raise A2IError("a cluster needs Dask: pip install -e '.[cluster]'  in the repository") from error
        self._address, self._function, self._timeout, self._memory = address, function, timeout, memory_mb
        logging.getLogger("distributed.client").setLevel(logging.CRITICAL)  # `run` says the same on one line
        try:
            self._client = Client(address, timeout=PATIENCE)
        except (OSError, TimeoutError, ValueError) as error:
            raise A2IError(f"no Dask scheduler answers at {address}: check the address") from error
        try:
            self._await_workers()
        except A2IError:
            self._client.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def run(self, next_task: Callable[[], Any]) -> Iterator[Outcome]:
        """Yields each task's outcome, as `Workers.run` does. Raises A2IError for a cluster that cannot go on."""
        from concurrent.futures import CancelledError

        from distributed.comm import CommClosedError

        try:
            yield from self._run(next_task)
        except (CancelledError, asyncio.CancelledError, CommClosedError, ConnectionError) as error:
            raise A2IError(
                f"the Dask scheduler at {self._address} was lost: start it, and run the same command again"
            ) from error

    def _run(self, next_task: Callable[[], Any]) -> Iterator[Outcome]:
        batches: dict[Any, Batch] = {}
        while True:
            while len(batches) < AHEAD * max(sum(self._client.nthreads().values()), 1):
                tasks = tuple(task for task in (next_task() for _ in range(BATCH)) if task is not None)
                if not tasks:
                    break
                timeouts = tuple(map(self._timeout, tasks))
                batch = Batch(self._function, tasks, timeouts, self._memory, _witnesses(tasks), versions())
                batches[self._client.submit(do_batch, batch, pure=False)] = batch
            if not batches:
                return
            for future in self._done(list(batches)):
                yield from self._outcomes(future, batches.pop(future))

    def _done(self, futures: list[Any]) -> set[Any]:
        """Those of the futures that have ended, at least one."""
        from distributed import wait

        while True:
            try:
                return wait(futures, timeout=PULSE, return_when="FIRST_COMPLETED").done
            except TimeoutError:
                self._await_workers()

    def _await_workers(self) -> None:
        """Returns when there is a worker, also one that was started anew."""
        try:
            self._client.wait_for_workers(1, timeout=PATIENCE)
        except TimeoutError as error:
            advice = "start some (where a2i is not installed they end), and run the same command again"
            raise A2IError(f"the Dask scheduler at {self._address} has no workers: {advice}") from error

    @staticmethod
    def _outcomes(future: Any, batch: Batch) -> list[Outcome]:
        """What a batch gave; a machine that died with it counts as a kill from outside."""
        from distributed import KilledWorker

        error = future.exception()
        if isinstance(error, KilledWorker):
            return [Outcome(task, failure=KILLED, detail="its machine was lost") for task in batch.tasks]
        if isinstance(error, RuntimeError) and "deserialization" in str(error):  # Dask's words: by the scheduler
            raise A2IError("the Dask scheduler does not know the task: install a2i there too") from error
        if error is not None:
            raise error
        return future.result()


def _witnesses(tasks: tuple[Any, ...]) -> tuple[str, ...]:
    """The folder of the tasks and one of their media files that exist."""
    media = next((path for task in tasks if (path := getattr(task, "media", "")) and os.path.exists(path)), None)
    return (tasks[0].folder, media) if media else (tasks[0].folder,)


def versions() -> dict[str, str]:
    """The versions that must be the same on all machines for the same store."""
    libraries = {name: ".".join(map(str, version)) for name, version in av.library_versions.items()}
    return {"a2i": __version__} | {name: metadata.version(name) for name in DECIDING} | libraries


def do_batch(batch: Batch) -> list[Outcome]:
    """Does a batch in a process of its own; runs on a machine of the cluster."""
    for path in batch.witnesses:
        if not os.path.exists(path):
            raise A2IError(f"the worker on {socket.gethostname()} does not see {path}: share it with the cluster")
    process = subprocess.Popen(
        [sys.executable, "-m", "a2i.curation.cluster"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=_environment()
    )
    with process:
        # Its standard input stays open: when this process dies it ends, and with it the batch's.
        pickle.dump(batch, process.stdin)
        process.stdin.flush()
        answer = process.stdout.read()
    if not answer:
        return [Outcome(task, failure=KILLED, detail=f"exit code {process.returncode}") for task in batch.tasks]
    found = pickle.loads(answer)
    if isinstance(found, Exception):
        raise found
    return found


def _environment() -> dict[str, str]:
    """The environment for the process of a batch: it finds the packages that this one finds."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}


def _serve() -> None:
    """The process of a batch: reads it, does it with one worker, writes the outcomes."""
    batch = pickle.load(sys.stdin.buffer)
    threading.Thread(target=_die_with_input, daemon=True).start()
    sys.stdout.buffer.write(pickle.dumps(_answer(batch)))


def _answer(batch: Batch) -> list[Outcome] | Exception:
    own = versions()
    other = [f"{name} {own.get(name)} instead of {v}" for name, v in batch.versions.items() if own.get(name) != v]
    if other:
        return A2IError(f"the worker on {socket.gethostname()} has {', '.join(other)}: install the same there")
    timeouts = dict(zip(batch.tasks, batch.timeouts, strict=True))
    left = iter(batch.tasks)
    try:
        limits = {"timeout": timeouts.__getitem__, "memory_mb": batch.memory_mb}
        with Workers(batch.function, 1, **limits, preload=[batch.function.__module__]) as workers:
            return list(workers.run(lambda: next(left, None)))
    except Exception as error:  # noqa: BLE001 (the run's own process raises it)
        return error


def _die_with_input() -> None:
    """Ends this process when the one that feeds it is gone."""
    os.read(0, 1)
    os._exit(1)


if __name__ == "__main__":
    _serve()
