"""Downloading the segments of a list: slowly, with a reason for every clip that is not to be had, and resumable.

Each finished clip is a line of `fetch.jsonl`, so that a killed run loses the clips in flight and nothing else; the
table `fetch.parquet` is made from it at the end. Needs the extra `fetch`.
"""

import fcntl
import json
import multiprocessing
import os
import random
import re
import time
import uuid
from collections import deque
from collections.abc import Iterator
from concurrent.futures import FIRST_COMPLETED, Future, wait
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any, TextIO

import pandas as pd

from a2i.atomic import replacing
from a2i.cut import CutError, cut
from a2i.errors import A2IError
from a2i.library import find_media
from a2i.progress import Progress
from a2i.remote import LASTING, PASSING, REFUSALS, Refused, RemoteFile, downloader, formats, patiently
from a2i.segments import ID_PATTERN

STATUSES = ("ok", *LASTING, *PASSING)
_JOURNAL = "fetch.jsonl"
_COLUMNS = ["status", "detail", "file", "offset", "seconds", "height", "bytes"]


@dataclass(frozen=True)
class FetchSettings:
    """How to fetch."""

    url: str = "https://www.youtube.com/watch?v={id}"  # where a video is; {id} is replaced
    height: int = 360  # pixels: the largest picture at most this high, else the smallest there is
    workers: int = 1  # processes, each with its own pause
    pause: float = 10.0  # s between two clips of a process, up to twice as long by chance; what yt-dlp recommends
    retries: int = 4  # further tries of a request that the network failed
    backoff: float = 2.0  # s before the second try, then doubled; also the first wait after a refusal
    longest_wait: float = 900.0  # s, of any wait after refusals
    give_up_after: int = 6  # refusals in a row that end the run
    cookies: str = ""  # a cookies.txt of a signed-in browser
    socket_timeout: float = 20.0  # s without a byte
    clip_timeout: float = 600.0  # s for one clip with all its tries
    max_mb: int = 200  # most to receive for one clip


@dataclass(frozen=True)
class Outcome:
    """How one clip ended."""

    clip_id: str
    status: str  # one of STATUSES
    detail: str = ""
    file: str = ""  # name in the folder
    offset: float | None = None  # s from the file's first picture, which players skip, to the segment's start
    seconds: float | None = None  # from the segment's start to the file's end
    height: int | None = None  # pixels
    bytes: int = 0  # received
    wait: float = field(default=0.0, compare=False)  # s that the site asks for


def fetch(
    clips: pd.DataFrame, folder: Path | str, settings: FetchSettings = FetchSettings(), progress: Progress | None = None
) -> pd.DataFrame:
    """Fetches the segments of `clips` into `folder` as `ID_<start in ms>.mp4`, those that are not there yet.

    Returns `clips` with status ("ok" or a reason), detail, file, offset, seconds, height and bytes, and leaves the same
    as `fetch.parquet`. A later run takes up the clips without an outcome and those whose failure may have passed
    (rate_limited, refused, network). Raises A2IError with advice where the site refuses `give_up_after` clips in a row.
    """
    folder = Path(folder)
    _check(clips, settings)
    folder.mkdir(parents=True, exist_ok=True)
    rows = clips.drop_duplicates("clip_id")
    with _journal(folder) as journal:
        outcomes = _known(rows, folder)
        todo = [row for row in rows.itertuples() if row.clip_id not in outcomes]
        todo = _without_clashes(todo, folder, outcomes)
        if progress:
            progress.update(len(rows) - len(todo))
        try:
            refused = _run(todo, folder, settings, outcomes, journal, progress) if todo else None
        finally:
            table = _table(clips, outcomes)
            with replacing(folder / "fetch.parquet") as temporary:
                table.to_parquet(temporary)
    if refused:
        settled = int(table["status"].isin(("ok", *LASTING)).sum())
        raise A2IError(
            f"the site refused {settings.give_up_after} clips in a row ({refused.detail}); {settled} of {len(table)} are "
            "settled: wait some hours, or give a cookies file or a longer pause, then run the same command again"
        )
    return table


