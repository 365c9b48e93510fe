"""From results to a store: a shard's clips in one piece, and, once all shards are complete, the table and the index."""

import hashlib
import json
import os
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

from a2i.core.files import file_sha256, replacing, write_json
from a2i.curation.kept import asked
from a2i.curation.tasks import ClipTask, ShardTask, clip_place, decode_clip, read_staged, shard_place, staging
from a2i.data.store import COLUMNS, FEATURES, INDEX, LIST_COLUMNS, OK, ROW_COLUMNS, SCHEMA, SEEN, TABLE, sealed
from a2i.media.mel import BANDS, FRAMES


def perform(task: ClipTask | ShardTask) -> Any:
    """What a worker does with a task: the status of a clip, or the rows of a shard that must be decoded again."""
    if isinstance(task, ShardTask):
        return assemble(task)
    done = read_staged(task.place)  # by a machine that was lost before it could say so
    return done[0].status if done else decode_clip(task)


def assemble(task: ShardTask) -> list[int]:
    """Writes a shard's two arrays and then its rows; returns the rows whose result is torn, and then writes nothing."""
    if _shard_place(task).exists():  # by a worker that died before it could say so
        _remove_clips(task)
        return []
    places = [clip_place(task.folder, task.number, index, task.request) for index in range(task.clips)]
    rows = [staged[0] if (staged := read_staged(place)) else None for place in places]
    torn = [index for index, row in enumerate(rows) if row is None]
    for index in torn:
        places[index].unlink(missing_ok=True)
    if torn:
        return torn
    good = [index for index, row in enumerate(rows) if row.status == OK]
    shapes = {"log_mel": ((BANDS, FRAMES), np.float16), "frames": ((task.frames, task.size, task.size, 3), np.uint8)}
    files = {}
    for name, (shape, dtype) in shapes.items():
        if good:
            path = staging(task.folder, task.request) / f"{name}-{task.number:05d}.npy"
            arrays = (read_staged(places[index])[1][name] for index in good)
            files[path.name] = _write_shard(path, arrays, (len(good), *shape), dtype)
    write_json(_shard_place(task), {"rows": [asdict(row) for row in rows], "files": files})
    _remove_clips(task)
    return []


def _remove_clips(task: ShardTask) -> None:
    shutil.rmtree(clip_place(task.folder, task.number, 0, task.request).parent, ignore_errors=True)


def _shard_place(task: ShardTask) -> Path:
    return shard_place(task.folder, task.number, task.request)


def _write_shard(path: Path, arrays: Iterator[np.ndarray], shape: tuple[int, ...], dtype: type) -> dict[str, Any]:
    """Writes arrays as one .npy, one by one; its checksum and size."""
    with replacing(path) as temporary:
        with open(temporary, "wb") as file:
            header = {"descr": np.lib.format.dtype_to_descr(np.dtype(dtype)), "fortran_order": False, "shape": shape}
            np.lib.format.write_array_header_1_0(file, header)
            file.writelines(np.ascontiguousarray(array, dtype).data for array in arrays)
        with open(temporary, "rb") as file:
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        return {"sha256": sha256, "bytes": temporary.stat().st_size}


def write_store(
    folder: Path, clips: pd.DataFrame, sizes: list[int], request: dict[str, Any], name: str = ""
) -> None:
    """Makes a store of complete shards: the table of all clips, shard by shard, and then the index; all in the staging
    folder, and only then in place of what `folder` holds.

    clips: the list; sizes: how many of its clips each shard covers; request: what the store is of, with classes and
    settings; name: the request's, as `tasks.staging` takes it.
    """
    files: dict[str, dict[str, Any]] = {}
    counts: Counter[str] = Counter()
    place, seen = staging(folder, name), []
    with replacing(place / TABLE) as temporary:
        kept = [column for column in LIST_COLUMNS if column in clips]
        schema = pa.schema([(column, COLUMNS[column]) for column in (*kept, *ROW_COLUMNS)])
        with pq.ParquetWriter(temporary, schema) as writer:
            for shard, size in enumerate(sizes):
                told = json.loads(shard_place(folder, shard, name).read_text(encoding="utf-8"))
                part = clips.iloc[shard * sizes[0] : shard * sizes[0] + size]
                writer.write_table(_table(part[kept], told["rows"], shard, writer.schema))
                files |= told["files"]
                counts.update(row["status"] for row in told["rows"])
                seen += [row["seen"] for row in told["rows"]]
        files[TABLE] = {"sha256": file_sha256(temporary), "bytes": temporary.stat().st_size}
    settings = request["settings"]
    shapes = {
        "log_mel": [BANDS, FRAMES],
        "frames": [settings["frames_per_clip"], settings["size"], settings["size"], 3],
    }
    index = {
        "schema": SCHEMA, "classes": request["classes"], "features": FEATURES, "shapes": shapes, "counts": counts,
        "files": files, "request": request,
    }  # fmt: skip
    with replacing(place / SEEN) as temporary:
        seen_table(clips, seen).to_parquet(temporary)
    with replacing(place / INDEX) as temporary:
        temporary.write_bytes(sealed(index))
    install(folder, name)


def seen_table(clips: pd.DataFrame, seen: Sequence[str]) -> pd.DataFrame:
    """asked, seen: what was asked for of each clip's file and what was seen of it."""
    columns = {"media": None, "picture": None, "media_kind": "whole"} | {name: clips[name] for name in clips}
    files = pd.DataFrame(columns, index=clips.index)[["media", "picture", "media_kind", "start", "end"]]
    files[["media", "picture"]] = files[["media", "picture"]].fillna("")
    return pd.DataFrame({"asked": [asked(*row) for row in files.itertuples(index=False)], "seen": list(seen)})


def install(folder: Path, name: str) -> None:
    """Puts the complete store in the staging folder in the place of what `folder` holds.

    The former one stands until then. A kill in between leaves no index in `folder`, and the complete one where it was.
    """
    place = staging(folder, name)
    files = json.loads((place / INDEX).read_text(encoding="utf-8"))["files"]
    (folder / INDEX).unlink(missing_ok=True)
    for path in (*folder.glob("log_mel-*.npy"), *folder.glob("frames-*.npy")):
        if path.name not in files:
            path.unlink()
    for file in (*files, SEEN, INDEX):
        if (place / file).exists():
            os.replace(place / file, folder / file)


def _table(part: pd.DataFrame, rows: list[dict[str, Any]], shard: int, schema: pa.Schema) -> pa.Table:
    """The rows of one shard: the list's columns, then what became of each clip and where it lies."""
    good = np.array([row["status"] == OK for row in rows])
    places = {"shard": np.where(good, shard, -1), "row": np.where(good, np.cumsum(good) - 1, -1)}
    columns = {name: part[name].tolist() for name in part} | places
    columns |= {name: [row[name] for row in rows] for name in ROW_COLUMNS if name not in places}
    return pa.table(columns, schema=schema)
