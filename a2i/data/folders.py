"""Clips of a folder as people keep them: a folder a class, a given split (train, val, test) around the classes, or a
CSV that names each file's class and split.

What is no clip (hidden and empty folders, what systems leave beside files, a class of one clip) is passed over, and a
note says so.
"""

import base64
import hashlib
import os
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path, PurePosixPath

import numpy as np
import pandas as pd

from a2i.core.errors import A2IError
from a2i.data.classes import PAPER_CLASSES, SoundClass, class_of, spelling
from a2i.data.dataset import Dataset, split_names
from a2i.data.locate import LEFT_BY_SYSTEMS, video_id
from a2i.media import extensions
from a2i.media.mel import SECONDS

GIVEN = {
    "train": "train", "training": "train", "val": "val", "valid": "val", "validation": "val", "dev": "val",
    "test": "eval", "testing": "eval", "eval": "eval", "evaluation": "eval",
}  # fmt: skip
_FILES = ["key", "media", "picture", "label", "split"]  # of a table of files; key: the path below the folder


def from_folder(dataset: Dataset) -> tuple[pd.DataFrame, list[SoundClass], list[str]]:
    """The clips of the folder `dataset.media`, their classes in order, and notes on what was passed over.

    Each file is one segment of up to 10 s; the clips have the columns of `selection.Selection`, `media` (path, or
    missing), `picture` (that beside a sound, or missing) and `media_kind`. Where no split is given it is drawn by a
    seeded hash, class by class, all cuts of one video on the same side. Raises A2IError for a folder without classes.
    """
    folder = Path(dataset.media)
    if not folder.is_dir():
        raise A2IError(f"there is no folder {str(folder)[:200]!r}: give a folder that holds one folder a class")
    if not 0 < dataset.eval_share < 1:
        raise A2IError(f"eval_share must lie between 0 and 1, not {dataset.eval_share}")
    notes: list[str] = []
    files = _listed(dataset, folder, notes) if dataset.table else _laid_out(folder, notes)
    files, classes = _classed(files, split_names(dataset.classes), folder, notes)
    files["video"] = [video_id(PurePosixPath(key).name) or key for key in files["key"]]
    files["split"] = _split(files, dataset, notes)
    lacking = [c for c in classes if not ((files["label"] == c.name) & (files["split"] == "train")).any()]
    if lacking:
        notes.append(f"{_names(c.title for c in lacking)}: no clip for training, passed over")
        classes = [c for c in classes if c not in lacking]
        files = files[~files["label"].isin([c.name for c in lacking])]
    return _clips(files.reset_index(drop=True), classes), classes, notes


def _laid_out(folder: Path, notes: list[str]) -> pd.DataFrame:
    """The files of class-named folders, or of such folders below those of a given split."""
    tops = _folders(folder, notes)
    given = {name: GIVEN[name.lower()] for name in tops if name.lower() in GIVEN and _holds_folders_only(folder / name)}
    if len(set(given.values())) > 1 and "train" in given.values():
        others = [name for name in tops if name not in given]
        if others:
            notes.append(f"{_names(others)}: beside the folders of the split, passed over")
        places = [(f"{top}/{name}", name, given[top]) for top in given for name in _folders(folder / top, notes)]
    else:
        places = [(name, name, "") for name in tops]
    if not places:
        raise A2IError(f"{folder} holds no folders: put the media into one folder a class, such as {folder}/dog/")
    media = extensions.VIDEO | extensions.SOUND
    loose = [name for name in os.listdir(folder) if Path(name).suffix.lower() in media and not name.startswith(".")]
    if loose:
        notes.append(f"{_names(loose)}: beside the class folders, passed over")
    rows, empty = [], []
    for place, name, split in places:
        found = [(*file, name, split) for file in _media_below(folder, folder / place)]
        rows += found
        if not found:
            empty.append(place)
    if empty:
        notes.append(f"{_names(empty)}: no media, passed over")
    return pd.DataFrame(rows, columns=_FILES)


def _folders(folder: Path, notes: list[str]) -> list[str]:
    """The names of the folders that may be classes."""
    names = sorted(e.name for e in os.scandir(folder) if e.is_dir())
    _refuse_strange(names, folder)
    passed = [name for name in names if name.startswith(".") or name in LEFT_BY_SYSTEMS]
    if passed:
        notes.append(f"{_names(passed)}: hidden or left by a system, passed over")
    return [name for name in names if name not in passed]


def _holds_folders_only(folder: Path) -> bool:
    """Whether the media of a folder lies in folders, as it does where the folder is a split and no class."""
    entries = [e for e in os.scandir(folder) if not e.name.startswith(".")]
    media = extensions.VIDEO | extensions.SOUND
    return any(e.is_dir() for e in entries) and not any(Path(e.name).suffix.lower() in media for e in entries)