def availability(table: pd.DataFrame) -> pd.DataFrame:
    """Clips a class (and "all") by status, from `fetch`'s table: columns ok, the reasons that occur, clips, share."""
    counts = pd.crosstab(table["label"], table["status"])
    counts = counts.reindex(columns=[s for s in ("ok", *STATUSES[1:], "") if s == "ok" or s in counts], fill_value=0)
    counts = counts.rename(columns={"": "not_tried"}).rename_axis(columns=None)
    counts.loc["all"] = counts.sum()
    return counts.assign(clips=counts.sum(axis=1), share=counts["ok"] / counts.sum(axis=1))


def _check(clips: pd.DataFrame, settings: FetchSettings) -> None:
    """Raises A2IError for ids that are none and settings that cannot work, before anything is asked of the site."""
    bad = clips.loc[~clips["source_id"].str.match(ID_PATTERN), "source_id"]
    if len(bad):
        raise A2IError(f"{len(bad)} ids are no video ids, such as {str(bad.iloc[0])[:40]!r}: leave them out")
    if "{id}" not in settings.url or not re.match("https?://", settings.url):
        raise A2IError(f"url {settings.url[:100]!r} must start with http and hold {{id}}")
    if settings.workers < 1 or settings.give_up_after < 1 or settings.retries < 0 or settings.pause < 0:
        raise A2IError("workers and give_up_after must be at least 1, retries and pause at least 0")
    if settings.cookies and not Path(settings.cookies).is_file():
        raise A2IError(f"there is no cookies file {settings.cookies!r}: export one from a signed-in browser")
    downloader(settings)  # says so at once where yt-dlp lacks


