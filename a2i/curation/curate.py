"""Clips with media to a store: every clip decoded in a worker, resumable to the clip, every failure a row with a reason."""

import hashlib
import json
import os
import shutil
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pandas as pd

from a2i.core.errors import A2IError
from a2i.core.files import locked, write_json
from a2i.core.pool import CRASHED, KILLED, TIMEOUT, Outcome, Workers, available_cores
from a2i.core.progress import Progress
from a2i.core.settings import check
from a2i.curation.cluster import Cluster
from a2i.curation.kept import former, take_over, unchanged
from a2i.curation.shards import install, perform, write_store
from a2i.curation.tasks import ClipTask, Row, ShardTask, complete_shards, saw, stage, staged_rows, staging
from a2i.data.store import FEATURES, INDEX, Store
from a2i.media import container
from a2i.media.decode import KINDS

ATTEMPTS = {CRASHED: 2, KILLED: 20}  # how often a task is tried whose worker died: it may not be the clip's fault
SHARD_TIMEOUT = 1800.0  # s to write a shard: only a disk that hangs takes so long
LOCK, REQUEST = "lock", "request.json"  # in the staging folder, and in a request's own
HOW = ("workers", "timeout_s", "memory_mb", "cluster")  # settings that change how a store is made, not what it holds
NEEDED = ("clip_id", "source_id", "start", "end", "label", "split", "media")


@dataclass(frozen=True)
class CurateSettings:
    """How clips become a store. The last four change how it is made, not what."""

    frames_per_clip: int = 3  # pictures kept of each clip (1 to 256)
    size: int = 64  # pixels, of a picture's side (1 to 4096)
    frame_sampling: str = "random"  # which frames of a clip; the paper's are random (one of random, spread, sounding)
    keep_pictureless: bool = False  # keep sound without a picture (for the encoder)
    keep_soundless: bool = False  # keep pictures without sound
    keep_odd: bool = True  # keep clips that are silent, still, black or much longer or shorter than their segment
    seed: int = 0  # of the random frames, together with the clip's id (0 to 999999999)
    shard_clips: int = 1024  # clips of the list to a shard (1 to 1000000)
    workers: int = 0  # processes; 0: one a core (0 to 1024)
    timeout_s: float = 60.0  # s a clip may take (0.001 to 86400)
    memory_mb: int = 2048  # MiB a worker may take beyond the 200 it starts with (1 to 1048576)
    cluster: str = ""  # a Dask scheduler's address, such as tcp://host:8786; "": this machine


def curate(
    clips: pd.DataFrame,
    folder: Path | str,
    classes: Sequence[str],
    settings: CurateSettings = CurateSettings(),
    *,
    progress: Progress | None = None,
    fresh: bool = False,
) -> Store:
    """Decodes all `clips` into the store in `folder`, or goes on where an earlier call was cut off.

    clips: one row a clip, with clip_id, source_id, start and end (s), label, split, media (path or None) and, where the
    file may be a cut segment, media_kind; where a picture lies beside a file of sound, picture; `labels` is kept.
    classes: the names of the classes, in the order of their numbers.
    A finished store of the same clips and settings is returned as it is. Of one of other clips those are taken over
    that have not changed, and it stands until the new one is complete; with `fresh` every clip is decoded again. One of
    other settings, or of none of these clips, is an A2IError unless `fresh`.
    """
    folder = Path(folder).absolute()
    _check(clips, classes, settings)
    request = _request(clips, classes, settings)
    name = _name(request)
    place = staging(folder, name)
    place.mkdir(parents=True, exist_ok=True)
    busy = f"another run is curating into {folder}: wait for it, or give another folder"
    with locked(staging(folder) / LOCK, busy):
        if fresh:
            _begin_anew(place)
        elif (place / INDEX).exists():  # a run that was killed when all was done but the last step
            install(folder, name)
        store = None if fresh else former(folder, request)
        curation = _Curation(clips, folder, settings, progress, name)
        kept = unchanged(store, request, len(clips), curation.task_of) if store else {}
        if store and store.index["request"] == request and len(kept) == len(clips):
            if progress:
                progress.skip(len(clips))
        else:
            write_json(place / REQUEST, request)
            if kept and not store.verify():
                take_over(store, kept, curation.task_of)
            curation.run()
            write_store(folder, clips, shard_sizes(len(clips), settings), request, name)
        _sweep(folder)
    return Store.open(folder)


