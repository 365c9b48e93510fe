"""Downloading the segments of a list: slowly, with a reason for every clip that is not to be had, and resumable.

Each finished clip is a line of `fetch.jsonl`, so that a killed run loses the clips in flight and nothing else; the
table `fetch.parquet` is made from it at the end. Needs the extra `fetch`.
"""

import os
import random
import re
import time
import uuid
from collections import deque
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

import numpy as np
import pandas as pd

from a2i.core import pool
from a2i.core.errors import A2IError
from a2i.core.files import replacing
from a2i.core.progress import Progress
from a2i.core.settings import check
from a2i.data.lists import ID_PATTERN
from a2i.data.locate import find_media
from a2i.download import manifest
from a2i.download.manifest import GONE, LASTING, PASSING, REFUSALS, Outcome, availability
from a2i.download.youtube import Refused, RemoteFile, downloader, formats, patiently
from a2i.media import extensions
from a2i.media.cut import CutError, cut

__all__ = ["FetchSettings", "availability", "fetch"]

# What may help where clip after clip fails so.
_ADVICE = {
    "rate_limited": "wait some hours, or give a cookies file or a longer pause",
    "refused": "wait some hours, or give a cookies file or a longer pause",
    "network": "check the connection",
    "unclear": "get the newest yt-dlp (pip install -U yt-dlp)",
}
_UNFINISHED = re.compile(r"\.([A-Za-z0-9_-]{11}_[0-9]+|fetch)\.[0-9a-f]{8}\.(mp4|parquet)")


@dataclass(frozen=True)
class FetchSettings:
    """How to fetch."""

    url: str = "https://www.youtube.com/watch?v={id}"  # where a video is; {id} is replaced
    height: int = 360  # pixels: the largest picture at most this high, else the smallest there is (1 to 8640)
    workers: int = 1  # processes, each with its own pause (1 to 64)
    pause: float = 10.0  # s between two clips of a process, up to twice as long by chance (0 to 86400)
    retries: int = 4  # further tries of a request that the network failed (0 to 100)
    backoff: float = 2.0  # s before the second try, then doubled; also the first wait after a refusal (0 to 86400)
    longest_wait: float = 900.0  # s, of any wait after refusals; a site that asks for more ends the run (0 to 86400)
    give_up_after: int = 6  # clips in a row that the site, the network or yt-dlp fails, which end the run (1 to 1000000)
    cookies: str = ""  # a cookies.txt of a signed-in browser
    socket_timeout: float = 20.0  # s without a byte (0.001 to 86400)
    clip_timeout: float = 600.0  # s for one clip with all its tries (0.001 to 86400)
    max_mb: int = 200  # MiB, most to receive for one clip (1 to 1048576)
    memory_mb: int = 2048  # MiB, most for a process (1 to 1048576)


@dataclass(frozen=True)
class Task:
    """One clip to fetch."""

    clip_id: str
    source_id: str
    start: float  # s
    end: float  # s
    path: Path
    settings: FetchSettings


def fetch(
    clips: pd.DataFrame, folder: Path | str, settings: FetchSettings = FetchSettings(), progress: Progress | None = None
) -> pd.DataFrame:
    """Fetches the segments of `clips` into `folder` as `ID_<start in ms>.mp4`, those that are not there yet.

    Returns `clips` with status ("ok" or a reason), detail, file, offset, seconds, height and bytes, and leaves the same
    as `fetch.parquet`. A later run takes up the clips without an outcome and those whose failure may have passed
    (rate_limited, refused, network, unclear). Raises A2IError with advice where `give_up_after` clips in a row fail so.
    """
    folder = Path(folder)
    _check(clips, settings)
    rows = clips.drop_duplicates("clip_id")
    with manifest.journal(folder) as lines:
        _sweep(folder)
        known = _known(rows, folder)
        todo = [_task(row, folder, settings) for row in rows.itertuples() if row.clip_id not in known]
        todo = _without_clashes(todo, folder, known)
        if progress:
            progress.update(len(rows) - len(todo))
        run = _Run(todo, settings, known, lines, progress)
        try:
            run.run()
        finally:
            table = manifest.table(clips, known)
            with replacing(folder / "fetch.parquet") as temporary:
                table.to_parquet(temporary)
    if run.last:
        settled = int(table["status"].isin(("ok", *LASTING)).sum())
        raise A2IError(
            f"stopped: {run.last.status} ({run.last.detail}), {run.streak} in a row; {settled} of {len(table)} clips "
            f"are settled: {_ADVICE[run.last.status]}, then run the same command again"
        )
    return table


