"""Processes that work on hostile input: each has a time and a memory limit, and costs nobody but itself when it dies.

One pipe a worker, no lock or queue that two of them share: `kill -9` at any moment leaves the others working. (Pools that
share them do not come through: pebble's gives up as a whole when a worker is killed while it fetches a task.)
"""

import contextlib
import multiprocessing
import os
import resource
import signal
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, Self

import psutil
from threadpoolctl import threadpool_limits

TIMEOUT = "timeout"
CRASHED = "crashed"  # by itself
KILLED = "killed"  # from outside: by a person, or by a system short of memory
KEPT_MODULES = ["a2i.curation.shards"]  # imported once, by the process that all workers are forked from
PULSE = 1.0  # s, the longest wait at a time: by waits that took longer one knows that everything was stopped meanwhile
GRACE = 5.0  # s for a killed process to go; one that the system holds in a read it cannot break off is left behind
STARTS = 5  # how often a worker's start is tried: the process that workers are forked from may be killed as well
LOST = 255  # exit code, as `multiprocessing` gives it where that process is gone


@dataclass(frozen=True)
class Outcome:
    """What became of a task: its result, or the failure TIMEOUT, CRASHED or KILLED with a detail."""

    task: Any
    result: Any = None
    failure: str = ""
    detail: str = ""


@dataclass
class _Worker:
    """A process with its end of the pipe, and the task that it works on."""

    process: multiprocessing.process.BaseProcess
    pipe: Connection
    task: Any = None
    deadline: float = field(default=float("inf"))


class Workers:
    """`count` processes that each run `function(task)`, at most `timeout(task)` s a task and `memory_mb` MiB a
    process beyond what it starts with.

    Used as a context; a process that died is replaced when the next task needs it.
    """

    def __init__(self, function: Callable[[Any], Any], count: int, *, timeout: Callable[[Any], float], memory_mb: int):
        self._function, self._count = function, max(count, 1)
        self._timeout, self._memory = timeout, memory_mb
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload(KEPT_MODULES)
        self._workers: list[_Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            self._end(worker)
        self._workers = []

    def run(self, next_task: Callable[[], Any]) -> Iterator[Outcome]:
        """Yields each task's outcome as it ends. `next_task` gives None while it has none; with no task at work that
        ends the run. Raises what `function` raised."""
        while True:
            self._hand_out(next_task)
            busy = [worker for worker in self._workers if worker.task is not None]
            if not busy:
                return
            ready, now = self._wait(busy), time.monotonic()
            for worker in busy:
                if worker.pipe in ready:
                    yield self._collect(worker)
                elif now >= worker.deadline:
                    yield self._bury(worker, TIMEOUT, f"more than {self._timeout(worker.task):g} s")

    @staticmethod
    def _wait(busy: list[_Worker]) -> set[Any]:
        """The pipes that have something to say; none at the next deadline, or after a while."""
        before = time.monotonic()
        patience = min(max(min(worker.deadline for worker in busy) - before, 0.0), PULSE)
        ready = set(wait([worker.pipe for worker in busy], timeout=patience))
        stopped = time.monotonic() - before - patience
        if stopped > PULSE:  # as by Ctrl-Z: no task's fault
            for worker in busy:
                worker.deadline += stopped
        return ready

    def _hand_out(self, next_task: Callable[[], Any]) -> None:
        """Gives each idle worker a task."""
        for _ in range(self._count):
            idle = next((worker for worker in self._workers if worker.task is None), None)
            if idle is None and len(self._workers) == self._count:
                return
            task = next_task()
            if task is None:
                return
            worker = idle or self._start()
            worker.task, worker.deadline = task, time.monotonic() + self._timeout(task)
            with contextlib.suppress(OSError):  # it has died since: its pipe then says so
                worker.pipe.send(task)

    def _start(self) -> _Worker:
        ours, theirs = self._context.Pipe()
        for left in reversed(range(STARTS)):
            process = self._context.Process(target=_serve, args=(theirs, self._function, self._memory), daemon=True)
            try:
                with _deaf_to_interrupts():
                    process.start()
                break
            except (EOFError, OSError):
                if not left:
                    raise
                time.sleep(0.1)
        theirs.close()
        self._workers.append(_Worker(process, ours))
        return self._workers[-1]

    def _collect(self, worker: _Worker) -> Outcome:
        """The outcome of a worker whose pipe has something to say: a result, or that it is gone."""
        try:
            result, error = worker.pipe.recv()
        except (EOFError, OSError):
            worker.process.join(1.0)  # lets it show how it died
            return self._bury(worker, CRASHED, "")
        task, worker.task, worker.deadline = worker.task, None, float("inf")
        if error is not None:
            raise error
        return Outcome(task, result)

    def _bury(self, worker: _Worker, failure: str, detail: str) -> Outcome:
        self._workers.remove(worker)
        code = self._end(worker)
        if failure == CRASHED and code in (-signal.SIGKILL, -signal.SIGTERM, LOST):
            failure = KILLED
        return Outcome(worker.task, failure=failure, detail=detail or _cause(code))

    def _end(self, worker: _Worker) -> int | None:
        """Ends a process at once; its exit code, None where it does not go."""
        worker.pipe.close()
        worker.process.kill()
        worker.process.join(GRACE)
        code = worker.process.exitcode
        if code is not None:
            worker.process.close()
        return code


@contextlib.contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """What is started here never sees Ctrl-C, also not before it can say so itself: the parent answers it."""
    resource_tracker.ensure_running()  # where it does so later, it hears again
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _cause(code: int | None) -> str:
    """An exit code in words."""
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


def _serve(pipe: Connection, function: Callable[[Any], Any], memory_mb: int) -> None:
    """The life of a worker: limits first, then task after task until the pipe closes."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # also where others had started the process it is forked from
    threading.Thread(target=_die_with_parent, daemon=True).start()
    limit_memory(memory_mb)
    threadpool_limits(1)  # a process a core: more threads only wait for each other
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer = (function(task), None)
        except Exception as error:  # noqa: BLE001 (the parent raises it)
            answer = (None, error)
        pipe.send(answer)


def limit_memory(memory_mb: int) -> None:
    """Lets this process take at most so many MiB more than it has; an allocation beyond fails in it.

    More than it has, because numpy reserves some for each core of the machine.
    """
    limit = getattr(psutil.Process().memory_info(), "data", 0) + (memory_mb << 20)
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))


def _die_with_parent() -> None:
    """Ends this worker, even in the middle of a hang, when the process that uses it is gone.

    Also when the one is gone that it was forked from: nobody could end it from outside any more.
    """
    parent, forked_from = multiprocessing.parent_process(), os.getppid()
    while parent is not None and parent.is_alive() and os.getppid() == forked_from:
        parent.join(PULSE)
    os._exit(1)


def available_cores() -> int:
    """The cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