def _media_below(folder: Path, place: Path) -> Iterator[tuple[str, str, str | None]]:
    """(path below `folder`, path, picture or None) of each clip below `place`.

    A sound beside a video of its name is that video's; a picture beside a sound of its name is the sound's picture.
    """
    for root, folders, files in os.walk(place):
        folders[:] = sorted(name for name in folders if not name.startswith(".") and name not in LEFT_BY_SYSTEMS)
        kinds: dict[str, dict[str, str]] = {"video": {}, "sound": {}, "picture": {}}
        for name in sorted(files):
            stem, extension = os.path.splitext(name)
            for kind, known in zip(kinds, (extensions.VIDEO, extensions.SOUND, extensions.PICTURE), strict=True):
                if extension.lower() in known and not name.startswith("."):
                    kinds[kind][name if kind == "video" else stem] = name
        _refuse_strange([name for kind in ("video", "sound") for name in kinds[kind].values()], Path(root))
        filmed = {os.path.splitext(name)[0] for name in kinds["video"]}
        single = [name for stem, name in kinds["sound"].items() if stem not in filmed]
        for name in sorted([*kinds["video"], *single]):
            path = Path(root, name)
            picture = kinds["picture"].get(path.stem) if name in single else None
            yield path.relative_to(folder).as_posix(), str(path), str(Path(root, picture)) if picture else None


def _refuse_strange(names: list[str], folder: Path) -> None:
    """Raises A2IError for names that cannot be written into a table."""
    strange = [name for name in names if any("\ud800" <= letter <= "\udfff" for letter in name)]
    if strange:
        shown = ascii(strange[0][:60])
        raise A2IError(f"{len(strange)} names in {folder.name!r} are no UTF-8, such as {shown}: rename them")


