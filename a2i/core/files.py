"""Files that are either whole or not there: written beside their place, synced, then renamed; a lock that keeps others out."""

import hashlib
import json
import os
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from filelock import FileLock, Timeout

from a2i.core.errors import A2IError


@contextmanager
def replacing(path: Path | str) -> Iterator[Path]:
    """Yields a temporary path in the folder of `path`; it takes the place of `path` when the block ends well.

    Raises A2IError where the disk is full, and where `path` is a folder; what stood there before is then still there.
    """
    path = Path(path)
    if path.is_dir():
        raise A2IError(f"{path} is a folder: name a file to write")
    path.parent.mkdir(parents=True, exist_ok=True)
    # The suffix stays, because writers such as numpy's add their own to a name that lacks it.
    temporary = path.with_name(f".{path.stem}.{uuid.uuid4().hex[:8]}{path.suffix}")
    try:
        yield temporary
        with open(temporary, "rb+") as file:
            os.fsync(file.fileno())
        os.replace(temporary, path)
        _sync_folder(path.parent)
    except OSError as error:
        if error.errno in (28, 122):  # ENOSPC, EDQUOT
            raise A2IError(f"no room left to write {path}: free some space and run the same command again") from error
        raise
    finally:
        temporary.unlink(missing_ok=True)


def _sync_folder(folder: Path) -> None:
    """Makes a rename in `folder` survive a power cut."""
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def write_text(path: Path | str, text: str) -> None:
    """Writes `text` as UTF-8, whole or not at all."""
    with replacing(path) as temporary:
        temporary.write_text(text, encoding="utf-8")


def write_json(path: Path | str, value: Any) -> None:
    """Writes `value` as JSON with sorted keys, whole or not at all."""
    write_text(path, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def file_sha256(path: Path | str) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


@contextmanager
def locked(path: Path | str, busy: str) -> Iterator[None]:
    """Keeps the lock file `path` to this process while the block runs; it goes free however the process ends.

    Raises A2IError: `busy` where another one has it, and for a file system that cannot lock.
    """
    lock = FileLock(path)
    try:
        lock.acquire(timeout=0)
    except Timeout:
        raise A2IError(busy) from None
    except OSError as error:
        advice = "give a folder whose file system can lock files"
        raise A2IError(f"{Path(path).parent} cannot be locked ({error.strerror}): {advice}") from error
    try:
        yield
    finally:
        lock.release()