@contextmanager
def _journal(folder: Path) -> Iterator[TextIO]:
    """The journal, open for further lines and for this process alone."""
    with open(folder / _JOURNAL, "a+", encoding="utf-8") as journal:
        try:
            fcntl.flock(journal, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise A2IError(f"another process fetches into {folder}: wait for it, or choose another folder") from error
        journal.seek(0)
        text = journal.read()
        if text and not text.endswith("\n"):  # the line that a killed run was writing
            journal.write("\n")
        yield journal


def _known(rows: pd.DataFrame, folder: Path) -> dict[str, Outcome]:
    """What need not be done: outcomes that last, and media that is there under any of the usual names."""
    outcomes: dict[str, Outcome] = {}
    for line in (folder / _JOURNAL).read_text(encoding="utf-8").splitlines():
        try:
            outcome = Outcome(**json.loads(line))
        except (ValueError, TypeError):
            continue  # half a line
        outcomes[outcome.clip_id] = outcome
    try:
        there = find_media(rows, folder).dropna(subset="media")
    except A2IError:
        there = rows.iloc[:0].assign(media="")
    files = dict(zip(there["clip_id"], (os.path.basename(path) for path in there["media"]), strict=True))
    known = {key: o for key, o in outcomes.items() if o.status in LASTING or (o.status == "ok" and key in files)}
    return {key: Outcome(key, "ok", "was there", name) for key, name in files.items()} | known


def _without_clashes(todo: list, folder: Path, outcomes: dict[str, Outcome]) -> list:
    """`todo` without clips whose file another clip's file would replace, in a folder that ignores case."""
    if not todo or not _ignores_case(folder):
        return todo
    taken = {o.file.lower() for o in outcomes.values() if o.file}
    kept = []
    for row in todo:
        name = _file_name(row).lower()
        if name in taken:
            outcomes[row.clip_id] = Outcome(row.clip_id, "other", "its file's name differs from another's by case only")
        else:
            taken.add(name)
            kept.append(row)
    return kept


def _ignores_case(folder: Path) -> bool:
    """Whether two names that differ by case only are one file in `folder`."""
    probe = folder / f".case-{uuid.uuid4().hex}"
    probe.touch()
    try:
        return probe.with_name(probe.name.upper()).exists()
    finally:
        probe.unlink()


def _file_name(row: Any) -> str:
    return f"{row.source_id}_{round(row.start * 1000)}.mp4"


def _run(
    todo: list,
    folder: Path,
    settings: FetchSettings,
    outcomes: dict[str, Outcome],
    journal: TextIO,
    progress: Progress | None,
) -> Outcome | None:
    """Fetches `todo`; returns the last refusal where the site refuses, else None."""
    from pebble import ProcessPool

    waiting, again, streak = deque(todo), deque(), 0
    running: dict[Future, Any] = {}
    # spawn: a forked copy of a process with threads may hang.
    pool = ProcessPool(settings.workers, context=multiprocessing.get_context("spawn"))
    try:
        while waiting or running or again:
            if not waiting and not running:
                waiting, again = again, deque()
            while waiting and len(running) < settings.workers:
                row = waiting.popleft()
                path = folder / _file_name(row)
                task = [row.clip_id, row.source_id, float(row.start), float(row.end), path, settings]
                future = pool.schedule(_fetch_one, args=task, timeout=settings.clip_timeout + 2 * settings.pause)
                running[future] = row
            for future in wait(running, return_when=FIRST_COMPLETED).done:
                row = running.pop(future)
                outcome = _outcome(future, row.clip_id)
                first_refusal = outcome.status in REFUSALS and row.clip_id not in outcomes
                outcomes[row.clip_id] = outcome
                _note(journal, outcome)
                if progress and not first_refusal:
                    progress.update()
                if outcome.status not in REFUSALS:
                    streak = 0
                    continue
                streak += 1
                if streak >= settings.give_up_after:
                    return outcome
                if first_refusal:
                    again.append(row)  # once more when the others are done
                time.sleep(min(max(settings.backoff * 2**streak, outcome.wait), settings.longest_wait))
    finally:
        pool.stop()
        pool.join()
    return None


def _outcome(future: Future, clip_id: str) -> Outcome:
    """What a worker answered, or what became of it. Raises the A2IError of a full disk."""
    from pebble import ProcessExpired

    try:
        return future.result()
    except TimeoutError:
        return Outcome(clip_id, "network", "took too long")
    except ProcessExpired as error:
        return Outcome(clip_id, "other", f"its process died ({error.exitcode})")


def _note(journal: TextIO, outcome: Outcome) -> None:
    """Adds a line to the journal, on the disk before the next clip begins."""
    line = {key: value for key, value in asdict(outcome).items() if key != "wait"}
    try:
        journal.write(json.dumps(line) + "\n")
        journal.flush()
        os.fsync(journal.fileno())
    except OSError as error:
        raise A2IError(f"{journal.name} cannot be written ({error.strerror}): free some space and run again") from error


def _fetch_one(
    clip_id: str, source_id: str, start: float, end: float, path: Path, settings: FetchSettings
) -> Outcome:
    """One clip, in a worker: its outcome, whatever happens."""
    time.sleep(settings.pause * random.uniform(1.0, 2.0))
    ydl, files = _downloader(settings), []
    try:
        chosen = patiently(lambda: formats(ydl, settings.url.replace("{id}", source_id)), settings)
        for form in chosen:
            files.append(RemoteFile(ydl, form, settings))
        made = cut(files, path, start, end, settings.max_mb << 20)
    except Refused as error:
        return Outcome(clip_id, error.reason, error.detail, bytes=sum(f.received for f in files), wait=error.wait)
    except CutError as error:
        # Less than promised: the server lied or broke off, which another day may mend.
        reason = "network" if error.reason == "short" else error.reason
        return Outcome(clip_id, reason, error.detail, bytes=sum(f.received for f in files))
    finally:
        for file in files:
            file.close()
    received = sum(f.received for f in files)
    return Outcome(clip_id, "ok", "", path.name, round(made.offset, 3), round(made.seconds, 3), made.height, received)


@lru_cache(maxsize=1)
def _downloader(settings: FetchSettings) -> Any:
    """One YoutubeDL a process: it remembers the site's player code."""
    return downloader(settings)


def _table(clips: pd.DataFrame, outcomes: dict[str, Outcome]) -> pd.DataFrame:
    """`clips` with their outcomes; status "" where none is known yet."""
    found = [asdict(outcomes.get(clip_id, Outcome(clip_id, ""))) for clip_id in clips["clip_id"]]
    return clips.reset_index(drop=True).join(pd.DataFrame(found, columns=["clip_id", *_COLUMNS])[_COLUMNS])
