"""Where things lie: every path that a notebook or a profile names counts from the repository's root."""

import os
from pathlib import Path

from a2i.core.errors import A2IError


def root() -> Path:
    """The folder that holds notebooks/, data/ and reports/: `A2I_ROOT`, else the repository around this place.

    Looked for from the current folder upwards, then from the package upwards. Raises A2IError where there is none.
    """
    named = os.environ.get("A2I_ROOT", "")
    if named:
        return Path(named).resolve()
    for start in (Path.cwd(), Path(__file__).resolve().parent):
        for folder in (start, *start.parents):
            if (folder / "pyproject.toml").is_file() and (folder / "notebooks").is_dir():
                return folder
    raise A2IError("this is not the Audio2Img repository: go there, or name it in the environment variable A2I_ROOT")


def resolve(path: str | Path) -> Path:
    """`path` as an absolute one, counted from the root where it is relative; `~` is the home folder."""
    return root() / Path(path).expanduser()


def shown(path: Path) -> str:
    """`path` for people: from the root where it lies below it, so that it reads the same on every machine."""
    return str(path.relative_to(root())) if path.is_relative_to(root()) else str(path)


def report_folder(run: str) -> Path:
    """The folder of the run of that name."""
    return root() / "reports" / run
