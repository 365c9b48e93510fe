"""Lists of labelled segments, as their makers publish them: AudioSet's and VGGSound's.

Each line is read on its own and checked against the list's form, so that a damaged or hostile one costs itself and
nothing else: `frame.attrs["refused"]` counts what was left out, by reason.
"""

import functools
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from a2i.core.errors import A2IError
from a2i.data.classes import VGGSOUND_LABELS
from a2i.media.mel import SECONDS

ID_PATTERN = r"^[A-Za-z0-9_-]{11}$"
LABEL_PATTERN = r"^[A-Za-z0-9/][A-Za-z0-9 _/().,'&:-]{0,79}$"  # ids such as /m/01yrx, or plain names; no formulas

_MAX_FILE = 1 << 30  # bytes of a list; AudioSet's longest has 100 MB
_BLOCK = 256 << 10  # bytes of a list read at a time
_MAX_LINE = 4096  # bytes; AudioSet's longest has about 250
_SPOILT = r'^\s*"?#(NAME\?|REF!|VALUE!|N/A)'  # what a spreadsheet makes of an id that begins with a dash
_FIELD = r'\s*"?(?P<{}>[^",]*)"?\s*'
_NUMBER = r'\s*"?(?P<{}>[0-9]{{1,7}}(?:\.[0-9]{{0,9}})?)"?\s*'
_LABELS = r'\s*"?(?P<labels>[^"]*)"?\s*'
_AUDIOSET = "^" + ",".join([_FIELD.format("id"), _NUMBER.format("start"), _NUMBER.format("end"), _LABELS]) + "$"
_VGGSOUND = "^" + ",".join([_FIELD.format("id"), _NUMBER.format("start"), _LABELS, _FIELD.format("split")]) + "$"
_IDS = r'^\s*"?(?P<id>[A-Za-z0-9_-]{11})"?\s*(?:,.*)?$'


def read_list(path: Path | str, split: str = "") -> pd.DataFrame:
    """A list in AudioSet's or VGGSound's form, whichever its first line has; of VGGSound's only `split`, if given."""
    first = next(_blocks(path))[:1]
    if pc.match_substring_regex(first, _AUDIOSET)[0].as_py() or not pc.match_substring_regex(first, _VGGSOUND)[0].as_py():
        return read_segments(path)
    frame = read_vggsound(path)
    return frame[frame["split"] == split] if split else frame


def read_segments(path: Path | str) -> pd.DataFrame:
    """A list in AudioSet's form: comment lines, then `id, start, end, "label,label"`.

    Returns source_id (str), start and end (s), labels (list of str, in Arrow's memory). `attrs["refused"]` maps
    reasons to counts of lines. Raises A2IError where the file cannot be read or holds no such line.
    """

    def columns(fields: dict[str, pa.Array]) -> dict[str, pa.Array]:
        labels = pc.split_pattern_regex(fields["labels"].cast(pa.string()), r"\s*,\s*")
        return {"end": fields["end"].cast(pa.float64()), "labels": labels}

    return _read(path, _AUDIOSET, "id, start, end, labels", columns)


def read_vggsound(path: Path | str) -> pd.DataFrame:
    """VGGSound's CSV, `id,start,label,split`: as `read_segments`, and split ("train" | "eval").

    Labels that mean one of the paper's ten become its AudioSet id; the others keep their name. A segment is 10 s.
    """

    def columns(fields: dict[str, pa.Array]) -> dict[str, pa.Array]:
        names = pc.dictionary_encode(fields["labels"])
        mids = pa.array([VGGSOUND_LABELS.get(name, name) for name in names.dictionary.to_pylist()], pa.string())
        labels = pa.ListArray.from_arrays(np.arange(len(names) + 1, dtype=np.int32), mids.take(names.indices))
        given = pc.index_in(pc.utf8_lower(fields["split"]), pa.array(["train", "test"]))
        split = pa.array(["train", "eval"]).take(given)
        return {"end": pc.add(fields["start"].cast(pa.float64()), SECONDS), "labels": labels, "split": split}

    return _read(path, _VGGSOUND, "id,start,label,split", columns)


