"""Lists of labelled segments, as their makers publish them: AudioSet's, VGGSound's, or a folder of class-named folders.

Each line is read on its own and checked against the list's form, so that a damaged or hostile one costs itself and
nothing else: `frame.attrs["refused"]` counts what was left out, by reason.
"""

import base64
import hashlib
import json
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from a2i.classes import PAPER_CLASSES, VGGSOUND_LABELS, slug
from a2i.errors import A2IError

ID_PATTERN = r"^[A-Za-z0-9_-]{11}$"
LABEL_PATTERN = r"^[A-Za-z0-9/][A-Za-z0-9 _/().,'&:-]{0,79}$"  # ids such as /m/01yrx, or plain names; no formulas
MEDIA_EXTENSIONS = frozenset(
    [".mp4", ".webm", ".mkv", ".avi", ".mov", ".3gp", ".m4v", ".flv", ".mpg", ".mpeg", ".ts", ".ogv", ".wmv"]
)
CLIP_SECONDS = 10.0

_MAX_FILE = 1 << 30  # bytes of a list; AudioSet's longest has 100 MB
_MAX_LINE = 4096  # bytes; AudioSet's longest has about 250
_FIELD = r'\s*"?(?P<{}>[^",]*)"?\s*'
_NUMBER = r'\s*"?(?P<{}>[0-9]{{1,7}}(?:\.[0-9]{{0,9}})?)"?\s*'
_LABELS = r'\s*"?(?P<labels>[^"]*)"?\s*'
_AUDIOSET = "^" + ",".join([_FIELD.format("id"), _NUMBER.format("start"), _NUMBER.format("end"), _LABELS]) + "$"
_VGGSOUND = "^" + ",".join([_FIELD.format("id"), _NUMBER.format("start"), _LABELS, _FIELD.format("split")]) + "$"
_IDS = r'^\s*"?(?P<id>[A-Za-z0-9_-]{11})"?\s*(?:,.*)?$'


def read_list(path: Path | str, split: str = "") -> pd.DataFrame:
    """A list in AudioSet's or VGGSound's form, whichever its first line has; of VGGSound's only `split`, if given."""
    first = _lines(path)[:1]
    if pc.match_substring_regex(first, _AUDIOSET)[0].as_py() or not pc.match_substring_regex(first, _VGGSOUND)[0].as_py():
        return read_segments(path)
    frame = read_vggsound(path)
    return frame[frame["split"] == split] if split else frame


def read_segments(path: Path | str) -> pd.DataFrame:
    """A list in AudioSet's form: comment lines, then `id, start, end, "label,label"`.

    Returns source_id (str), start and end (s), labels (list of str, in Arrow's memory). `attrs["refused"]` maps
    reasons to counts of lines. Raises A2IError where the file cannot be read or holds no such line.
    """
    fields, refused = _parse(path, _AUDIOSET, "id, start, end, labels")
    labels = pc.split_pattern_regex(pc.utf8_trim_whitespace(fields["labels"]), r"\s*,\s*")
    frame = _frame(fields["id"], fields["start"], fields["end"], labels)
    return _checked(frame, refused, path)


def read_vggsound(path: Path | str) -> pd.DataFrame:
    """VGGSound's CSV, `id,start,label,split`: as `read_segments`, and split ("train" | "eval").

    Labels that mean one of the paper's ten become its AudioSet id; the others keep their name. A segment is 10 s.
    """
    fields, refused = _parse(path, _VGGSOUND, "id,start,label,split")
    names = pc.dictionary_encode(pc.utf8_trim_whitespace(fields["labels"]))
    mids = pa.array([VGGSOUND_LABELS.get(name, name) for name in names.dictionary.to_pylist()], pa.string())
    flat = mids.take(names.indices)
    labels = pa.ListArray.from_arrays(np.arange(len(flat) + 1, dtype=np.int32), flat)
    ends = pc.add(fields["start"].cast(pa.float64()), CLIP_SECONDS)
    frame = _frame(fields["id"], fields["start"], ends, labels)
    split = pd.Series(fields["split"].to_pandas()).str.strip().str.lower()
    frame["split"] = split.map({"train": "train", "test": "eval"})
    return _refuse(_checked(frame, refused, path), frame["split"].notna(), "split is neither train nor test", path)


