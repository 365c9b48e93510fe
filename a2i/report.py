"""From a profile to a report: the notebooks in their order, each only if something it depends on has changed."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TextIO

from a2i import environment, index, notebooks, page, parameters
from a2i.atomic import write_json
from a2i.errors import A2IError
from a2i.journal import Journal, claimed, clear
from a2i.parameters import Value
from a2i.paths import resolve, root, shown
from a2i.ticker import Ticker, duration


class RunFailed(A2IError):
    """A notebook stopped; what went before it holds."""


class Interrupted(A2IError):
    """The user stopped the run."""


def run(
    profile: str = "mini",
    overrides: Mapping[str, Any] | None = None,
    *,
    folder: Path | None = None,
    fresh: bool = False,
    out: TextIO | None = None,
) -> Path:
    """Runs the notebooks of `folder` (the repository's) under `profile`; returns the report's index.html.

    `overrides` go before what the profile sets; `fresh` does again what is done. Raises A2IError, before anything runs,
    for parameters that no notebook has or files that are not there; RunFailed for a notebook that stops; Interrupted.
    """
    out = out or sys.stdout
    folder = folder or root() / "notebooks"
    books = notebooks.find(folder)
    declared = {book: parameters.declared(book) for book in books}
    given = {**parameters.read_profile(profile, folder / "profiles"), **(overrides or {})}
    values = parameters.resolve_source(parameters.check(given, parameters.union(declared.values())))
    parameters.check_inputs(values, resolve)
    run_dir = root() / "reports" / str(values["run"])
    with claimed(run_dir):
        if fresh:
            clear(run_dir)
        own = {book: {name: values[name] for name in declared[book]} for book in books}
        write_json(run_dir / "params.json", {"profile": profile, "parameters": values})
        print(f"{shown(run_dir)}: profile {profile}, {len(books)} notebooks", file=out, flush=True)
        _run_all(own, Journal(run_dir, resolve(values["data"]) if values.get("data") else None), out)
        return index.write_index(run_dir)


def _run_all(books: dict[Path, dict[str, Value]], journal: Journal, out: TextIO) -> None:
    """Runs or skips each of `books`, which maps a notebook to its parameters."""
    names = [book.stem for book in books]
    before, started = "", environment.now()
    for number, (book, values) in enumerate(books.items()):
        label = f"[{number + 1}/{len(books)}] {book.stem}"
        before = notebooks.fingerprint(book, values, before)
        if journal.holds(book.stem, before):
            took = duration(journal.seconds(book.stem) or 0)
            print(f"{label}  unchanged, not run again (took {took})", file=out, flush=True)
        else:
            expected = journal.seconds(book.stem)
            journal.forget(names[number:])
            seconds = _run_one(
                book, values, journal, Ticker(label, journal.folder / ".progress", expected=expected, out=out)
            )
            journal.enter(book.stem, before, seconds)
            _note_environment(journal, started)
        page.write_notebook(journal.executed(book.stem), journal.folder / "html" / f"{book.stem}.html", names)


def _note_environment(journal: Journal, started: str) -> None:
    """Writes what the run ran on, once another notebook is done."""
    seconds = sum(entry["seconds"] for entry in journal.entries.values())
    facts = {"started": started, "finished": environment.now(), "seconds": round(seconds, 1)}
    facts["peak_memory_gb"] = environment.peak_children_gb()
    write_json(journal.folder / "environment.json", {**environment.describe(), **facts})


def _run_one(book: Path, values: dict[str, Value], journal: Journal, ticker: Ticker) -> float:
    """Executes `book`; returns the seconds it took."""
    partial = journal.executed(book.stem).with_suffix(".partial.ipynb")
    partial.parent.mkdir(exist_ok=True)
    try:
        with _kernel_environment(ticker.file), ticker:
            notebooks.execute(book, partial, values, ticker.at_cell)
    except notebooks.CellFailed as error:
        raise RunFailed(_stopped(book, f"stopped: {error}", partial, journal)) from error
    except KeyboardInterrupt as error:
        raise Interrupted(_stopped(book, "was interrupted", partial, journal)) from error
    os.replace(partial, journal.executed(book.stem))
    return ticker.seconds


def _stopped(book: Path, what: str, partial: Path, journal: Journal) -> str:
    index.write_index(journal.folder, stopped=f"{book.stem} {what}")
    usable = (
        f"{', '.join(journal.entries)} in {shown(journal.folder / 'index.html')}" if journal.entries else "nothing yet"
    )
    return (
        f"{book.stem} {what} | as far as it went: {shown(partial)} | usable: {usable} "
        f"| the same command goes on with {book.stem}"
    )


@contextmanager
def _kernel_environment(progress: Path) -> Iterator[None]:
    """The environment variables that kernels inherit while the block runs."""
    saved = dict(os.environ)
    os.environ |= {"A2I_PROGRESS": str(progress), "A2I_ROOT": str(root())}
    os.environ.pop("MPLBACKEND", None)  # set to agg it would take every figure out of the notebooks
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(saved)
        progress.unlink(missing_ok=True)
