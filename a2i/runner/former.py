"""What a former run left, kept until a fresh one stands: in `.previous` of the run's folder and of the store's."""

import shutil
from collections.abc import Iterable
from pathlib import Path

from a2i.core.errors import A2IError
from a2i.core.files import locked
from a2i.core.paths import shown
from a2i.data.store import INDEX, SEEN, TABLE
from a2i.runner.state import OWN

PREVIOUS = ".previous"
MOVING = ".moving.previous"  # what a killed move leaves
STAGING = ".staging"  # what a killed curation leaves
STORE = (INDEX, TABLE, SEEN, "log_mel-*.npy", "frames-*.npy", STAGING)


def set_aside(run: Path, data: Path | None) -> None:
    """Empties a run's folder, and its store's of the store. Raises A2IError for a folder that no run has made, and
    where another process curates into the store."""
    content = [path for path in run.iterdir() if path.name not in (".lock", PREVIOUS, MOVING)]
    if content and not any((run / name).exists() for name in OWN):
        raise A2IError(f"{shown(run)} was not made by a run: give this one another name (-p run=NAME)")
    if data is not None and data.is_dir():
        _set_store_aside(data)
    _move(content, run)


def _set_store_aside(data: Path) -> None:
    store = [path for pattern in STORE for path in data.glob(pattern)]
    if (data / STAGING).is_dir():
        with locked(data / STAGING / "lock", f"another run is curating into {shown(data)}: wait for it"):
            _move(store, data)
    else:
        _move(store, data)


def _move(content: Iterable[Path], folder: Path) -> None:
    """Moves `content` into the folder's `.previous`. Where one lies there already, the fresh run after it never came
    to its end: then what that has made goes."""
    aside, moving = folder / PREVIOUS, folder / MOVING
    if aside.exists() and not moving.exists():
        for path in content:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
        return
    for path in content:
        moving.mkdir(exist_ok=True)
        path.rename(moving / path.name)
    if moving.exists():
        moving.rename(aside)


def drop(run: Path, data: Path | None) -> None:
    """Removes what was set aside, now that the new run stands."""
    for folder in (run, data):
        for name in (PREVIOUS, MOVING):
            if folder is not None:
                shutil.rmtree(folder / name, ignore_errors=True)