def read_ids(path: Path | str) -> pd.Series:
    """The video ids of any list: the first column of each line, or one id a line."""
    blocks = (pc.struct_field(pc.extract_regex(lines, pattern=_IDS), "id").drop_null() for lines in _blocks(path))
    found = pa.chunked_array([block.cast(pa.string()) for block in blocks])
    if not len(found):
        raise A2IError(f"{path} names no video id: give a list whose first column is an 11-character id")
    return pd.Series(found.to_pandas(), name="source_id").drop_duplicates(ignore_index=True)


def clip_ids(source_ids: pa.Array, starts: Sequence[float]) -> pa.Array:
    """The id of each segment: its video's and its start in ms. source_ids: large_string (n,), starts: s."""
    milliseconds = pa.array(np.round(np.asarray(starts) * 1000).astype("int64"))
    return pc.binary_join_element_wise(source_ids, milliseconds.cast(source_ids.type), pa.scalar("_", source_ids.type))


def read_labels(path: Path | str) -> pd.DataFrame:
    """AudioSet's `class_labels_indices.csv`: index (int), mid, display_name."""
    _check_file(path, limit=10 << 20)
    try:
        head = pd.read_csv(path, nrows=0)
        if not {"mid", "display_name"} <= set(head.columns):
            raise A2IError(f"{path} is no list of labels: it needs the columns index, mid, display_name")
        table = pd.read_csv(path, usecols=["mid", "display_name"], dtype=str, keep_default_na=False)
    except (ValueError, pd.errors.ParserError) as error:
        raise A2IError(f"{path} is no readable list of labels ({_short(error)})") from error
    good = table["mid"].str.match(LABEL_PATTERN) & (table["display_name"].str.len() <= 200)
    table = table[good].drop_duplicates("mid").reset_index(drop=True)
    table.insert(0, "index", range(len(table)))
    return table


def read_ontology(path: Path | str) -> dict[str, list[str]]:
    """AudioSet's `ontology.json` as a map from an id to the ids right below it."""
    _check_file(path, limit=50 << 20)
    try:
        entries = json.loads(Path(path).read_text(encoding="utf-8"))
        return {str(e["id"]): [str(child) for child in e.get("child_ids", [])] for e in entries}
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise A2IError(f"{path} is no ontology in AudioSet's form ({_short(error)})") from error


def _read(path: Path | str, pattern: str, form: str, columns: Callable[[dict], dict[str, pa.Array]]) -> pd.DataFrame:
    """The good lines of a list, read in blocks so that what is held at a time does not grow with the list.

    columns: what a list's form adds to source_id and start, from the named groups of `pattern`.
    """
    refused: Counter[str] = Counter()
    parts = [_block(lines, pattern, form, columns, refused) for lines in _blocks(path)]
    table = pa.concat_tables(parts).combine_chunks()
    pa.default_memory_pool().release_unused()
    if not len(table):
        raise A2IError(f"no line of {path} can be used ({refused.most_common(1)[0][0]}): is it the right file?")
    labels = pd.Series(pd.arrays.ArrowExtensionArray(table["labels"]), name="labels")
    frame = table.drop_columns("labels").to_pandas()
    frame.insert(3, "labels", labels)
    frame.attrs["refused"] = {reason: count for reason, count in refused.items() if count}
    return frame


