"""The one training loop: steps in order, taken up where they stopped, with a log, checkpoints, a guard and watchers.

Each step draws its randomness from (seed, number), so that work that is taken up again ends in the same weights, bit by
bit. What stops early stops with a reason, and leaves the last good state behind.
"""

import math
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Protocol

import pandas as pd
import torch

from a2i.core import files
from a2i.core.errors import A2IError
from a2i.core.progress import Progress
from a2i.training import checkpoint, distributed

LOSSES = "losses.csv"
Row = dict[str, float]


class Work(Protocol):
    """What is trained."""

    @property
    def parts(self) -> Mapping[str, Any]:
        """All that a checkpoint must hold: modules and optimisers by name."""

    def step(self, number: int) -> Mapping[str, torch.Tensor]:
        """One step; the named terms of its losses, and whatever else is worth a column of the log."""


@dataclass(frozen=True)
class Course:
    """How long a training goes and how it is watched."""

    label: str  # what progress calls a step, such as "generator, step"
    steps: int
    log_every: int = 1  # steps between two rows of the log
    save_seconds: float = 30.0  # between two checkpoints
    shown: tuple[str, ...] = ()  # the terms that progress shows
    watchers: Mapping[int, Callable[[int], Row | None]] = field(default_factory=dict)  # every so many steps; add to the row
    enough: Callable[[list[Row]], bool] = lambda log: False  # whether the log says that more steps are of no use
    fault: Callable[[list[Row]], str] = lambda log: ""  # what is wrong, read off the log; "" while all is well


def run(work: Work, folder: Path | str, name: str, course: Course, stop: Callable[[], bool] | None = None) -> bool:
    """Takes the steps that are still to go; whether that was all (a `stop` that says so ends it earlier).

    `folder` receives partial-`name` (the last good state, until `finish`) and the log as `LOSSES`. Raises A2IError where
    a number is no longer finite or `course.fault` finds something.
    """
    loop = _Loop(work, Path(folder), name, course)
    for number in range(loop.done, course.steps):
        if course.enough(loop.log):
            break
        loop.take(number)
        if stop and stop():
            loop.save()
            return False
    loop.close()
    return True


def finish(folder: Path | str, name: str) -> None:
    """Forgets the partial state, once what it led to is saved."""
    if distributed.rank() == 0:
        _partial(Path(folder), name).unlink(missing_ok=True)


def _partial(folder: Path, name: str) -> Path:
    return folder / f"partial-{name}"


class _Loop:
    """A training under way."""

    def __init__(self, work: Work, folder: Path, name: str, course: Course):
        self.work, self.folder, self.course = work, folder, course
        self.partial = _partial(folder, name)
        self.done, self.log = 0, []
        if self.partial.exists():
            meta = checkpoint.load(self.partial, work.parts)
            self.done, self.log = meta["step"], meta["log"]
        self.saved, self._saved_at = self.done, time.monotonic()
        self.chief = distributed.rank() == 0
        self.progress = Progress(course.label, course.steps, done=self.done, quiet=not self.chief)
        self.board = _board(folder, self.done) if self.chief else None

    def take(self, number: int) -> None:
        """Step `number` and what is due after it."""
        terms = self.work.step(number)
        self.done = number + 1
        due = [watch for every, watch in self.course.watchers.items() if self.done % every == 0]
        if due or self.done % self.course.log_every == 0 or self.done == self.course.steps:
            self._note(terms, due)
        if time.monotonic() - self._saved_at > self.course.save_seconds and self.done < self.course.steps:
            self.save()
        shown = [f"{key} {self.log[-1][key]:.2f}" for key in self.course.shown if self.log and key in self.log[-1]]
        self.progress.update(note="  ".join(shown))

    def _note(self, terms: Mapping[str, torch.Tensor], due: list[Callable[[int], Row | None]]) -> None:
        """A row of the log; the only place that waits for the device."""
        values = [float(value.detach()) for value in terms.values()]  # one by one: they may lie on several devices
        row = {"step": self.done} | {key: round(value, 5) for key, value in zip(terms, values, strict=True)}
        wild = next((key for key, value in row.items() if not math.isfinite(value)), None)
        if wild:
            self._give_up(f"{wild} is {row[wild]}")
        for watch in due:
            row |= watch(self.done) or {}
        self.log.append(row)
        if self.board:
            for key, value in row.items():
                self.board.add_scalar(key, value, self.done)
        if fault := self.course.fault(self.log):
            self._give_up(fault)

    def save(self) -> None:
        """Keeps the present state, unless it is not finite."""
        if not _finite(self.work.parts):
            self._give_up("a weight is not finite")
        if self.chief:
            checkpoint.save(self.partial, self.work.parts, step=self.done, log=self.log)
        self.saved, self._saved_at = self.done, time.monotonic()

    def close(self) -> None:
        """The log as a table, when all steps are done."""
        if not _finite(self.work.parts):
            self._give_up("a weight is not finite")
        if self.chief:
            files.write_text(self.folder / LOSSES, pd.DataFrame(self.log).to_csv(index=False))
        if self.board:
            self.board.close()

    def _give_up(self, reason: str) -> None:
        kept = f"the state of step {self.saved} is kept in {self.partial}" if self.saved else "nothing was saved yet"
        raise A2IError(
            f"{self.course.label} {self.done}: {reason}, so training was stopped; {kept}: "
            "lower the learning rate or change the seed, and train again"
        )


def _finite(parts: Mapping[str, Any]) -> bool:
    """Whether every weight of the modules is a number."""
    tensors = [p for part in parts.values() if isinstance(part, torch.nn.Module) for p in part.parameters()]
    return not tensors or bool(torch.stack([p.detach().isfinite().all() for p in tensors]).all())


def _board(folder: Path, step: int) -> Any:
    """A writer of TensorBoard's event files, where tensorboard is installed."""
    try:
        from torch.utils.tensorboard import SummaryWriter
    except ImportError:
        return None
    return SummaryWriter(str(folder / "events"), purge_step=step)
