"""Media that is already there: which file in a folder belongs to which clip, under any of the usual names."""

import os
import re
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from a2i.core.errors import A2IError
from a2i.data.lists import clip_ids
from a2i.media import extensions

_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
_ID = "[A-Za-z0-9_-]{11}"
# ID, YID, ID_30.000, ID_30000, ID_000030, ID_30.000_40.000, ID_390.0-400.0, Title [ID]. Sound files count: their clips
# then end with a reason.
_NAME = rf"^(?:Y?(?P<id>{_ID})|.*\[(?P<bracketed>{_ID})\])(?:_(?P<start>{_NUMBER})(?:[_-]{_NUMBER})?)?\.[A-Za-z0-9]+$"
_WORDS = re.compile(r"[A-Z]?[a-z]*|[A-Z]+")  # what a person writes between dashes and underscores; no id is made of it
LEFT_BY_SYSTEMS = ("__MACOSX", "@eaDir", "$RECYCLE.BIN", "System Volume Information", "lost+found")


def video_id(name: str) -> str:
    """The id of the video that a file is a cut of, where its name says so: `ID_30.mp4`, `Title [ID].mp4`; else ""."""
    found = re.match(_NAME, name)
    if not found or (found["id"] and found["start"] is None):  # an id alone is the whole file's own name
        return ""
    words = re.split("[_-]", found["id"] or "")
    return "" if found["id"] and all(map(_WORDS.fullmatch, words)) else found["id"] or found["bracketed"]


def find_media(clips: pd.DataFrame, folder: Path | str) -> pd.DataFrame:
    """`clips` with `media` (path, or missing) and `media_kind`.

    "segment": the file is the cut segment and starts with it. "auto": the name has no start, so the file is either the
    whole video or the segment, which its length tells. Names are compared with their case, as the folder and those in
    it list them. A file named for the segment comes before one named for the video. Raises A2IError for a missing or
    empty folder.
    """
    names, places = _files(folder)
    parts = pc.extract_regex(names, pattern=_NAME)
    places, parts = places.filter(parts.is_valid()), parts.drop_null()
    ids, starts = parts.field("id"), parts.field("start")
    ids = pc.if_else(pc.equal(ids, ""), parts.field("bracketed"), ids)
    source_ids = pa.array(clips["source_id"], pa.large_string())
    # Of several files with one key the first is found.
    whole = pc.index_in(source_ids, pc.if_else(pc.equal(starts, ""), ids, None))
    meant, files = _starts(starts)
    place = pc.index_in(clip_ids(source_ids, clips["start"]), clip_ids(ids.take(files), meant))
    cut = files.take(place)
    media = places.take(pc.coalesce(cut, whole))
    kinds = np.where(cut.is_valid(), "segment", "auto")
    return clips.assign(media=media.to_pandas().set_axis(clips.index), media_kind=kinds)


def _files(folder: Path | str) -> tuple[pa.Array, pa.Array]:
    """The names of the media files in a folder and their paths, in the order of preference: pictures before sound, then
    by name.

    In Arrow's memory, in batches: there may be millions.
    """
    schema = pa.schema([("name", pa.large_string()), ("path", pa.large_string())])
    try:
        media = _media(os.fspath(folder))
        batches = iter(lambda: list(islice(media, 4096)), [])
        found = [pa.table(dict(zip(schema.names, zip(*batch, strict=True), strict=True)), schema) for batch in batches]
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path, or bytes that are no UTF-8
        raise A2IError(f"the media folder {str(folder)[:200]!r} cannot be read: check its path") from error
    if not found:
        raise A2IError(f"the media folder {str(folder)[:200]!r} holds no media: expected files such as ID.mp4")
    table = pa.concat_tables(found).combine_chunks()
    sound = pc.match_substring_regex(table["name"], rf"(?i)({'|'.join(map(re.escape, sorted(extensions.SOUND)))})$")
    keys = [(name, "ascending") for name in ("sound", "name", "path")]
    table = table.take(pc.sort_indices(table.append_column("sound", sound), keys))
    return table["name"].combine_chunks(), table["path"].combine_chunks()


def _media(folder: str) -> Iterator[tuple[str, str]]:
    """(name, path) of the plain files of media in a folder and those in it; what is no UTF-8 is nobody's."""
    os.fspath(folder).encode()
    waiting = [folder]
    while waiting:
        with os.scandir(waiting.pop()) as entries:
            for entry in entries:
                extension = os.path.splitext(entry.name)[1].lower()
                if entry.is_dir(follow_symlinks=False):
                    if not entry.name.startswith(".") and entry.name not in LEFT_BY_SYSTEMS:
                        waiting.append(entry.path)
                elif extension in extensions.VIDEO | extensions.SOUND and _is_utf8(entry.path) and entry.is_file():
                    yield entry.name, entry.path


def _is_utf8(text: str) -> bool:
    """Whether a name from the file system can be written into a table."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _starts(texts: pa.Array) -> tuple[np.ndarray, pa.Array]:
    """What the starts in files' names may mean, in s, and the position of each one's file; the likelier first.

    `30.000`: seconds. `000030`: seconds in six digits. `30000`: milliseconds, or at a pinch seconds.
    """
    files = np.flatnonzero(pc.not_equal(texts, ""))
    texts = texts.take(pa.array(files))
    value = texts.cast(pa.float64()).to_numpy()
    exact = pc.match_substring(texts, ".").to_numpy(zero_copy_only=False)
    padded = pc.match_substring_regex(texts, "^0[0-9]{5}$").to_numpy(zero_copy_only=False)
    seconds = exact | padded | (value < 1000)
    likely, unlikely = np.where(seconds, value, value / 1000), np.where(seconds, value / 1000, value)[~exact]
    return np.append(likely, unlikely), pa.array(np.append(files, files[~exact]).astype("int32"))

