"""From a profile to a report: the notebooks in their order, each only if something it depends on has changed."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any, TextIO

from a2i.core import environment
from a2i.core.errors import A2IError
from a2i.core.files import write_json
from a2i.core.paths import report_folder, resolve, root, shown
from a2i.core.progress import FILE
from a2i.runner import article, former, html, notebooks, parameters
from a2i.runner.parameters import Parameter, Value
from a2i.runner.state import RunState, claimed
from a2i.runner.status_line import StatusLine


class RunFailed(A2IError):
    """A notebook stopped; what went before it holds."""

    exit_code = 1


class Interrupted(A2IError):
    """The user stopped the run."""

    exit_code = 130


@dataclass(frozen=True)
class Step:
    """A notebook of a run and its parameters."""

    book: Path
    values: dict[str, Value]  # all that it declares
    changed: dict[str, Value]  # those that are not at their defaults, which papermill sets

    @property
    def name(self) -> str:
        return self.book.stem


def run(
    profile: str = "mini",
    overrides: Mapping[str, Any] | None = None,
    *,
    folder: Path | None = None,
    fresh: bool = False,
    out: TextIO | None = None,
) -> Path:
    """Runs the notebooks of `folder` (the repository's) under `profile`; returns the report's index.html.

    `overrides` go before what the profile sets; where they name a run and no folder for its store, that is named after
    it. `fresh` does again what is done, the store included; what a former run left is kept until the new one stands.
    Raises A2IError, before anything runs, for parameters that no notebook has, values out of range and files that are
    not there; RunFailed for a notebook that stops; Interrupted.
    """
    out = out or sys.stdout
    folder = folder or root() / "notebooks"
    declared = {book: parameters.declared(book) for book in notebooks.find(folder)}
    overrides = parameters.with_store(overrides or {}, parameters.union(declared.values()))
    given = {**parameters.read_profile(profile, folder / "profiles"), **overrides}
    checked = parameters.check(given, parameters.union(declared.values()))
    values = parameters.located(parameters.resolve_source(checked))
    run_dir = report_folder(str(values["run"]))
    data = resolve(str(values["data"])) if values.get("data") else None
    with claimed(run_dir):
        if fresh:
            former.set_aside(run_dir, data)
        remark = parameters.remark(profile, folder / "profiles")
        write_json(run_dir / "params.json", {"profile": profile, "remark": remark, "parameters": values})
        print(f"{shown(run_dir)}: profile {profile}, {len(declared)} notebooks", file=out, flush=True)
        steps = [_step(book, own, values) for book, own in declared.items()]
        state = RunState(run_dir, data)
        _run_all(steps, state, parameters.expected_seconds(profile, folder / "profiles"), out)
        former.drop(run_dir, data)
        return article.write_index(run_dir)


def _step(book: Path, declared: Mapping[str, Parameter], values: Mapping[str, Value]) -> Step:
    """The part of the run's `values` that `book` declares."""
    own = {name: values[name] for name in declared}
    return Step(book, own, {name: value for name, value in own.items() if value != declared[name].default})


def _run_all(steps: list[Step], state: RunState, hints: list[float], out: TextIO) -> None:
    """Runs or skips each of `steps`; `hints` are the seconds each may take where it has never run."""
    names = [step.name for step in steps]
    expected = [state.seconds(name) or hint for name, hint in zip_longest(names, hints[: len(names)])]
    fingerprint, started = "", environment.now()
    for number, step in enumerate(steps):
        label = f"[{number + 1}/{len(steps)}] {step.name}"
        fingerprint = notebooks.fingerprint(step.book, step.values, fingerprint)
        if state.holds(step.name, fingerprint):
            print(f"{label}  unchanged, not run again", file=out, flush=True)
        else:
            later = None if None in expected[number + 1 :] else sum(expected[number + 1 :])
            status = StatusLine(label, state.folder / ".progress", out, expected=expected[number], later=later)
            state.forget(names[number:])
            article.write_index(state.folder, stopped=f"{step.name} has not run to its end")
            _run_one(step, state, status)
            state.enter(step.name, fingerprint, status.seconds)
            _note_environment(state, started, step.values.get("seed"))
        html.write_notebook(state.executed(step.name), state.folder / "html" / f"{step.name}.html", names)


def _run_one(step: Step, state: RunState, status: StatusLine) -> None:
    """Executes the notebook of `step`; only where it runs to its end does it take its place in the run's folder."""
    partial = state.executed(step.name).with_suffix(".partial.ipynb")
    partial.parent.mkdir(exist_ok=True)
    try:
        with _kernel_environment(status.file), status:
            notebooks.execute(step.book, partial, step.changed, status.at_cell)
    except notebooks.CellFailed as error:
        raise RunFailed(_stopped(step.name, f"stopped: {error}", partial, state)) from error
    except KeyboardInterrupt as error:
        raise Interrupted(_stopped(step.name, "was interrupted", partial, state)) from error
    os.replace(partial, state.executed(step.name))


def _stopped(name: str, what: str, partial: Path, state: RunState) -> str:
    """One line on a run that ended early: what happened, where to look, what holds, how to go on."""
    start = article.write_index(state.folder, stopped=f"{name} {what}")
    usable = f"{', '.join(state.entries)} in {shown(start)}" if state.entries else "nothing yet"
    aside = state.folder / former.PREVIOUS
    kept = f" | the former run: {shown(aside)}" if aside.exists() else ""
    command = "the same command without --fresh" if kept else "the same command"
    return f"{name} {what} | as far as it went: {shown(partial)} | usable: {usable}{kept} | {command} goes on with {name}"


def _note_environment(state: RunState, started: str, seed: Value | None) -> None:
    """Writes what the run ran on, once another notebook is done."""
    seconds = sum(entry["seconds"] for entry in state.entries.values())
    times = {"started": started, "finished": environment.now(), "seconds": round(seconds, 1)}
    facts = {"seed": seed, "peak_memory_gb": environment.peak_children_gb()}
    write_json(state.folder / "environment.json", {**environment.describe(), **times, **facts})


@contextmanager
def _kernel_environment(progress: Path) -> Iterator[None]:
    """The environment variables that kernels inherit while the block runs."""
    saved = dict(os.environ)
    os.environ |= {FILE: str(progress), "A2I_ROOT": str(root())}
    os.environ.pop("MPLBACKEND", None)  # set to agg it would take every figure out of the notebooks
    progress.unlink(missing_ok=True)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)
        progress.unlink(missing_ok=True)
