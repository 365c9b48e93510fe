"""The unfinished store: each clip's result in a file of its own until its shard is complete, then the shard in one piece.

What is here runs in the workers. A file appears by renaming, whole or not at all, so whoever is killed leaves nothing
that the next run could mistake for a result.
"""

import contextlib
import errno
import hashlib
import json
import os
import re
import uuid
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import numpy as np
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from a2i.core.errors import A2IError
from a2i.data.store import OK
from a2i.media import container, decode
from a2i.media.mel import log_mel


@dataclass(frozen=True)
class ClipTask:
    """A clip to decode."""

    folder: str  # the store
    shard: int
    row: int  # among the shard's clips, also those that fail
    clip_id: str
    media: str  # path; "" where there is none
    kind: str  # as `media.decode` takes it
    start: float  # s
    end: float  # s
    frames: int
    size: int
    frame_sampling: str
    seed: int
    need_sound: bool
    need_picture: bool
    request: str = ""  # as `staging` takes it
    picture: str = ""  # path of the picture beside a file of sound; "" where there is none
    keep_odd: bool = True  # whether a clip that is odd (`media.quality`) is kept

    @property
    def place(self) -> Path:
        """The file that takes the result."""
        return clip_place(self.folder, self.shard, self.row, self.request)


@dataclass(frozen=True)
class ShardTask:
    """A shard to put together from its clips' results."""

    folder: str  # the store
    number: int
    clips: int
    frames: int
    size: int
    request: str = ""


@dataclass(frozen=True)
class Row:
    """What the store says of a clip beside the list's own columns."""

    status: str  # "ok", or one of `container`'s reasons
    detail: str = ""  # of a clip that is kept: what is odd about it, as `media.quality` names it, with commas between
    seconds: float = 0.0
    sample_rate: int = 0
    channels: int = 0
    frame_times: tuple[float, ...] = ()
    media_sha256: str = ""
    seen: str = ""  # as `saw` tells it of the files that were decoded


def staging(folder: Path | str, request: str = "") -> Path:
    """Where the unfinished parts of the store in `folder` lie.

    `request` names what it is to hold. Results of two requests lie apart, because a cluster still works on what it has
    been sent when its run is killed, and another may have begun in the same folder.
    """
    return Path(folder) / ".staging" / request


def clip_place(folder: Path | str, shard: int, row: int, request: str = "") -> Path:
    """The file of one clip's result; by position, because ids come from outside."""
    return staging(folder, request) / f"{shard:05d}" / f"{row:06d}"


def staged_rows(folder: Path | str, shard: int, request: str = "") -> set[int]:
    """The rows of a shard that have a result."""
    return {int(name) for name in _names(clip_place(folder, shard, 0, request).parent) if name.isdecimal()}


def shard_place(folder: Path | str, shard: int, request: str = "") -> Path:
    """The file that says that a shard is complete, with its rows and checksums."""
    return staging(folder, request) / f"shard-{shard:05d}.json"


def complete_shards(folder: Path | str, request: str = "") -> set[int]:
    """The shards that are complete; from one listing, as a shared folder may remember for a while that a file it was
    asked for was not there."""
    found = (re.fullmatch(r"shard-(\d+)\.json", name) for name in _names(staging(folder, request)))
    return {int(match[1]) for match in found if match}


def _names(folder: Path) -> list[str]:
    try:
        return os.listdir(folder)
    except FileNotFoundError:
        return []


def decode_clip(task: ClipTask) -> str:
    """Decodes a clip and stages its result; the same task gives the same bytes wherever and whenever it runs."""
    arrays: dict[str, np.ndarray] = {}
    seen = saw(task)
    try:
        row, arrays = _decoded(task)
    except container.MediaError as error:
        row = Row(error.reason, error.detail[:200])
    except MemoryError:
        row = Row(container.MEMORY, "more memory than allowed")
    except (ArithmeticError, LookupError, TypeError, ValueError, OSError) as error:
        # Headers that make no sense come out of decoding in many ways; none of them may cost more than the clip.
        row = Row(container.UNREADABLE, f"{type(error).__name__}: {error}"[:200])
    stage(task.place, replace(row, seen=seen), arrays)
    return row.status


def saw(task: ClipTask) -> str:
    """What there is to see of a clip's files without reading them: their sizes and times of change; "" for none."""
    told = []
    for path in filter(None, (task.media, task.picture)):
        try:
            status = os.stat(path)
            told.append(f"{status.st_size} {status.st_mtime_ns}")
        except (OSError, ValueError):
            told.append("none")
    return "|".join(told)


def _decoded(task: ClipTask) -> tuple[Row, dict[str, np.ndarray]]:
    """A clip's row and arrays: log_mel float16 (128, 431), frames uint8 (frames, size, size, 3)."""
    if not task.media:
        raise container.MediaError(container.MISSING, "no media file")
    container.silence_decoder()
    key = int.from_bytes(hashlib.sha256(task.clip_id.encode("utf-8", "replace")).digest()[:8], "little")
    clip = decode.decode(
        task.media, task.start, task.end, kind=task.kind, frames=task.frames, size=task.size,
        frame_sampling=task.frame_sampling, rng=np.random.default_rng([task.seed, key]), need_sound=task.need_sound,
        need_picture=task.need_picture and not task.picture,
    )  # fmt: skip
    times = tuple(round(float(time), 6) for time in clip.frame_times)
    pictures = clip.frames if len(clip.frames) else np.zeros((task.frames, task.size, task.size, 3), np.uint8)
    if task.picture and not len(clip.frames):
        pictures[:] = decode.read_picture(task.picture, task.size)
        times = (0.0,) * task.frames
    if clip.remarks and not task.keep_odd:
        raise container.MediaError(container.ODD, ", ".join(clip.remarks))
    row = Row(
        OK, ", ".join(clip.remarks), round(clip.seconds, 6), clip.sample_rate, clip.channels, times, clip.sha256
    )
    return row, {"log_mel": log_mel(clip.samples).astype(np.float16), "frames": pictures}


def stage(place: Path, row: Row, arrays: dict[str, np.ndarray]) -> None:
    """Writes a clip's result; raises A2IError where the disk is full."""
    temporary = place.with_name(f".{place.name}.{uuid.uuid4().hex[:8]}")  # no process's number: machines share those
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        # Not synced: 50,000 syncs take longer than decoding again the few clips that a power cut costs.
        save_file(arrays, temporary, metadata={"row": json.dumps(asdict(row), sort_keys=True)})
        os.replace(temporary, place)
    except (OSError, SafetensorError) as error:
        full = getattr(error, "errno", None) in (errno.ENOSPC, errno.EDQUOT) or "No space left" in str(error)
        reason = "no room left" if full else f"cannot write ({error})"
        raise A2IError(f"{reason} in {place.parent}: mend that and run the same command again") from error
    finally:
        with contextlib.suppress(OSError):
            temporary.unlink(missing_ok=True)


def read_staged(place: Path) -> tuple[Row, dict[str, np.ndarray]] | None:
    """A clip's staged result; None where there is none, or a torn one."""
    try:
        with safe_open(place, framework="np") as file:
            row = json.loads(file.metadata()["row"])
            arrays = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (it is no dict)
            return Row(**{**row, "frame_times": tuple(row["frame_times"])}), arrays
    except (OSError, SafetensorError, KeyError, TypeError, ValueError):
        return None
