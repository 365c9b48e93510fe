"""A store in one small file, for a trip to a GPU machine: mels as grey pictures in steps of half a dB, frames without loss.

Read back, it offers what a store offers to readers, from memory; log-mels differ from the store's by a quarter dB at most.
"""

import io
import json
import zipfile
from collections.abc import Iterator
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from PIL import Image

from a2i.core.errors import A2IError
from a2i.core.files import replacing
from a2i.data.store import TABLE, Store

SCHEMA = 1
STEP = 0.5  # dB of one grey level: a clip spans 80 dB at most
ABOUT, MELS, FRAMES = "pack.json", "mels/{:06d}.png", "frames/{:06d}.webp"  # names in the file, which is a zip
BLOCK = 256  # clips read from the store at a time


def pack(store: Store, path: Path | str) -> int:
    """Writes the clips of `store` that have arrays to the file `path`; its size in bytes."""
    rows = np.arange(len(store.ok))
    with replacing(path) as temporary, zipfile.ZipFile(temporary, "w") as file:
        file.write(store.folder / TABLE, TABLE)
        lows = [low for block in np.split(rows, rows[BLOCK::BLOCK]) for low in _write(file, store, block)]
        about = {"schema": SCHEMA, "index": store.index, "fingerprint": store.fingerprint, "low_db": lows}
        file.writestr(ABOUT, json.dumps(about))
    return Path(path).stat().st_size


def _write(file: zipfile.ZipFile, store: Store, rows: np.ndarray) -> Iterator[float]:
    """Adds the clips at `rows`; yields the level of each one's grey 0, in dB."""
    for row, log_mel, frames in zip(rows, store.log_mel(rows), store.frames(rows), strict=True):
        low = float(log_mel.min())
        grey = np.clip(np.round((log_mel - low) / STEP), 0, 255).astype(np.uint8)
        file.writestr(MELS.format(row), _encoded(grey, "PNG", optimize=True))
        file.writestr(FRAMES.format(row), _encoded(np.concatenate(frames), "WEBP", lossless=True))
        yield low


def _encoded(picture: np.ndarray, kind: str, **options: Any) -> bytes:
    buffer = io.BytesIO()
    Image.fromarray(picture).save(buffer, kind, **options)
    return buffer.getvalue()


class PackedStore(Store):
    """A packed store, read whole; `PackedStore.open(file)`."""

    def __init__(self, path: Path, about: dict[str, Any], table: bytes, grey: np.ndarray, frames: np.ndarray):
        super().__init__(path, about["index"])
        self._fingerprint, self._table, self._grey, self._frames = about["fingerprint"], table, grey, frames
        self._low = np.array(about["low_db"], np.float32)

    @classmethod
    def open(cls, path: Path | str) -> "PackedStore":
        """The store packed in the file `path`; raises A2IError where it is none."""
        try:
            with zipfile.ZipFile(path) as file:
                about = json.loads(file.read(ABOUT))
                if about["schema"] != SCHEMA:
                    raise A2IError(f"{path} was packed by another version: pack the store again")
                rows, shape = range(len(about["low_db"])), about["index"]["shapes"]["frames"]
                grey = np.stack([_decoded(file.read(MELS.format(row))) for row in rows])
                frames = np.stack([_decoded(file.read(FRAMES.format(row))).reshape(shape) for row in rows])
                return cls(Path(path), about, file.read(TABLE), grey, frames)
        except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
            raise A2IError(f"{path} is no packed store ({error}): make one by  a2i pack STORE --out {path}") from error

    @cached_property
    def clips(self) -> pd.DataFrame:
        return pd.read_parquet(io.BytesIO(self._table))

    @property
    def fingerprint(self) -> str:
        """The packed store's, not that of the store it was made from: their log-mels differ."""
        return f"packed-{self._fingerprint}"

    def log_mel(self, rows: np.ndarray | slice) -> np.ndarray:
        return self._grey[rows] * np.float32(STEP) + self._low[rows][:, None, None]

    def frames(self, rows: np.ndarray | slice) -> np.ndarray:
        return self._frames[rows]

    def verify(self) -> list[str]:
        """Nothing to say: opening it has read and checked every part (a zip has a checksum for each)."""
        return []


def _decoded(data: bytes) -> np.ndarray:
    with Image.open(io.BytesIO(data)) as picture:
        return np.asarray(picture)


def open_any(path: Path | str) -> Store:
    """A store's folder or a packed one's file."""
    return PackedStore.open(path) if Path(path).is_file() else Store.open(path)