class _Curation:
    """The way from clips to complete shards, by workers of this machine or of a cluster."""

    def __init__(
        self, clips: pd.DataFrame, folder: Path, settings: CurateSettings, progress: Progress | None, request: str
    ):
        self.clips, self.folder, self.settings, self.progress = clips, folder, settings, progress
        self._request, self._sizes = request, shard_sizes(len(clips), settings)
        self._waiting: deque[ClipTask | ShardTask] = deque()  # before the next of the list
        self._left: dict[int, int] = {}  # clips still to come, for each shard at work
        self._tries: dict[tuple[int, int], int] = {}  # of those whose worker died
        self._tasks = self._listed()

    def run(self) -> None:
        """Decodes what is not decoded yet and puts the shards together."""
        with self._pool() as pool:
            for outcome in pool.run(self._next):
                if isinstance(outcome.task, ClipTask):
                    self._take_clip(outcome)
                else:
                    self._take_shard(outcome)

    def _pool(self) -> Workers | Cluster:
        """Who does the work."""
        settings = self.settings
        if settings.cluster:
            return Cluster(settings.cluster, perform, timeout=self._timeout, memory_mb=settings.memory_mb)
        return Workers(
            perform, settings.workers or available_cores(), timeout=self._timeout, memory_mb=settings.memory_mb,
            preload=[perform.__module__],
        )  # fmt: skip

    def _timeout(self, task: ClipTask | ShardTask) -> float:
        return self.settings.timeout_s if isinstance(task, ClipTask) else SHARD_TIMEOUT

    def _next(self) -> ClipTask | ShardTask | None:
        return self._waiting.popleft() if self._waiting else next(self._tasks, None)

    def _listed(self) -> Iterator[ClipTask | ShardTask]:
        """What is left to do, shard by shard, so that few shards are unfinished at a time."""
        complete = complete_shards(self.folder, self._request)
        for shard, count in enumerate(self._sizes):
            done = set(range(count)) if shard in complete else staged_rows(self.folder, shard, self._request)
            if self.progress and done:
                self.progress.skip(len(done))
            if shard in complete:
                continue
            rows = [row for row in range(count) if row not in done]
            self._left[shard] = len(rows)
            if not rows:
                yield self._shard_task(shard)
            for row in rows:
                yield self._clip_task(shard, row)

    def _shard_task(self, shard: int) -> ShardTask:
        settings = self.settings
        return ShardTask(
            str(self.folder), shard, self._sizes[shard], settings.frames_per_clip, settings.size, self._request
        )

    def task_of(self, number: int) -> ClipTask:
        """The task that decodes the clip of that number in the list."""
        return self._clip_task(*divmod(number, self.settings.shard_clips))

    def _clip_task(self, shard: int, row: int) -> ClipTask:
        return clip_task(self.clips, self.folder, shard, row, self.settings, self._request)

    def _take_clip(self, outcome: Outcome) -> None:
        task = outcome.task
        if outcome.failure:
            if self._try_again((task.shard, task.row), outcome.failure):
                self._waiting.append(task)
                return
            status = container.TIMEOUT if outcome.failure == TIMEOUT else container.CRASHED
            stage(task.place, Row(status, outcome.detail, seen=saw(task)), {})
        self._tries.pop((task.shard, task.row), None)
        self._advance(1)
        self._left[task.shard] -= 1
        if not self._left[task.shard]:
            self._waiting.append(self._shard_task(task.shard))

    def _take_shard(self, outcome: Outcome) -> None:
        task = outcome.task
        if outcome.failure:
            if not self._try_again((task.number, -1), outcome.failure):
                raise A2IError(f"shard {task.number} of {self.folder} cannot be written ({outcome.failure}): try again")
            self._waiting.append(task)
        elif outcome.result:
            self._left[task.number] = len(outcome.result)
            self._advance(-len(outcome.result))
            self._waiting.extend(self._clip_task(task.number, row) for row in outcome.result)
        else:
            del self._left[task.number]

    def _try_again(self, key: tuple[int, int], failure: str) -> bool:
        """Whether a task that failed so is tried again."""
        self._tries[key] = self._tries.get(key, 0) + 1
        return self._tries[key] < ATTEMPTS.get(failure, 1)

    def _advance(self, steps: int) -> None:
        if self.progress and steps:
            self.progress.update(steps)


