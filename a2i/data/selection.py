"""Which listed segments become clips: the paper's rule and its options, with a record of what each step loses.

The paper keeps the segments with exactly one of its ten classes. Every step works on columns, so that the two million
rows of AudioSet take seconds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from a2i.core.errors import A2IError
from a2i.data.attrition import Attrition
from a2i.data.classes import PAPER_CLASSES, SoundClass, resolve
from a2i.data.dataset import SPLITS, Dataset, split_names
from a2i.data.lists import clip_ids, read_ids

PAPER_CLIPS = {"train": 49643, "eval": 917}  # of the paper's table 1
_SLICE = 16384  # rows of a list looked at in one go
Lists = pd.DataFrame | Sequence[pd.DataFrame] | None


@dataclass(frozen=True)
class Selection:
    """The chosen clips, their classes, and what each step cost."""

    clips: pd.DataFrame  # clip_id, source_id, start, end (s), label, labels (list of ids), split
    losses: pd.DataFrame  # step, split, label (or "all"), lost, kept, reason
    classes: tuple[SoundClass, ...]

    def counts(self) -> pd.DataFrame:
        """Clips a class and split."""
        names = [c.name for c in self.classes]
        table = pd.crosstab(self.clips["label"], self.clips["split"])
        return table.reindex(index=names, columns=list(SPLITS), fill_value=0).rename_axis(columns=None)

    def against_paper(self) -> pd.DataFrame:
        """Clips a split, next to the paper's 49,643 and 917."""
        found = self.clips["split"].value_counts()
        rows = [(split, int(found.get(split, 0)), PAPER_CLIPS[split]) for split in SPLITS]
        return pd.DataFrame(rows, columns=["split", "clips", "paper"])


def select(
    train: Lists,
    evaluation: Lists,
    dataset: Dataset = Dataset(),
    *,
    labels: pd.DataFrame | None = None,
    ontology: Mapping[str, Sequence[str]] | None = None,
) -> Selection:
    """The clips of the lists that `dataset` asks for; what files it names is read by the caller, but for `exclude`.

    `train` and `evaluation`: tables of `a2i.data.lists`' readers, one or several, either may be None. `labels`: from
    `read_labels`, needed to name classes beyond the paper's ten. `ontology`: from `read_ontology`; with it the labels
    below a class count as the class. No video is in both splits: training gives way. Raises A2IError for unknown
    classes and a class without clips.
    """
    lists = {split: _tables(given) for split, given in zip(SPLITS, (train, evaluation), strict=True)}
    named, exclude = split_names(dataset.classes), split_names(dataset.exclude)
    classes = _classes(named, labels, lists)
    lookup = _lookup(classes, labels, ontology)
    attrition = Attrition([c.name for c in classes])
    excluded = pd.concat([read_ids(path) for path in exclude]) if exclude else None
    shares = _shares(dataset.shares, [c.name for c in classes])
    wanted = {split: _wanted(lists[split], split, lookup, attrition) for split in SPLITS}
    order = _by_rarity(wanted["train"] if len(wanted["train"]) else wanted["eval"], len(classes))
    parts = {}
    for split in SPLITS:
        rows = wanted.pop(split)
        rows = attrition.step("single", split, rows, _single(rows, order, dataset.keep_multi))
        if excluded is not None:
            rows = attrition.step("exclude", split, rows, _only(rows, ~rows["source_id"].isin(excluded)))
        parts[split] = rows
    alone = ~parts["train"]["source_id"].isin(parts["eval"]["source_id"])
    parts["train"] = attrition.step("overlap", "train", parts["train"], _only(parts["train"], alone))
    classes, parts = _present(classes, parts, bool(named), [s for s in SPLITS if lists[s]], attrition)
    parts["train"] = _cut(parts["train"], shares, dataset, attrition)
    clips = _clips(parts, lists, attrition.names)
    assert_disjoint(clips)
    return Selection(clips, attrition.table(), classes)


def assert_disjoint(clips: pd.DataFrame) -> None:
    """Raises A2IError, naming ids, where a video is in both train and evaluation."""
    train, evaluation = (clips.loc[clips["split"] == split, "source_id"] for split in SPLITS)
    both = sorted(set(train[train.isin(evaluation)]))
    if both:
        shown = ", ".join(both[:10]) + (", ..." if len(both) > 10 else "")
        raise A2IError(f"{len(both)} videos are in both train and evaluation, leave them out of one: {shown}")


def descendants(ontology: Mapping[str, Sequence[str]], mid: str) -> set[str]:
    """All ids below `mid`, however deep; loops in the ontology do no harm."""
    found: set[str] = set()
    waiting = list(ontology.get(mid, ()))
    while waiting:
        child = waiting.pop()
        if child not in found and child != mid:
            found.add(child)
            waiting.extend(ontology.get(child, ()))
    return found