def read_ids(path: Path | str) -> pd.Series:
    """The video ids of any list: the first column of each line, or one id a line."""
    lines = _lines(path)
    found = pc.struct_field(pc.extract_regex(lines, pattern=_IDS), "id").drop_null()
    if not len(found):
        raise A2IError(f"{path} names no video id: give a list whose first column is an 11-character id")
    return pd.Series(found.cast(pa.string()).to_pandas(), name="source_id").drop_duplicates(ignore_index=True)


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


def from_folders(folder: Path | str, eval_share: float = 0.2, seed: int = 0) -> pd.DataFrame:
    """Clips of a folder of class-named folders of media, with the columns `media` (path) and `media_kind`.

    Each file is one segment of up to 10 s. Split by a seeded hash of the file's path, class by class, so that a new
    file moves no other. `source_id` is a hash of the path. Raises A2IError for a folder or a class without media.
    """
    folder = Path(folder)
    if not folder.is_dir():
        raise A2IError(f"there is no folder {str(folder)[:200]!r}: give a folder that holds one folder a class")
    if not 0 < eval_share < 1:
        raise A2IError(f"eval_share must lie between 0 and 1, not {eval_share}")
    classes = sorted(e.name for e in os.scandir(folder) if e.is_dir() and not e.name.startswith("."))
    parts = [_folder_class(folder, name, eval_share, seed) for name in classes]
    if not parts:
        raise A2IError(f"{folder} holds no folders: put the media into one folder a class, such as {folder}/dog/")
    clips = pd.concat(parts, ignore_index=True)
    if clips["label"].nunique() < 2:
        raise A2IError(f"{folder} holds only the class {clips['label'][0]!r}: at least two are needed")
    return clips


def _folder_class(folder: Path, name: str, eval_share: float, seed: int) -> pd.DataFrame:
    """The clips of one class folder."""
    known = {slug(c.title): c for c in PAPER_CLASSES} | {c.name: c for c in PAPER_CLASSES}
    label = known[slug(name)].name if slug(name) in known else slug(name)
    if not label:
        raise A2IError(f"the folder name {name[:60]!r} has no letter or digit: rename it to the name of its class")
    paths = sorted(Path(root, file) for root, _, files in os.walk(folder / name) for file in files)
    paths = [p for p in paths if p.suffix.lower() in MEDIA_EXTENSIONS and not p.name.startswith(".")]
    if len(paths) < 2:
        raise A2IError(f"the class folder {folder / name} holds {len(paths)} media files: it needs two or more")
    keys = [os.fsencode(p.relative_to(folder).as_posix()) for p in paths]
    order = np.argsort([hashlib.sha256(b"%d/%b" % (seed, key)).hexdigest() for key in keys], kind="stable")
    held = order[: min(max(round(len(paths) * eval_share), 1), len(paths) - 1)]
    split = np.full(len(paths), "train", dtype=object)
    split[held] = "eval"
    ids = [base64.urlsafe_b64encode(hashlib.sha256(key).digest())[:11].decode() for key in keys]
    mid = known[slug(name)].mid if slug(name) in known else label
    clips = {"clip_id": [f"{i}_0" for i in ids], "source_id": ids, "start": 0.0, "end": CLIP_SECONDS, "label": label}
    clips |= {"labels": [[mid]] * len(paths), "split": split, "media": [str(p) for p in paths]}
    return pd.DataFrame(clips | {"media_kind": "segment"})


