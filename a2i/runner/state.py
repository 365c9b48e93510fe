"""What the runner remembers of a run's folder, so that what is done is not done again: `run.json`."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from a2i.core.files import locked, write_json
from a2i.core.paths import shown
from a2i.evaluation import metrics

# What a reader sees. It goes when the notebook that made it is about to run again, lest old and new be shown together;
# trained stages stay, they know themselves whether they still hold.
SHOWN = ("notebooks", "html", "figures", "samples")
OWN = ("run.json", "params.json", "environment.json", "index.html", metrics.FILE)
ENTRY = {"fingerprint", "seconds", "files", "store", "metrics"}


class RunState:
    """The notebooks that are done in `folder`, each with its fingerprint, time, numbers and the files it left.

    `data` is the folder of the store: its files must not only be there but be untouched.
    """

    def __init__(self, folder: Path, data: Path | None):
        self.folder, self.data = folder, data
        self.entries = self._read()

    def _read(self) -> dict[str, dict[str, Any]]:
        """The saved entries; none in a new folder and where somebody broke the file, so that everything runs."""
        try:
            entries = json.loads((self.folder / "run.json").read_text(encoding="utf-8"))["notebooks"]
            return entries if all(set(entry) == ENTRY for entry in entries.values()) else {}
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            return {}

    def executed(self, name: str) -> Path:
        """Where the executed notebook `name` lies."""
        return self.folder / "notebooks" / f"{name}.ipynb"

    def holds(self, name: str, fingerprint: str) -> bool:
        """Whether `name` is done under `fingerprint` and all that it left is still there."""
        entry = self.entries.get(name)
        return (
            entry is not None
            and entry["fingerprint"] == fingerprint
            and self.executed(name).is_file()
            and all((self.folder / file).exists() for file in entry["files"])
            and entry["store"].items() <= self._store().items()
        )

    def seconds(self, name: str) -> float | None:
        """How long `name` took the last time, s."""
        return self.entries.get(name, {}).get("seconds")

    @property
    def metrics(self) -> dict[str, dict[str, Any]]:
        """The numbers of the notebooks that are done."""
        last = list(self.entries.values())[-1:]
        return last[0]["metrics"] if last else {}

    def forget(self, names: list[str]) -> None:
        """Takes back `names`, which are about to run: entries, what readers see of them, and their numbers."""
        for name in names:
            entry = self.entries.pop(name, {"files": []})
            shown = [file for file in entry["files"] if file.startswith(SHOWN)]
            pages = [f"notebooks/{name}.ipynb", f"notebooks/{name}.partial.ipynb", f"html/{name}.html"]
            for file in shown + pages:
                (self.folder / file).unlink(missing_ok=True)
        self._save()
        write_json(self.folder / metrics.FILE, self.metrics)

    def enter(self, name: str, fingerprint: str, seconds: float) -> None:
        """Notes that `name` is done, and what it left beyond what the notebooks before it did."""
        before = {file for entry in self.entries.values() for file in entry["files"]}
        self.entries[name] = {
            "fingerprint": fingerprint,
            "seconds": round(seconds, 1),
            "files": sorted(self._files() - before),
            "store": self._store(),
            "metrics": metrics.read(self.folder),
        }
        self._save()

    def _save(self) -> None:
        write_json(self.folder / "run.json", {"notebooks": self.entries})

    def _files(self) -> set[str]:
        """What lies in the run's folder, without the runner's own files, hidden ones and set-aside stages."""
        found = set()
        for folder, folders, names in os.walk(self.folder):
            folders[:] = [name for name in folders if not name.endswith(".previous")]
            inside = os.path.relpath(folder, self.folder)
            if inside in ("notebooks", "html"):
                continue
            found |= {os.path.normpath(os.path.join(inside, name)) for name in names if not name.startswith(".")}
        return found - set(OWN)

    def _store(self) -> dict[str, list[int]]:
        """Size and time of the files directly in the store's folder."""
        if self.data is None or not self.data.is_dir():
            return {}
        states = {path.name: path.stat() for path in self.data.iterdir() if path.is_file() and path.name[0] != "."}
        return {name: [state.st_size, state.st_mtime_ns] for name, state in sorted(states.items())}


@contextmanager
def claimed(folder: Path) -> Iterator[None]:
    """Makes `folder` and keeps it to this process while the block runs. Raises A2IError where another one has it."""
    folder.mkdir(parents=True, exist_ok=True)
    busy = f"another run is at work in {shown(folder)}: wait for it, or give this one a name: -p run=NAME"
    with locked(folder / ".lock", busy):
        yield
