"""What of a finished store still holds when its clips have changed: only those are decoded again whose file or segment
is another.

Beside the store lies what curation saw of each file, its size and time of change; only where these differ is a file read
again, to tell a new one from the same one copied.
"""

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from a2i.core.errors import A2IError
from a2i.core.files import file_sha256
from a2i.curation.tasks import ClipTask, Row, complete_shards, saw, stage
from a2i.data.store import INDEX, OK, SEEN, Store

DECIDING = ("settings", "features")  # parts of a request on which every clip depends


def former(folder: Path, request: Mapping[str, Any]) -> Store | None:
    """The finished store in `folder`, whose clips may still hold; None where there is none.

    Raises A2IError where it is of other settings: whoever changed them decides what becomes of it.
    """
    if not (folder / INDEX).exists():
        return None
    store = Store.open(folder)
    told = store.index.get("request", {})
    changed = [name for name in DECIDING if told.get(name) != request[name]]
    if changed:
        other = f"{folder} holds a store of other {' and '.join(changed)}"
        raise A2IError(f"{other}: give another folder, or curate again with --fresh")
    return store


def unchanged(
    store: Store, request: Mapping[str, Any], count: int, task_of: Callable[[int], ClipTask]
) -> dict[int, int]:
    """For each of the `count` tasks of `request` (by number) whose result the store holds, the row of `store.clips`.

    Raises A2IError where the store has none of these clips: it is of something else.
    """
    known = {clip_id: row for row, clip_id in enumerate(store.clips["clip_id"])}
    if not any(task_of(number).clip_id in known for number in range(count)):
        raise A2IError(f"{store.folder} holds a store of other clips: give another folder, or curate again with --fresh")
    path = store.folder / SEEN
    if not path.is_file():  # of a version that did not look
        return {row: row for row in range(count)} if store.index["request"] == request else {}
    beside = pd.read_parquet(path)
    told = list(zip(beside["asked"], beside["seen"], store.clips["media_sha256"], strict=True))
    found: dict[int, int] = {}
    for number in range(count):
        task = task_of(number)
        row = known.get(task.clip_id)
        if row is not None and _holds(task, *told[row]):
            found[number] = row
    return found


def _holds(task: ClipTask, was_asked: str, was_seen: str, sha256: str) -> bool:
    """Whether the same was asked for, of the same file."""
    if asked(task.media, task.picture, task.kind, task.start, task.end) != was_asked:
        return False
    if saw(task) == was_seen:
        return True
    try:
        return bool(sha256) and not task.picture and file_sha256(task.media) == sha256
    except OSError:
        return False


def asked(media: str, picture: str, kind: str, start: float, end: float) -> str:
    """What is asked for of a file, which counts by its name alone, as folders may move."""
    return "|".join([os.path.basename(media), os.path.basename(picture), kind, repr(float(start)), repr(float(end))])


def take_over(store: Store, kept: Mapping[int, int], task_of: Callable[[int], ClipTask]) -> None:
    """Stages what the store holds, as `unchanged` gives it, as the results of these tasks."""
    places = np.cumsum(store.clips["status"] == OK) - 1
    complete = complete_shards(store.folder, task_of(0).request)  # by a run that was killed
    for number, row in kept.items():
        task, clip = task_of(number), store.clips.iloc[row]
        if task.shard in complete or task.place.exists():
            continue
        told = Row(
            clip["status"], clip["detail"], float(clip["seconds"]), int(clip["sample_rate"]), int(clip["channels"]),
            tuple(map(float, clip["frame_times"])), clip["media_sha256"], saw(task),
        )  # fmt: skip
        arrays = {}
        if told.status == OK:
            at = [int(places[row])]
            arrays = {"log_mel": store.log_mel(at)[0].astype(np.float16), "frames": store.frames(at)[0]}
        stage(task.place, told, arrays)
