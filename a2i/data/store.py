"""The store: log-mels and frames of all clips, memory-mapped, with one row a clip of where each comes from."""

import hashlib
import json
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa

from a2i.core.errors import A2IError
from a2i.core.files import file_sha256
from a2i.data.classes import class_of
from a2i.media.mel import BANDS, FRAMES, HOP, SAMPLE_RATE, TOP_DB, WINDOW

SCHEMA = 1
OK = "ok"  # the status of a clip that has arrays
INDEX = "store.json"
TABLE = "clips.parquet"
SEEN = "media.parquet"  # beside the store: what curation saw of each clip's file, to notice another one
FEATURES = {
    "sample_rate": SAMPLE_RATE, "n_fft": WINDOW, "hop": HOP, "bands": BANDS, "frames": FRAMES, "top_db": TOP_DB,
}  # fmt: skip
# The columns of the table: the list's own, then what curation adds.
COLUMNS = {
    "clip_id": pa.string(), "source_id": pa.string(), "start": pa.float64(), "end": pa.float64(), "label": pa.string(),
    "labels": pa.list_(pa.string()), "split": pa.string(), "status": pa.string(), "detail": pa.string(),
    "shard": pa.int32(), "row": pa.int32(), "seconds": pa.float64(), "sample_rate": pa.int32(), "channels": pa.int32(),
    "frame_times": pa.list_(pa.float64()), "media_sha256": pa.string(),
}  # fmt: skip
LIST_COLUMNS, ROW_COLUMNS = tuple(COLUMNS)[:7], tuple(COLUMNS)[7:]


