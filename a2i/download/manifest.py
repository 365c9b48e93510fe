"""How each clip that was fetched ended: the reasons, and the journal of a folder that outlives a killed run.

A finished clip is a line of `fetch.jsonl`, on the disk before the next one begins.
"""

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import TextIO

import pandas as pd

from a2i.core.errors import A2IError
from a2i.core.files import locked

# What ends a clip, beside "ok". What may pass is tried again by the next run; "unclear" is an answer that yt-dlp could
# make nothing of, often one that a newer yt-dlp can read, or a process that died.
PASSING = ("rate_limited", "refused", "network", "unclear")
LASTING = ("private", "removed", "geo_blocked", "age", "no_sound", "no_picture", "too_large", "other")
REFUSALS = ("rate_limited", "refused")  # by the site, not of the clip
GONE = ("private", "removed", "geo_blocked", "age")  # the whole video, with all its clips
STATUSES = ("ok", *LASTING, *PASSING)

JOURNAL = "fetch.jsonl"
_COLUMNS = ["status", "detail", "file", "offset", "seconds", "height", "bytes"]


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


@contextmanager
def journal(folder: Path) -> Iterator[TextIO]:
    """The journal of `folder`, open for further lines and for this process alone. Raises A2IError."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / JOURNAL).touch()
    except OSError as error:
        raise A2IError(f"{str(folder)[:200]!r} cannot be written to ({error.strerror}): give another folder") from error
    busy = f"another process fetches into {folder}: wait for it, or choose another folder"
    with locked(folder / "fetch.lock", busy), open(folder / JOURNAL, "a+", encoding="utf-8", errors="replace") as lines:
        lines.seek(0)
        text = lines.read()
        if text and not text.endswith("\n"):  # the line that a killed run was writing
            lines.write("\n")
        yield lines


def note(lines: TextIO, outcome: Outcome) -> None:
    """Adds a line to the journal, on the disk before the next clip begins."""
    line = {key: value for key, value in asdict(outcome).items() if key != "wait"}
    try:
        lines.write(json.dumps(line) + "\n")
        lines.flush()
        os.fsync(lines.fileno())
    except OSError as error:
        raise A2IError(f"{lines.name} cannot be written ({error.strerror}): free some space and run again") from error


def read(folder: Path) -> dict[str, Outcome]:
    """The last outcome of each clip in the journal of `folder`."""
    outcomes: dict[str, Outcome] = {}
    for line in (folder / JOURNAL).read_text(encoding="utf-8", errors="replace").splitlines():
        try:
            outcome = Outcome(**json.loads(line))
            outcomes[outcome.clip_id] = outcome
        except (ValueError, TypeError):
            continue  # half a line
    return outcomes


def table(clips: pd.DataFrame, outcomes: dict[str, Outcome]) -> pd.DataFrame:
    """`clips` with their outcomes; status "" where none is known yet."""
    found: Iterable[dict] = [asdict(outcomes.get(clip_id, Outcome(clip_id, ""))) for clip_id in clips["clip_id"]]
    return clips.reset_index(drop=True).join(pd.DataFrame(found, columns=["clip_id", *_COLUMNS])[_COLUMNS])


def availability(table: pd.DataFrame) -> pd.DataFrame:
    """Clips a class (and "all") by status, from `fetch`'s table: columns ok, the reasons that occur, clips, share."""
    counts = pd.crosstab(table["label"], table["status"])
    counts = counts.reindex(columns=[s for s in (*STATUSES, "") if s == "ok" or s in counts], fill_value=0)
    counts = counts.rename(columns={"": "not_tried"}).rename_axis(columns=None)
    counts.loc["all"] = counts.sum()
    return counts.assign(clips=counts.sum(axis=1), share=counts["ok"] / counts.sum(axis=1))
