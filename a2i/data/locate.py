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
from a2i.data.lists import MEDIA_EXTENSIONS, clip_ids

_NUMBER = r"[0-9]{1,9}(?:\.[0-9]{1,6})?"
# ID, YID, ID_30.000, ID_30000, ID_000030, ID_30.000_40.000. Sound files count: their clips then end with a reason.
_NAME = rf"^Y?(?P<id>[A-Za-z0-9_-]{{11}})(?:_(?P<start>{_NUMBER})(?:_{_NUMBER})?)?\.[A-Za-z0-9]+$"
_SOUND_EXTENSIONS = frozenset([".m4a", ".wav", ".flac", ".mp3", ".ogg", ".opus"])


def find_media(clips: pd.DataFrame, folder: Path | str) -> pd.DataFrame:
    """`clips` with `media` (path, or missing) and `media_kind`.

    "segment": the file is the cut segment and starts with it. "auto": the name has no start, so the file is either the
    whole video or the segment, which its length tells. Names are compared with their case, as the folder lists them.
    A file named for the segment comes before one named for the video. Raises A2IError for a missing or empty folder.
    """
    names = _names(folder)
    parts = pc.extract_regex(names, pattern=_NAME)
    names, parts = names.filter(parts.is_valid()), parts.drop_null()
    ids, starts = parts.field("id"), parts.field("start")
    source_ids = pa.array(clips["source_id"], pa.large_string())
    # Of several files with one key the first is found.
    whole = pc.index_in(source_ids, pc.if_else(pc.equal(starts, ""), ids, None))
    meant, files = _starts(starts)
    place = pc.index_in(clip_ids(source_ids, clips["start"]), clip_ids(ids.take(files), meant))
    cut = files.take(place)
    folder, nothing = (pa.scalar(text, names.type) for text in (os.path.join(os.fspath(folder), ""), ""))
    media = pc.binary_join_element_wise(folder, names.take(pc.coalesce(cut, whole)), nothing)
    kinds = np.where(cut.is_valid(), "segment", "auto")
    return clips.assign(media=media.to_pandas().set_axis(clips.index), media_kind=kinds)


def _names(folder: Path | str) -> pa.Array:
    """The names of the media files in a folder, in the order of preference: pictures before sound, then by name.

    In Arrow's memory, in batches: there may be millions.
    """
    try:
        with os.scandir(folder) as entries:
            media = _media(entries)
            batches = iter(lambda: list(islice(media, 4096)), [])
            found = pa.chunked_array([pa.array(batch, pa.large_string()) for batch in batches], pa.large_string())
        os.fspath(folder).encode()
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path, or bytes that are no UTF-8
        raise A2IError(f"the media folder {str(folder)[:200]!r} cannot be read: check its path") from error
    if not len(found):
        raise A2IError(f"the media folder {str(folder)[:200]!r} holds no media: expected files such as ID.mp4")
    found = found.combine_chunks()
    sound = pc.match_substring_regex(found, rf"(?i)({'|'.join(map(re.escape, sorted(_SOUND_EXTENSIONS)))})$")
    order = pc.sort_indices(pa.table([sound, found], ["sound", "name"]), [("sound", "ascending"), ("name", "ascending")])
    return found.take(order)


def _media(entries: Iterator[os.DirEntry]) -> Iterator[str]:
    """The names of plain files of media; one that is no ASCII is nobody's id."""
    for entry in entries:
        extension = os.path.splitext(entry.name)[1].lower()
        if extension in MEDIA_EXTENSIONS | _SOUND_EXTENSIONS and entry.name.isascii() and entry.is_file():
            yield entry.name


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