def _listed(dataset: Dataset, folder: Path, notes: list[str]) -> pd.DataFrame:
    """The files that the CSV `dataset.table` names, a row each; a file that is not there has no media."""
    table = _read_table(Path(dataset.table))
    places: dict[str, str] | None = None
    rows, outside = [], 0
    for file, label, split in table.itertuples(index=False):
        path = PurePosixPath(file.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or not path.name:
            outside += 1
            continue
        found = folder / path
        if not found.is_file():
            if places is None:
                places = {name: os.path.join(root, name) for root, _, names in os.walk(folder) for name in names}
            found = places.get(path.name)
        rows.append((path.as_posix(), str(found) if found else None, None, label, split))
    if outside:
        notes.append(f"{outside} files of {Path(dataset.table).name} lie outside the folder: passed over")
    files = pd.DataFrame(rows, columns=_FILES)
    twice = files["key"].duplicated()
    if twice.any():
        notes.append(f"{twice.sum()} files of {Path(dataset.table).name} are named twice: the first line counts")
    return _folds(files[~twice].reset_index(drop=True), notes)


def _read_table(path: Path) -> pd.DataFrame:
    """file, label, split (text; split "" where there is none) of a CSV with a heading."""
    known = {
        "file": ("file", "filename", "file_name", "path", "clip"),
        "label": ("label", "category", "class", "class_name"),
        "split": ("split", "fold", "set", "subset", "partition"),
    }  # fmt: skip
    try:
        with open(path, encoding="utf-8-sig") as file:
            heading = file.readline(4096)
        separator = max(",;\t", key=heading.count)
        table = pd.read_csv(path, dtype=str, keep_default_na=False, sep=separator, encoding="utf-8-sig")
    except (OSError, ValueError, pd.errors.ParserError) as error:
        text = (str(error).splitlines() or [type(error).__name__])[0][:120]
        raise A2IError(f"the table {str(path)[:200]!r} cannot be read ({text}): give a CSV in UTF-8") from error
    names = {str(column).strip().lower(): column for column in table.columns}
    found = {part: next((names[name] for name in among if name in names), None) for part, among in known.items()}
    if found["file"] is None or found["label"] is None or not len(table):
        raise A2IError(f"the table {str(path)[:200]!r} needs the columns file and label (and split or fold), and rows")
    columns = {part: table[name].str.strip() if name is not None else "" for part, name in found.items()}
    return pd.DataFrame(columns)[["file", "label", "split"]]


def _folds(files: pd.DataFrame, notes: list[str]) -> pd.DataFrame:
    """The splits of a table by name; of numbered folds the last is for evaluation."""
    given = files["split"].str.lower()
    if given.isin([*GIVEN, ""]).all():
        return files.assign(split=given.map(GIVEN).fillna(""))
    if not given.str.fullmatch(r"(fold)?[ _-]?\d+").all():
        strange = sorted(set(given) - set(GIVEN))[:3]
        raise A2IError(f"the split is one of train, val, test, or a fold's number, not {', '.join(map(repr, strange))}")
    numbers = given.str.extract(r"(\d+)$")[0].astype(int)
    if numbers.nunique() < 2:
        return files.assign(split="")
    notes.append(f"fold {numbers.max()} of {numbers.nunique()} is for evaluation, the others are for training")
    return files.assign(split=np.where(numbers == numbers.max(), "eval", "train"))


def _classed(
    files: pd.DataFrame, wanted: tuple[str, ...], folder: Path, notes: list[str]
) -> tuple[pd.DataFrame, list[SoundClass]]:
    """The files of the wanted classes, and these classes: the paper's in its order, then the others.

    Names that differ by case, blanks or dashes only are one class, and a note says so.
    """
    names = sorted(set(files["label"]))
    by_name = {name: class_of(name) for name in names}
    spelled: dict[str, SoundClass] = {}
    for name, c in by_name.items():
        first = spelled.setdefault(spelling(c.name), c)
        by_name[name] = first
    together = defaultdict(list)
    for name, c in by_name.items():
        together[c.name].append(name)
    for name, members in together.items():
        if len(members) > 1:
            notes.append(f"{_names(members)}: taken for one class, {name!r}")
    asked = {spelling(class_of(name).name): name for name in wanted}
    unknown = [name for key, name in asked.items() if key not in spelled]
    if unknown:
        raise A2IError(f"{folder} has no clips of {_names(unknown)}: it has {_names(together)}")
    files = files.assign(mid=files["label"].map({n: c.mid for n, c in by_name.items()}))
    files = files.assign(label=files["label"].map({n: c.name for n, c in by_name.items()}))
    taken = [c for c in spelled.values() if not asked or spelling(c.name) in asked]
    files = files[files["label"].isin([c.name for c in taken])]
    return _without_tiny(files, sorted(taken, key=_place), notes)


def _place(c: SoundClass) -> tuple[int, str]:
    return (PAPER_CLASSES.index(c) if c in PAPER_CLASSES else len(PAPER_CLASSES), c.name)


def _without_tiny(
    files: pd.DataFrame, classes: list[SoundClass], notes: list[str]
) -> tuple[pd.DataFrame, list[SoundClass]]:
    """Files and classes without those of which one clip is there: it cannot be both learnt from and evaluated on."""
    counts = files["label"].value_counts()
    tiny = [c for c in classes if counts.get(c.name, 0) < 2]
    if tiny:
        notes.append(f"{_names(c.name for c in tiny)}: one clip only, passed over")
    kept = [c for c in classes if c not in tiny]
    return files[files["label"].isin([c.name for c in kept])].reset_index(drop=True), kept


def _split(files: pd.DataFrame, dataset: Dataset, notes: list[str]) -> pd.Series:
    """"train" or "eval" for each file: as it is given, else by a seeded hash of the videos of each class."""
    given = files["split"]
    if (given != "").any():
        if (given == "eval").any() and (given == "val").any():
            notes.append("val counts as training, test is for evaluation")
            given = given.replace("val", "train")
        return given.replace({"val": "eval", "": "train"})
    split = pd.Series("train", files.index)
    shared = files.groupby("video")["label"].transform("nunique") > 1  # a video of two classes stays in training
    for label, own in files[~shared].groupby("label", sort=False):
        videos = sorted(set(own["video"]), key=lambda video: _seeded(dataset.seed, video))
        spare = 0 if (shared & (files["label"] == label)).any() else 1
        held = videos[: min(max(round(len(videos) * dataset.eval_share), 1), len(videos) - spare)]
        split[own.index[own["video"].isin(held)]] = "eval"
    bare = sorted(set(files["label"]) - set(files["label"][split == "eval"]))
    if bare:
        notes.append(f"{_names(bare)}: all clips are of one video, none is left for evaluation")
    return split


def _clips(files: pd.DataFrame, classes: list[SoundClass]) -> pd.DataFrame:
    """The table of clips of these files."""
    ids = [video if key != video else _hashed(key) for key, video in zip(files["key"], files["video"], strict=True)]
    clips = pd.DataFrame({"clip_id": [f"{_hashed(key)}_0" for key in files["key"]], "source_id": ids})
    clips = clips.assign(start=0.0, end=SECONDS, label=files["label"], labels=[[mid] for mid in files["mid"]])
    order = {c.name: place for place, c in enumerate(classes)}
    columns = {name: files[name] for name in ("split", "media", "picture")}
    clips = clips.assign(**columns, media_kind="segment")
    return clips.sort_values("label", key=lambda labels: labels.map(order), kind="stable", ignore_index=True)


def _seeded(seed: int, key: str) -> str:
    return hashlib.sha256(b"%d/%b" % (seed, key.encode())).hexdigest()


def _hashed(key: str) -> str:
    """Eleven characters that stand for a file, as a video's id does."""
    return base64.urlsafe_b64encode(hashlib.sha256(key.encode()).digest())[:11].decode()


def _names(names) -> str:
    """Names for a note: the first five."""
    names = [repr(str(name)[:60]) for name in names]
    return ", ".join(names[:5]) + (f" and {len(names) - 5} more" if len(names) > 5 else "")
