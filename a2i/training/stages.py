"""A stage of a run: a folder whose content is trusted only while the settings, inputs and code it came from are the same."""

import hashlib
import json
import shutil
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from a2i.core import source
from a2i.core.files import file_sha256, write_json

FILE = "stage.json"
ROOMS = ("models", "training")  # the packages whose code decides what a stage computes


@dataclass(frozen=True)
class Stage:
    """An opened stage: `complete` says that a former run finished it and its files are whole."""

    folder: Path
    fingerprint: str
    complete: bool
    request: Mapping[str, Any]

    def path(self, name: str) -> Path:
        """The path of a file of this stage."""
        return self.folder / name

    def finish(self, *files: str) -> None:
        """Marks the stage as complete, with the checksum of each of its `files`."""
        checksums = {name: file_sha256(self.folder / name) for name in files}
        state = {"fingerprint": self.fingerprint, "status": "complete", "request": self.request, "files": checksums}
        write_json(self.folder / FILE, state)


def open_stage(run: Path | str, name: str, settings: Any, inputs: Mapping[str, str]) -> Stage:
    """Opens stage `name` of the folder `run`; work that was begun under the same request is there to go on with.

    `settings` is a dataclass, `inputs` maps names to the fingerprints of what the stage reads. What another request left
    behind, or other code, is moved to `<name>.previous`, not lost.
    """
    folder = Path(run) / name
    request = json.loads(json.dumps({"settings": asdict(settings), "inputs": dict(inputs), "code": source.fingerprint(ROOMS)}))
    fingerprint = hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()
    state = _read(folder)
    if state.get("fingerprint") != fingerprint:
        _set_aside(folder)
        state = {"fingerprint": fingerprint, "status": "begun", "request": request, "files": {}}
        write_json(folder / FILE, state)
    complete = state["status"] == "complete" and all(
        (folder / file).is_file() and file_sha256(folder / file) == checksum for file, checksum in state["files"].items()
    )
    return Stage(folder, fingerprint, complete, request)


def fingerprint_of(run: Path | str, name: str) -> str:
    """The fingerprint of a stage that is there, '' where it is not complete."""
    state = _read(Path(run) / name)
    return state.get("fingerprint", "") if state.get("status") == "complete" else ""


def _read(folder: Path) -> dict[str, Any]:
    """The saved state, empty where none can be read."""
    try:
        return json.loads((folder / FILE).read_text())
    except (OSError, ValueError):
        return {}


def _set_aside(folder: Path) -> None:
    """Keeps one former version of a stage."""
    if folder.exists():
        previous = folder.with_name(folder.name + ".previous")
        shutil.rmtree(previous, ignore_errors=True)
        folder.rename(previous)