def _tables(given: Lists) -> list[pd.DataFrame]:
    if given is None:
        return []
    return [given] if isinstance(given, pd.DataFrame) else list(given)


def _classes(named: tuple[str, ...], labels: pd.DataFrame | None, lists: dict) -> tuple[SoundClass, ...]:
    """The classes asked for; a name that only the lists themselves know counts too."""
    if not named:
        return PAPER_CLASSES
    names = {} if labels is None else dict(zip(labels["mid"], labels["display_name"], strict=True))
    if labels is None:
        for table in lists["train"] + lists["eval"]:
            names |= {label: label for label in pc.unique(_flat(table)[0]).to_pylist()}
    return resolve(named, names)


def _lookup(
    classes: tuple[SoundClass, ...], labels: pd.DataFrame | None, ontology: Mapping | None
) -> dict[str, set]:
    """For each label, an id or a name in small letters, the positions of the classes that it means."""
    display = {} if labels is None else dict(zip(labels["mid"], labels["display_name"], strict=True))
    lookup: dict[str, set] = {}
    for position, c in enumerate(classes):
        below = descendants(ontology, c.mid) if ontology else set()
        # A class named in its own right is not also its parent's child.
        for mid in {c.mid} | (below - {other.mid for other in classes}):
            lookup.setdefault(mid, set()).add(position)
        for name in {c.name, c.title, display.get(c.mid, c.title)}:
            lookup.setdefault(name.casefold(), set()).add(position)
    return lookup


def _only(rows: pd.DataFrame, good: pd.Series | np.ndarray) -> pd.DataFrame:
    """The rows where `good`; no copy where that is all of them."""
    return rows if good.all() else rows[good]


def _flat(table: pd.DataFrame) -> tuple[pa.Array, np.ndarray]:
    """All labels of a table one after the other, and the row of each."""
    lists = _array(table["labels"], pa.list_(pa.string()))
    return pc.list_flatten(lists), pc.list_parent_indices(lists).to_numpy()


def _array(values: pd.Series, kind: pa.DataType) -> pa.Array:
    """A column in one piece."""
    found = pa.array(values, kind)
    return found.combine_chunks() if isinstance(found, pa.ChunkedArray) else found


def _wanted(tables: list[pd.DataFrame], split: str, lookup: dict[str, set], attrition: Attrition) -> pd.DataFrame:
    """The segments that carry a wanted class: row (counted through the tables), cls, source_id, start.

    One line for each class that a segment carries.
    """
    parts, offset = [pd.DataFrame({"row": [0], "cls": [0], "source_id": [""], "start": [0.0]}).iloc[:0]], 0
    for table in tables:
        for reason, count in table.attrs.get("refused", {}).items():
            attrition.add("read", split, "all", count, len(table), reason)
        # In slices, so that what is needed at a time does not grow with the list.
        for first in range(0, len(table), _SLICE):
            part = table.iloc[first : first + _SLICE]
            pairs = _pairs(part, lookup)
            rows = part[["source_id", "start"]].iloc[pairs["row"].to_numpy()].reset_index(drop=True)
            parts.append(pd.concat([pairs + [offset + first, 0], rows], axis=1))
        offset += len(table)
    found = pd.concat(parts, ignore_index=True)
    if not tables:
        return found
    kept = found["row"].nunique()
    attrition.add("classes", split, "all", offset - kept, kept, "carries none of the classes")
    # A segment that two lists name is one clip; the first mention counts.
    ids = clip_ids(_array(found["source_id"], pa.large_string()), found["start"])
    codes = pc.dictionary_encode(ids).indices.to_numpy()
    rows = found["row"].to_numpy()
    once = _only(found, rows == rows[np.unique(codes, return_index=True)[1]][codes])
    attrition.add("repeated", split, "all", kept - once["row"].nunique(), once["row"].nunique(), "listed before")
    return once


def _pairs(table: pd.DataFrame, lookup: dict[str, set]) -> pd.DataFrame:
    """row, cls for every class that a row carries, each once."""
    flat, parents = _flat(table)
    coded = pc.dictionary_encode(flat)
    codes, vocabulary = coded.indices.to_numpy(), coded.dictionary.to_pylist()
    meant = [lookup.get(label) or lookup.get(label.casefold(), ()) for label in vocabulary]
    found = []
    for position in sorted(set().union(*lookup.values())):
        means = np.array([position in positions for positions in meant], bool)
        rows = np.unique(parents[means[codes]])
        found.append(pd.DataFrame({"row": rows.astype("int64"), "cls": position}))
    return pd.concat(found).sort_values(["row", "cls"], ignore_index=True)


def _by_rarity(rows: pd.DataFrame, n: int) -> np.ndarray:
    """The rank of each class, the rarest first."""
    return np.argsort(np.argsort(np.bincount(rows["cls"].to_numpy(), minlength=n), kind="stable"))