def _block(
    lines: pa.Array, pattern: str, form: str, columns: Callable[[dict], dict[str, pa.Array]], refused: Counter[str]
) -> pa.Table:
    """The good lines of a block; the others are counted in `refused`."""

    def kept(values: Any, good: pa.Array, reason: str) -> Any:
        refused[reason] += len(good) - (pc.sum(good).as_py() or 0)
        return values.filter(good)

    lines = kept(lines, pc.less_equal(pc.binary_length(lines), _MAX_LINE), "line longer than 4 kB")
    found = pc.extract_regex(lines, pattern=pattern)
    found = kept(found, found.is_valid(), f"line is not of the form {form}")
    # What comes after this is plain ASCII, which makes the cast to text safe.
    plain = [pc.match_substring_regex(pc.struct_field(found, n), r"^[\x20-\x7e\t\r]*$") for n in found.type.names]
    found = kept(found, functools.reduce(pc.and_, plain), "characters outside ASCII")
    fields = {n: pc.utf8_trim_whitespace(pc.struct_field(found, n).cast(pa.large_string())) for n in found.type.names}
    table = pa.table({"source_id": fields["id"], "start": fields["start"].cast(pa.float64()), **columns(fields)})
    table = kept(table, pc.match_substring_regex(table["source_id"], ID_PATTERN), "id is no 11-character video id")
    table = kept(table, pc.greater(table["end"], table["start"]), "segment does not end after its start")
    table = kept(table, _labelled(table["labels"].combine_chunks()), "label is neither an id nor a name")
    if "split" in table.column_names:
        table = kept(table, table["split"].is_valid(), "split is neither train nor test")
    return table


def _labelled(labels: pa.ListArray) -> pa.Array:
    """Whether all labels of a line are ids or names."""
    good = pc.match_substring_regex(labels.flatten(), LABEL_PATTERN)
    bad = pc.list_parent_indices(labels).filter(pc.invert(good))
    clean = np.ones(len(labels), bool)
    clean[bad.to_numpy()] = False
    return pa.array(clean)


def _blocks(path: Path | str) -> Iterator[pa.Array]:
    """The lines of a list as bytes, block by block (at least one), without comments, blank lines, a heading, and the
    column of row numbers that pandas writes before the others."""
    _check_file(path, limit=_MAX_FILE)
    headed = empty = True
    numbered = False
    for content in _whole_lines(path):
        lines = pc.list_flatten(pc.split_pattern(pa.array([content], pa.large_binary()), "\n"))
        comment, spoilt = (pc.match_substring_regex(lines, pattern) for pattern in (r"^\s*(#|$)", _SPOILT))
        lines = lines.filter(pc.or_(pc.invert(comment), spoilt))
        if len(lines) and headed:
            heading = lines[0].as_py()[:200].lower()
            numbered, headed = b"start" in heading and heading.startswith((b",", b'"",')), False
            lines = lines[b"start" in heading :]
        if numbered:
            lines = pc.replace_substring_regex(lines, r"^[^,]*,", "", max_replacements=1)
        if len(lines):
            empty = False
            yield lines
    if empty:
        raise A2IError(f"{path} is empty: give a list in AudioSet's CSV form")


def _whole_lines(path: Path | str) -> Iterator[bytes]:
    """The bytes of a file in blocks that end where a line does; of a line too long to be taken only the beginning."""
    with open(path, "rb") as file:
        rest = file.read(3).removeprefix(b"\xef\xbb\xbf")
        while block := file.read(_BLOCK):
            block = rest + block
            end = block.rfind(b"\n") + 1
            rest = block[end : end + _MAX_LINE + 1]
            yield block[:end]
        yield rest


def _check_file(path: Path | str, limit: int) -> None:
    """Raises A2IError for what cannot be a list of text: missing, no plain file, too large, UTF-16, binary."""
    shown = repr(str(path)[:200])
    try:
        if not Path(path).is_file():
            raise A2IError(f"there is no file {shown}: check the path of the list")
        if Path(path).stat().st_size > limit:
            raise A2IError(f"{shown} is larger than {limit >> 20} MB, which no list is: is it the right file?")
        with open(path, "rb") as file:
            head = file.read(4096)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the path
        raise A2IError(f"{shown} cannot be read ({_short(error)})") from error
    if head[:2] in (b"\xff\xfe", b"\xfe\xff") or head.count(b"\0") > len(head) // 8:
        raise A2IError(f"{shown} is UTF-16 or binary: save the list as plain CSV in UTF-8")
    if not head.strip():
        raise A2IError(f"{shown} is empty: give a list in its published form")


def _short(error: Exception) -> str:
    """The first line of an error's text, fit for a one-line message."""
    return (str(error).splitlines() or [type(error).__name__])[0][:120]