def _check(clips: pd.DataFrame, settings: FetchSettings) -> None:
    """Raises A2IError for clips and settings that cannot work, before anything is asked of the site."""
    lacking = [name for name in ("clip_id", "source_id", "start", "end") if name not in clips]
    if lacking or not len(clips):
        raise A2IError(f"the clips lack {', '.join(lacking) or 'rows'}: make them with a2i.data.selection")
    # Not `$` alone, which lets a line's end through.
    bad = clips.loc[~clips["source_id"].astype(str).str.fullmatch(ID_PATTERN.strip("^$")), "source_id"]
    if len(bad):
        raise A2IError(f"{len(bad)} ids are no video ids, such as {str(bad.iloc[0])[:40]!r}: leave them out")
    possible = (clips["start"] >= 0) & (clips["end"] > clips["start"]) & np.isfinite(clips["end"])
    if not possible.all():
        raise A2IError(f"{(~possible).sum()} segments do not end after a start of 0 s or later: leave them out")
    if "{id}" not in settings.url or not re.match("https?://", settings.url):
        raise A2IError(f"url {settings.url[:100]!r} must start with http and hold {{id}}")
    check(settings)
    downloader(settings)  # says so at once where yt-dlp lacks, or the cookies


def _sweep(folder: Path) -> None:
    """Removes what killed writers left: nobody else writes here now."""
    for entry in os.scandir(folder):
        if _UNFINISHED.fullmatch(entry.name):
            os.unlink(entry.path)


def _known(rows: pd.DataFrame, folder: Path) -> dict[str, Outcome]:
    """What need not be done: outcomes that last, and media that is there under any of the usual names."""
    try:
        there = find_media(rows, folder).dropna(subset="media")
    except A2IError:
        there = rows.iloc[:0].assign(media="")
    names = (os.path.basename(path) for path in there["media"])
    files = dict(zip(there["clip_id"], names, strict=True))
    # A sound file is no clip: its video is still to be had.
    files = {key: name for key, name in files.items() if Path(name).suffix.lower() in extensions.VIDEO}
    ended = manifest.read(folder).items()
    known = {key: o for key, o in ended if o.status in LASTING or (o.status == "ok" and key in files)}
    return {key: Outcome(key, "ok", "was there", name) for key, name in files.items()} | known


def _task(row: Any, folder: Path, settings: FetchSettings) -> Task:
    path = folder / f"{row.source_id}_{round(row.start * 1000)}.mp4"
    return Task(row.clip_id, row.source_id, float(row.start), float(row.end), path, settings)


def _without_clashes(todo: list[Task], folder: Path, known: dict[str, Outcome]) -> list[Task]:
    """`todo` without clips whose file another clip's file would replace, in a folder that ignores case."""
    if not todo or not _ignores_case(folder):
        return todo
    taken = {o.file.lower() for o in known.values() if o.file}
    kept = []
    for task in todo:
        name = task.path.name.lower()
        if name in taken:
            known[task.clip_id] = Outcome(task.clip_id, "other", "its file's name differs from another's by case only")
        else:
            taken.add(name)
            kept.append(task)
    return kept


def _ignores_case(folder: Path) -> bool:
    """Whether two names that differ by case only are one file in `folder`."""
    probe = folder / f".case-{uuid.uuid4().hex}"
    probe.touch()
    try:
        return probe.with_name(probe.name.upper()).exists()
    finally:
        probe.unlink()