def _single(rows: pd.DataFrame, rank: np.ndarray, keep_multi: bool) -> pd.DataFrame:
    """One line a segment: those with one class, and if `keep_multi` the others under their rarest class."""
    if not keep_multi:
        return _only(rows, ~rows["row"].duplicated(keep=False))
    rarity = pd.Series(rank[rows["cls"].to_numpy()], index=rows.index)
    return rows[rarity == rarity.groupby(rows["row"]).transform("min")]


def _shares(text: str, names: list[str]) -> dict[str, float]:
    """The shares by class name, from a text such as "train=1/3, dog=0.5"."""
    pairs = [part.partition("=")[::2] for part in split_names(text)]
    given = {name.strip(): _number(value) for name, value in pairs}
    shares = {resolve([name])[0].name if name not in names else name: value for name, value in given.items()}
    for name, value in shares.items():
        if name not in names or not 0 < value <= 1:
            raise A2IError(f"shares: {name}={value} needs one of the chosen classes and a number above 0, at most 1")
    return shares


def _number(text: str) -> float:
    """A number, or a fraction such as 1/3."""
    above, _, below = text.partition("/")
    try:
        return float(above) / float(below or 1)
    except (ValueError, ZeroDivisionError) as error:
        raise A2IError(f"shares: {text.strip()!r} is no number; write them as train=1/3, dog=0.5") from error


def _cut(rows: pd.DataFrame, shares: dict[str, float], dataset: Dataset, attrition: Attrition) -> pd.DataFrame:
    """The training rows after shares, balance and cap, chosen by a seeded hash of the clip."""
    limits = {"shares": bool(shares), "balance": dataset.balance, "cap": dataset.cap_per_class > 0}
    if not any(limits.values()):
        return rows
    key = f"{dataset.seed:016d}"[-16:]
    hashes = pd.util.hash_array((rows["source_id"] + rows["start"].astype(str)).to_numpy(object), hash_key=key)
    hashes = pd.Series(hashes, index=rows.index)
    for step in (step for step, used in limits.items() if used):
        sizes = np.bincount(rows["cls"].to_numpy(), minlength=len(attrition.names))
        if step == "shares":
            # At least one clip of each class stays.
            limit = np.floor(sizes * [shares.get(name, 1.0) for name in attrition.names] + 0.5).clip(1)
        else:
            smallest = sizes[sizes > 0].min(initial=np.iinfo(np.int64).max)
            limit = np.full(len(sizes), smallest if step == "balance" else dataset.cap_per_class)
        place = hashes[rows.index].groupby(rows["cls"]).rank(method="first")
        rows = attrition.step(step, "train", rows, rows[place <= limit[rows["cls"].to_numpy()]])
    return rows


def _present(
    classes: tuple[SoundClass, ...], parts: dict[str, pd.DataFrame], named: bool, given: list[str], attrition: Attrition
) -> tuple[tuple[SoundClass, ...], dict[str, pd.DataFrame]]:
    """The classes with clips in each given split, and their rows.

    Raises A2IError where a class asked for by name lacks clips, or none remains.
    """
    there = [np.isin(np.arange(len(classes)), parts[split]["cls"]) for split in given]
    for split, has in zip(given, there, strict=True):
        if named and not has.all():
            name = classes[int(np.argmin(has))].name
            raise A2IError(f"the class {name!r} has no clip in the {split} list: leave it out, or give another list")
    kept = np.logical_and.reduce(there)
    if not kept.any():
        raise A2IError("no class has clips in the given lists: name the classes, or check that the lists are the right ones")
    for split, rows in parts.items():
        parts[split] = attrition.step("absent", split, rows, _only(rows, kept[rows["cls"].to_numpy()]))
    return tuple(c for c, keep in zip(classes, kept, strict=True) if keep), parts


def _clips(parts: dict[str, pd.DataFrame], lists: dict[str, list[pd.DataFrame]], names: list[str]) -> pd.DataFrame:
    """The table of clips, in the order of the lists, train first."""
    columns, found = ["source_id", "start", "end", "labels"], []
    for split, rows in parts.items():
        ends = np.cumsum([len(table) for table in lists[split]])
        for table, end in zip(lists[split], ends):
            own = rows[(rows["row"] < end) & (rows["row"] >= end - len(table))]
            part = table[columns].iloc[own["row"].to_numpy() - (end - len(table))]
            found.append(part.assign(split=split, label=np.array(names, object)[own["cls"].to_numpy()]))
    clips = pd.concat(found, ignore_index=True)
    ids = clip_ids(_array(clips["source_id"], pa.large_string()), clips["start"])
    clips.insert(0, "clip_id", ids.to_pandas())
    clips.attrs = {}
    return clips[["clip_id", "source_id", "start", "end", "label", "labels", "split"]]
