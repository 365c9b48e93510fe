"""Processes that work on hostile input: each has a time and a memory limit, and costs nobody but itself when it dies.

One pipe a worker, no lock or queue that two of them share: `kill -9` at any moment leaves the others working. (Pools that
share them do not come through: pebble's gives up as a whole when a worker is killed while it fetches a task.)
For Linux and macOS: it forks, and it speaks by signals.
"""

import contextlib
import multiprocessing
import os
import pickle
import resource
import signal
import sys
import threading
import time
import types
from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from multiprocessing import resource_tracker
from multiprocessing.connection import Connection, wait
from typing import Any, Self

import psutil
from threadpoolctl import threadpool_limits

from a2i.core.errors import A2IError

TIMEOUT = "timeout"
CRASHED = "crashed"  # by itself
KILLED = "killed"  # from outside: by a person, or by a system short of memory
PULSE = 1.0  # s, the longest wait at a time: by waits that took longer one knows that everything was stopped meanwhile
GRACE = 5.0  # s for a killed process to go; one that the system holds in a read it cannot break off is left behind
STARTS = 5  # how often a start is tried: the process that workers are forked from may be killed as well
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
    ready: bool = False  # it has said that it is
    deadline: float = field(default=float("inf"))


class Workers:
    """`count` processes that each run `function(task)`, at most `timeout(task)` s a task and `memory_mb` MiB a
    process beyond what it starts with.

    `function` is one that another process can import: not of the script that runs, which no worker loads. `preload`
    names the modules that it needs; they are imported once, by the process that all workers are forked from.
    Used as a context; a process that died is replaced when the next task needs it.
    """

    def __init__(
        self,
        function: Callable[[Any], Any],
        count: int,
        *,
        timeout: Callable[[Any], float],
        memory_mb: int,
        preload: Sequence[str] = (),
    ):
        self._function, self._count = pickle.dumps(function), max(count, 1)
        self._timeout, self._memory = timeout, memory_mb
        self._context = multiprocessing.get_context("forkserver")
        self._context.set_forkserver_preload([__name__, *preload])
        self._workers: list[_Worker] = []
        self._again: deque[Any] = deque()  # tasks of workers that never started
        self._failed = 0  # starts in a row

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for worker in self._workers:
            self._end(worker)
        self._workers = []

    def run(self, next_task: Callable[[], Any]) -> Iterator[Outcome]:
        """Yields each task's outcome as it ends. `next_task` gives None while it has none; with no task at work that
        ends the run. Raises what `function` raised, and A2IError where no worker can start."""
        while True:
            self._hand_out(next_task)
            busy = [worker for worker in self._workers if worker.task is not None]
            if not busy:
                return
            ready, now = self._wait(busy), time.monotonic()
            for worker in busy:
                if worker.pipe in ready:
                    if (outcome := self._collect(worker)) is not None:
                        yield outcome
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
            task = self._again.popleft() if self._again else next_task()
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
                with _deaf_to_interrupts(), _without_script():
                    process.start()
                break
            except (EOFError, OSError) as error:
                if not left:
                    raise _no_start(repr(error)) from error
                time.sleep(0.1)
        theirs.close()
        self._workers.append(_Worker(process, ours))
        return self._workers[-1]

    def _collect(self, worker: _Worker) -> Outcome | None:
        """What a worker's pipe says: a result, or that it is gone; None where it has but started, or could not."""
        try:
            result, error = worker.pipe.recv()
        except (EOFError, OSError):
            return self._gone(worker)
        if not worker.ready:
            return self._greet(worker, error)
        task, worker.task, worker.deadline = worker.task, None, float("inf")
        if error is not None:
            raise error
        return Outcome(task, result)

    def _gone(self, worker: _Worker) -> Outcome | None:
        """Buries a worker that has died by itself or was killed."""
        worker.process.join(1.0)  # lets it show how it died
        outcome = self._bury(worker, CRASHED, "")
        if worker.ready or outcome.failure == KILLED:
            return outcome
        return self._count_start(worker, outcome.detail)

    def _greet(self, worker: _Worker, error: str) -> None:
        """Takes the first word of a worker: that it is ready, or why it cannot be."""
        if error:
            self._bury(worker, CRASHED, "")
            return self._count_start(worker, error)
        worker.ready, self._failed = True, 0
        worker.deadline = time.monotonic() + self._timeout(worker.task)
        return None

    def _count_start(self, worker: _Worker, why: str) -> None:
        """Has the task of a worker that did not start done by another one. Raises A2IError after a few such."""
        self._failed += 1
        if self._failed >= STARTS:
            raise _no_start(why) from None
        self._again.append(worker.task)

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


@contextlib.contextmanager
def _without_script() -> Iterator[None]:
    """A process that is started here does not run the user's script first, as multiprocessing has it do.

    So the script needs no `if __name__ == "__main__":`, and what it imports does not cost each worker time and memory.
    """
    script = sys.modules["__main__"]
    sys.modules["__main__"] = types.ModuleType("__main__")
    try:
        yield
    finally:
        sys.modules["__main__"] = script


def _no_start(why: str) -> A2IError:
    return A2IError(f"worker processes do not start, {STARTS} in a row: {why}")


def _cause(code: int | None) -> str:
    """An exit code in words."""
    if code is not None and code < 0:
        return f"signal {signal.Signals(-code).name}"
    return f"exit code {code}"


def _serve(pipe: Connection, function: bytes, memory_mb: int) -> None:
    """The life of a worker: limits first, then task after task until the pipe closes."""
    try:
        act = _prepare(function, memory_mb)
    except BaseException as error:  # noqa: BLE001 (also SystemExit: the parent says what it was)
        pipe.send((None, f"{type(error).__name__}: {error}"))
        return
    pipe.send((None, ""))
    while True:
        try:
            task = pipe.recv()
        except (EOFError, OSError):
            return
        try:
            answer = (act(task), None)
        except Exception as error:  # noqa: BLE001 (the parent raises it)
            answer = (None, error)
        pipe.send(answer)


def _prepare(function: bytes, memory_mb: int) -> Callable[[Any], Any]:
    """Makes this process a worker; the function that it is for."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # also where others had started the process it is forked from
    threading.Thread(target=_die_with_parent, daemon=True).start()
    act = pickle.loads(function)
    limit_memory(memory_mb)
    threadpool_limits(1)  # a process a core: more threads only wait for each other
    return act


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