def shard_sizes(clips: int, settings: CurateSettings) -> list[int]:
    """How many clips of the list each shard covers."""
    return [min(settings.shard_clips, clips - first) for first in range(0, clips, settings.shard_clips)]


def clip_task(
    clips: pd.DataFrame, folder: Path, shard: int, row: int, settings: CurateSettings, request: str = ""
) -> ClipTask:
    """The task that decodes one clip of the list; `request` as `staging` takes it."""
    position = shard * settings.shard_clips + row
    media = clips["media"].iat[position]
    return ClipTask(
        str(folder), shard, row, str(clips["clip_id"].iat[position]), os.path.abspath(media) if pd.notna(media) else "",
        str(clips["media_kind"].iat[position]) if "media_kind" in clips else "whole",
        float(clips["start"].iat[position]), float(clips["end"].iat[position]), settings.frames_per_clip, settings.size,
        settings.frame_sampling, settings.seed, not settings.keep_soundless, not settings.keep_pictureless,
        request, str(clips["picture"].iat[position]) if _has_picture(clips, position) else "", settings.keep_odd,
    )  # fmt: skip


def _has_picture(clips: pd.DataFrame, position: int) -> bool:
    """Whether a picture lies beside the clip's file of sound."""
    return "picture" in clips and pd.notna(clips["picture"].iat[position])


def _check(clips: pd.DataFrame, classes: Sequence[str], settings: CurateSettings) -> None:
    """Raises A2IError for clips or settings that cannot be curated."""
    lacking = [name for name in NEEDED if name not in clips]
    if lacking:
        raise A2IError(f"the clips lack the columns {', '.join(lacking)}: make them with a2i.curation.gather")
    if not len(clips):
        raise A2IError("there are no clips to curate: check the list, the classes and the folder of media")
    twice = clips.loc[clips["clip_id"].duplicated(), "clip_id"].head(3).tolist()
    if twice:
        raise A2IError(f"clips are listed twice ({', '.join(map(repr, twice))}): leave one of each in the list")
    strange = sorted(set(clips["label"]) - set(classes))[:5]
    if strange:
        raise A2IError(f"clips have labels that are no class ({', '.join(map(repr, strange))}): add them to the classes")
    if "media_kind" in clips and not set(clips["media_kind"]) <= set(KINDS):
        raise A2IError(f"media_kind is one of {', '.join(KINDS)}")
    check(settings)


def _request(clips: pd.DataFrame, classes: Sequence[str], settings: CurateSettings) -> dict[str, Any]:
    """What the store is of: settings that shape it, and a digest of the clips with the names of their files."""
    digest = hashlib.sha256()
    names = [name for name in ("clip_id", "source_id", "start", "end", "label", "split", "media_kind") if name in clips]
    labels = clips["labels"] if "labels" in clips else [()] * len(clips)
    for *told, media, mids in zip(*(clips[name] for name in names), clips["media"], labels):
        file = os.path.basename(media) if isinstance(media, (str, os.PathLike)) else None
        digest.update(json.dumps([*map(str, told), file, list(mids)]).encode())
    shaping = {k: v for k, v in asdict(settings).items() if k not in HOW}
    return {"clips": digest.hexdigest(), "settings": shaping, "classes": list(classes), "features": FEATURES}


def _name(request: dict[str, Any]) -> str:
    """A request's name in the staging folder."""
    return hashlib.sha256(json.dumps(request, sort_keys=True).encode()).hexdigest()[:16]


def _sweep(folder: Path) -> None:
    """Removes what a finished store does not need, and what killed writers left."""
    shutil.rmtree(staging(folder), ignore_errors=True)


def _begin_anew(place: Path) -> None:
    """Removes what an earlier call has staged; what says that shards are complete goes first, as this may be killed."""
    for path in (place / INDEX, *place.glob("shard-*.json")):
        path.unlink(missing_ok=True)
    shutil.rmtree(place, ignore_errors=True)  # a cluster may still write into it
    place.mkdir(exist_ok=True)