class _Run:
    """The way through the clips that are left. `known` and the journal grow with each that ends."""

    def __init__(
        self,
        todo: list[Task],
        settings: FetchSettings,
        known: dict[str, Outcome],
        lines: TextIO,
        progress: Progress | None,
    ):
        self.settings, self.known, self.lines, self.progress = settings, known, lines, progress
        self.streak = 0  # clips in a row that failed by the site, the network or yt-dlp
        self.last: Outcome | None = None  # what ended the run before its time
        self._gone: dict[str, Outcome] = {}  # by video: its other clips need not be asked for
        self._waiting, self._refused = deque(todo), deque()
        self._strays = False  # what is left are single clips that a site refused which answered others

    def run(self) -> None:
        """Fetches until nothing is left, or until `last` says why not."""
        settings = self.settings
        limits = {"timeout": lambda task: settings.clip_timeout + 2 * settings.pause, "memory_mb": settings.memory_mb}
        with pool.Workers(_fetch_one, settings.workers, **limits, preload=[__name__]) as workers:
            for ended in workers.run(self._next):
                self._take(ended.task, ended.result or _death(ended))
                if self.last:
                    return

    def _next(self) -> Task | None:
        """The next clip; those that were refused once more when the others are done."""
        while self._waiting or self._refused:
            if not self._waiting:
                self._waiting, self._refused = self._refused, deque()
                self._strays = self.streak == 0
            task = self._waiting.popleft()
            if task.source_id not in self._gone:
                return task
            self._enter(replace(self._gone[task.source_id], clip_id=task.clip_id, bytes=0))
        return None

    def _take(self, task: Task, outcome: Outcome) -> None:
        """Notes an outcome, and waits or ends the run where the site refuses."""
        again = outcome.status in REFUSALS and task.clip_id not in self.known
        self._enter(outcome, settled=not again)
        if outcome.status in GONE:
            self._gone[task.source_id] = outcome
        self.streak = self.streak + 1 if outcome.status in PASSING else 0
        enough = self.streak >= self.settings.give_up_after
        if outcome.wait > self.settings.longest_wait or (enough and not self._strays):
            self.last = outcome
        elif enough:
            self._waiting.clear()
        elif outcome.status in REFUSALS:
            if again:
                self._refused.append(task)
            time.sleep(min(max(self.settings.backoff * 2**self.streak, outcome.wait), self.settings.longest_wait))

    def _enter(self, outcome: Outcome, *, settled: bool = True) -> None:
        self.known[outcome.clip_id] = outcome
        manifest.note(self.lines, outcome)
        if self.progress and settled:
            self.progress.update()


def _death(ended: pool.Outcome) -> Outcome:
    """What a clip whose process died is called: it may pass."""
    if ended.failure == pool.TIMEOUT:
        return Outcome(ended.task.clip_id, "network", "took too long")
    return Outcome(ended.task.clip_id, "unclear", f"its process died ({ended.detail})")


def _fetch_one(task: Task) -> Outcome:
    """One clip, in a worker: its outcome, whatever happens. Raises the A2IError or OSError of a disk that fails."""
    settings, files = task.settings, []
    time.sleep(settings.pause * random.uniform(1.0, 2.0))
    try:
        ydl = _downloader(settings)
        chosen = patiently(lambda: formats(ydl, settings.url.replace("{id}", task.source_id)), settings)
        for form in chosen:
            files.append(RemoteFile(ydl, form, settings))
        made = cut(files, task.path, task.start, task.end, settings.max_mb << 20)
        ended = Outcome(
            task.clip_id, "ok", "", task.path.name, round(made.offset, 3), round(made.seconds, 3), made.height
        )
    except Refused as error:
        ended = Outcome(task.clip_id, error.reason, error.detail, wait=error.wait)
    except CutError as error:
        # Less than promised: the server lied or broke off, which another day may mend.
        ended = Outcome(task.clip_id, "network" if error.reason == "short" else error.reason, error.detail)
    except MemoryError:
        ended = Outcome(task.clip_id, "too_large", f"needs more than {settings.memory_mb} MB of memory")
    except (A2IError, OSError):
        raise
    except Exception as error:  # noqa: BLE001 (what nobody thought of costs its clip)
        ended = Outcome(task.clip_id, "other", f"{type(error).__name__}: {error}"[:200])
    finally:
        for file in files:
            file.close()
    return replace(ended, bytes=sum(file.received for file in files))


@lru_cache(maxsize=1)
def _downloader(settings: FetchSettings) -> Any:
    """One YoutubeDL a process: it remembers the site's player code."""
    return downloader(settings)