class Store:
    """A finished store; `Store.open(folder)`. Rows are positions in `.ok`."""

    def __init__(self, folder: Path, index: dict[str, Any]):
        self.folder, self.index = folder, index
        self._maps: dict[str, np.ndarray] = {}

    @classmethod
    def open(cls, folder: Path | str) -> "Store":
        """The store in `folder`; raises A2IError where there is no finished one."""
        folder = Path(folder)
        if folder.is_file():
            raise A2IError(f"{folder} is a file: name the folder of a store, such as data/mini")
        try:
            index = json.loads((folder / INDEX).read_text(encoding="utf-8"))
        except FileNotFoundError as error:
            raise A2IError(f"no finished store in {folder}: run notebook 01_curate_dataset or a2i curate first") from error
        except (OSError, ValueError) as error:
            raise A2IError(f"{folder / INDEX} cannot be read: curate the clips again with --fresh") from error
        if not isinstance(index, dict) or index.get("schema") != SCHEMA:
            raise A2IError(f"{folder} holds a store of another version: curate the clips again with --fresh")
        return cls(folder, index)

    @cached_property
    def clips(self) -> pd.DataFrame:
        """All clips, also those that failed, in the order of the list."""
        return pd.read_parquet(self.folder / TABLE)

    @cached_property
    def ok(self) -> pd.DataFrame:
        """The clips that have arrays."""
        return self.clips[self.clips["status"] == OK].reset_index(drop=True)

    @property
    def classes(self) -> list[str]:
        """The names of the classes, in the order of their numbers."""
        return list(self.index["classes"])

    @cached_property
    def has_picture(self) -> np.ndarray:
        """bool (len(ok),): has frames. All True unless sound without a picture was kept; then its frames are zeros."""
        return self.ok["frame_times"].map(len).to_numpy() > 0

    @cached_property
    def has_sound(self) -> np.ndarray:
        """bool (len(ok),): has sound. All True unless pictures without sound were kept."""
        return self.ok["sample_rate"].to_numpy() > 0

    def split_rows(
        self, split: str = "train", *, sound: bool = True, picture: bool = True
    ) -> tuple[np.ndarray, np.ndarray]:
        """Positions in `.ok` of a split's clips and the index of each one's class, both int64 (n,).

        sound, picture: whether a clip must have it; a store holds clips without where that was asked for.
        """
        usable = (self.has_sound | (not sound)) & (self.has_picture | (not picture))
        rows = np.flatnonzero((self.ok["split"].to_numpy() == split) & usable)
        index = {name: i for i, name in enumerate(self.classes)}
        return rows, self.ok["label"].map(index).to_numpy(dtype=np.int64)[rows]

    def targets(self, rows: np.ndarray) -> np.ndarray:
        """Which classes the clips at `rows` are of: bool (n, classes). Beside its `label` a clip is of the classes that its
        `labels` name, or that are one of the paper's ten by their id."""
        clips = self.ok.iloc[rows]
        known = clips["labels"].map(lambda labels: {class_of(label).name for label in labels})
        own = clips["label"].to_numpy()[:, None] == np.array(self.classes, object)
        return own | np.array([[name in names for name in self.classes] for names in known], bool).reshape(own.shape)

    @property
    def fingerprint(self) -> str:
        """Changes when any byte of any file does."""
        text = json.dumps(self.index["files"], sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()

    def log_mel(self, rows: np.ndarray | slice) -> np.ndarray:
        """Log-mels of the rows (positions in `.ok`, or a mask over it): float32 (n, 128, 431), dB."""
        return self._read("log_mel", rows).astype(np.float32)

    def frames(self, rows: np.ndarray | slice) -> np.ndarray:
        """Frames of the rows: uint8 (n, frames, size, size, 3), RGB."""
        return self._read("frames", rows)

    def verify(self) -> list[str]:
        """What is wrong with the files, a line each; empty where every byte is as it was written."""
        if sealed(self.index) != (self.folder / INDEX).read_bytes():
            return [f"{INDEX}: altered"]  # nothing that it says of the others can be trusted
        files = sorted(self.index["files"].items())
        problems = [f"{name}: {fault}" for name, told in files if (fault := _fault(self.folder / name, told))]
        known = {INDEX, TABLE, *self.index["files"]}
        strays = {path.name for pattern in ("log_mel-*", "frames-*") for path in self.folder.glob(pattern)} - known
        return problems + [f"{name}: not part of the store" for name in sorted(strays)]

    def _read(self, name: str, rows: np.ndarray | slice) -> np.ndarray:
        """Rows of an array, shard by shard, in the order asked for."""
        places = np.arange(len(self.ok))[rows]
        shards, inner = self._places[0][places], self._places[1][places]
        shape = self.index["shapes"][name]
        result = np.empty((len(places), *shape), np.float16 if name == "log_mel" else np.uint8)
        for shard in np.unique(shards):
            own = shards == shard
            result[own] = self._map(f"{name}-{shard:05d}.npy")[inner[own]]
        return result

    @cached_property
    def _places(self) -> tuple[np.ndarray, np.ndarray]:
        return self.ok["shard"].to_numpy(), self.ok["row"].to_numpy()

    def _map(self, name: str) -> np.ndarray:
        """A shard, mapped on first use."""
        if name not in self._maps:
            try:
                self._maps[name] = np.load(self.folder / name, mmap_mode="r")
            except (OSError, ValueError) as error:
                raise A2IError(f"{self.folder / name} is damaged: curate the clips again with --fresh") from error
        return self._maps[name]


def _fault(path: Path, told: dict[str, Any]) -> str:
    """What is wrong with a file of which the index says `told`; "" where nothing is."""
    try:
        if not path.is_file():
            return "missing"
        if (size := path.stat().st_size) != told["bytes"]:
            return f"{size} bytes instead of {told['bytes']}"
        return "" if file_sha256(path) == told["sha256"] else "altered"
    except OSError as error:  # a bad block, a share that is gone
        return f"cannot be read ({error.strerror})"


def sealed(index: dict[str, Any]) -> bytes:
    """The bytes of `INDEX`: the index and a checksum of it."""
    told = {key: value for key, value in index.items() if key != "seal"}
    seal = hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()
    return (json.dumps({**told, "seal": seal}, indent=1, sort_keys=True) + "\n").encode()
