"""Media that is already there: which file in a folder belongs to which clip, under any of the usual names."""

import os
import re
from pathlib import Path

import pandas as pd

from a2i.errors import A2IError
from a2i.segments import MEDIA_EXTENSIONS

_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
# ID, YID, ID_30.000, ID_30000, ID_000030, ID_30.000_40.000. Sound files count: their clips then end with a reason.
_STEM = re.compile(rf"Y?(?P<id>[A-Za-z0-9_-]{{11}})(?:_(?P<start>{_NUMBER})(?:_{_NUMBER})?)?")
_SOUND_EXTENSIONS = frozenset([".m4a", ".wav", ".flac", ".mp3", ".ogg", ".opus"])


def find_media(clips: pd.DataFrame, folder: Path | str) -> pd.DataFrame:
    """`clips` with `media` (path or None) and `media_kind`.

    "segment": the file is the cut segment and starts with it. "auto": the name has no start, so the file is either the
    whole video or the segment, which its length tells. Names are compared with their case, as the folder lists them.
    A file named for the segment comes before one named for the video. Raises A2IError for a missing or empty folder.
    """
    whole, cut = _scan(folder)
    milliseconds = (clips["start"] * 1000).round().astype("int64")
    media, kinds = [], []
    for source_id, ms in zip(clips["source_id"], milliseconds, strict=True):
        segment = cut.get((source_id, ms))
        media.append(segment or whole.get(source_id))
        kinds.append("segment" if segment else "auto")
    return clips.assign(media=pd.Series(media, index=clips.index, dtype=object), media_kind=kinds)


def _scan(folder: Path | str) -> tuple[dict[str, str], dict[tuple[str, int], str]]:
    """Files by video id, and by (video id, start in ms), from one pass over the folder."""
    whole: dict[str, str] = {}
    cut: dict[tuple[str, int], tuple[int, str]] = {}
    try:
        with os.scandir(folder) as entries:
            found = sorted(
                (extension not in MEDIA_EXTENSIONS, entry.name, entry.path)
                for entry in entries
                if (extension := os.path.splitext(entry.name)[1].lower()) in MEDIA_EXTENSIONS | _SOUND_EXTENSIONS
                and entry.is_file()
            )
    except (OSError, ValueError) as error:
        raise A2IError(f"the media folder {str(folder)[:200]!r} cannot be read: check its path") from error
    if not found:
        raise A2IError(f"the media folder {str(folder)[:200]!r} holds no media: expected files such as ID.mp4")
    for _, name, path in found:
        match = _STEM.fullmatch(os.path.splitext(name)[0])
        if match is None:
            continue
        if match["start"] is None:
            whole.setdefault(match["id"], path)
            continue
        for doubt, ms in enumerate(_starts(match["start"])):
            known = cut.get((match["id"], ms))
            if known is None or doubt < known[0]:
                cut[match["id"], ms] = (doubt, path)
    return whole, {key: path for key, (_, path) in cut.items()}


def _starts(text: str) -> list[int]:
    """What a start in a file's name may mean, in ms, the likeliest first.

    `30.000`: seconds. `000030`: seconds in six digits. `30000`: milliseconds, or at a pinch seconds.
    """
    if "." in text:
        return [round(float(text) * 1000)]
    seconds, milliseconds = int(text) * 1000, int(text)
    padded = len(text) == 6 and text.startswith("0")
    return [seconds, milliseconds] if padded or int(text) < 1000 else [milliseconds, seconds]