def _parse(path: Path | str, pattern: str, form: str) -> tuple[dict[str, pa.Array], dict[str, int]]:
    """The named groups of `pattern` for each line that has the form, and how many lines were refused."""
    lines = _lines(path)
    short = pc.less_equal(pc.binary_length(lines), _MAX_LINE)
    refused = {"line longer than 4 kB": len(lines) - pc.sum(short).as_py()}
    lines = lines.filter(short)
    found = pc.extract_regex(lines, pattern=pattern)
    good = found.is_valid()
    refused[f"line is not of the form {form}"] = len(lines) - pc.sum(good).as_py()
    # Everything after the pattern is plain ASCII, which makes the cast to text safe.
    found = found.filter(good)
    fields = {name: _ascii(pc.struct_field(found, name)) for name in found.type.names}
    whole = np.logical_and.reduce([f.is_valid().to_numpy(zero_copy_only=False) for f in fields.values()])
    refused["characters outside ASCII"] = len(whole) - int(whole.sum())
    if not whole.any():
        raise A2IError(f"{path} holds no line of the form {form}: is it the right file?")
    return {name: f.filter(pa.array(whole)) for name, f in fields.items()}, refused


def _ascii(values: pa.Array) -> pa.Array:
    """Bytes as text; null where they are not plain ASCII."""
    plain = pc.match_substring_regex(values, r"^[\x20-\x7e\t]*$")
    return pc.if_else(plain, values, pa.scalar(None, values.type)).cast(pa.string())


def _frame(ids: pa.Array, starts: pa.Array, ends: pa.Array, labels: pa.Array) -> pd.DataFrame:
    seconds = {"start": starts.cast(pa.float64()).to_numpy(), "end": ends.cast(pa.float64()).to_numpy()}
    listed = pd.arrays.ArrowExtensionArray(pa.chunked_array([labels]))
    return pd.DataFrame({"source_id": pc.utf8_trim_whitespace(ids).to_pandas(), **seconds, "labels": listed})


def _checked(frame: pd.DataFrame, refused: dict[str, int], path: Path | str) -> pd.DataFrame:
    """The rows that are safe and make sense."""
    frame.attrs["refused"] = {reason: count for reason, count in refused.items() if count}
    labels = pa.array(frame["labels"])
    labels = labels.combine_chunks() if isinstance(labels, pa.ChunkedArray) else labels
    flat = pc.dictionary_encode(pc.list_flatten(labels))
    bad = ~pd.Series(flat.dictionary.to_pylist(), dtype=str).str.match(LABEL_PATTERN).to_numpy(bool)
    clean = np.ones(len(frame), bool)
    clean[pc.list_parent_indices(labels).to_numpy()[bad[flat.indices.to_numpy()]]] = False
    frame = _refuse(frame, frame["source_id"].str.match(ID_PATTERN), "id is no 11-character video id", path)
    frame = _refuse(frame, frame["end"] > frame["start"], "segment does not end after its start", path)
    return _refuse(frame, pd.Series(clean)[frame.index], "label is neither an id nor a name", path)


def _refuse(frame: pd.DataFrame, good: pd.Series, reason: str, path: Path | str) -> pd.DataFrame:
    """The rows where `good`, having counted the others under `reason`."""
    good = good.reindex(frame.index).to_numpy(bool)
    if not good.any():
        raise A2IError(f"no line of {path} can be used ({reason}): is it the right file?")
    kept = frame if good.all() else frame[good]
    if not good.all():
        kept.attrs["refused"] = frame.attrs["refused"] | {reason: int((~good).sum())}
    return kept


def _lines(path: Path | str) -> pa.Array:
    """The lines of a list as bytes, without comments, blank lines and a heading."""
    _check_file(path, limit=_MAX_FILE)
    content = Path(path).read_bytes().removeprefix(b"\xef\xbb\xbf")
    lines = pc.list_flatten(pc.split_pattern(pa.array([content], pa.large_binary()), "\n"))
    lines = lines.filter(pc.invert(pc.match_substring_regex(lines, r"^\s*(#|$)")))
    if len(lines) and b"start" in lines[0].as_py()[:200].lower():
        lines = lines[1:]
    if not len(lines):
        raise A2IError(f"{path} is empty: give a list in AudioSet's CSV form")
    return lines


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
