"""From a profile to a report: the notebooks in their order, each only if something it depends on has changed."""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from a2i.core import environment
from a2i.core.errors import A2IError
from a2i.core.files import write_json
from a2i.core.paths import root, shown
from a2i.core.progress import FILE
from a2i.evaluation import metrics
from a2i.evaluation.seeds import merge
from a2i.runner import article, former, html, notebooks
from a2i.runner.parameters import Value
from a2i.runner.plan import Plan, Step, planned
from a2i.runner.state import RunState, claimed
from a2i.runner.status_line import StatusLine


class RunFailed(A2IError):
    """A notebook stopped; what went before it holds."""

    exit_code = 1


class Interrupted(A2IError):
    """The user stopped the run."""

    exit_code = 130


def run(
    profile: str = "mini",
    overrides: Mapping[str, Any] | None = None,
    *,
    folder: Path | None = None,
    fresh: bool = False,
    seeds: int = 1,
    out: TextIO | None = None,
) -> Path:
    """Runs the notebooks of `folder` (the repository's) under `profile`; returns the report's index.html.

    `overrides`, `folder` and `seeds` as `plan.planned` has them; the numbers of several seeds are merged in the first
    one's report. `fresh` does again what is done, the store included; what a former run left is kept until the new one
    stands. Raises A2IError, before anything runs, for what cannot be run; RunFailed for a notebook that stops; Interrupted.
    """
    plans = planned(profile, overrides or {}, folder, seeds=seeds)
    first = plans[0]
    if article.read(first.folder / "params.json").get("runs"):
        _merge(plans[:1])  # lest a run that stops shows numbers that are not its own
    for plan in plans:
        _run(plan, fresh, out or sys.stdout)
    if seeds > 1:
        _merge(plans)
    return article.write_index(first.folder)


def _run(plan: Plan, fresh: bool, out: TextIO) -> None:
    """Runs what of `plan` is not done."""
    with claimed(plan.folder):
        made = plan.data if plan.makes_store else None
        if fresh:
            former.set_aside(plan.folder, made)
        set_up = {"profile": plan.profile, "remark": plan.remark, "parameters": plan.values}
        write_json(plan.folder / "params.json", set_up)
        print(f"{shown(plan.folder)}: profile {plan.profile}, {len(plan.steps)} notebooks", file=out, flush=True)
        _run_all(plan, RunState(plan.folder, plan.data), out)
        former.drop(plan.folder, made)
        article.write_index(plan.folder)


def _merge(plans: Sequence[Plan]) -> None:
    """Writes the numbers of all runs as those of the first, and says whose they are; of one alone, its own."""
    first = plans[0].folder
    own = [RunState(plan.folder, plan.data).metrics for plan in plans]
    together = own[0] | merge(own) if len(own) > 1 else own[0]  # the clips are those of the first alone
    write_json(first / metrics.FILE, together)
    runs = [str(plan.values["run"]) for plan in plans] if len(plans) > 1 else []
    write_json(first / "params.json", article.read(first / "params.json") | {"runs": runs})


def _run_all(plan: Plan, state: RunState, out: TextIO) -> None:
    """Runs or skips each step of `plan`."""
    names, started = [step.name for step in plan.steps], environment.now()
    expected = [state.seconds(step.name) or step.hint for step in plan.steps]
    for number, (step, fingerprint) in enumerate(zip(plan.steps, plan.fingerprints(), strict=True)):
        label = f"[{number + 1}/{len(names)}] {step.name}"
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
