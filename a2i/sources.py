"""From what a profile names to a table of clips with their media: the mini world, lists with a folder of media, or a
folder of class-named folders."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd

from a2i import library, memory, miniworld, segments, selection
from a2i.classes import PAPER_CLASSES
from a2i.errors import A2IError
from a2i.progress import Progress
from a2i.store import Store


@dataclass(frozen=True)
class Source:
    """Where clips come from."""

    kind: str = "miniworld"  # "miniworld", "lists" (AudioSet's form) or "folder" (of class-named folders)
    train_segments: str = ""  # lists: the training list, or several with commas between
    eval_segments: str = ""  # lists: the evaluation list
    labels: str = ""  # lists: class_labels_indices.csv, needed to name classes beyond the paper's ten
    media: str = ""  # lists: the folder of media; folder: the folder of class-named folders
    classes: str = ""  # names or ids with commas between; empty: those of the paper's ten that are there
    ontology: str = ""  # lists: AudioSet's ontology.json; where given, labels below a class count as the class
    shares: str = ""  # lists: the part of a class kept for training, such as "train=1/3, guitar=1/3, dog=1/3"
    cap_per_class: int = 0  # lists: at most so many training clips a class; 0: no limit
    balance: bool = False  # lists: cut every class to the size of the smallest, in training
    keep_multi: bool = False  # lists: keep clips with several of the classes
    exclude: str = ""  # lists: further lists, with commas between, whose ids are left out
    eval_share: float = 0.2  # folder: the share of each class kept for evaluation
    seed: int = 0  # of the mini world, and of a folder's split


@dataclass(frozen=True)
class Gathered:
    """The clips of a source."""

    clips: pd.DataFrame  # as a2i.selection has them, with `media` (path, or missing) and `media_kind`
    classes: tuple[str, ...]  # their names, in the order of the classifier's outputs
    losses: pd.DataFrame  # what the selection left out; empty where nothing was selected
    against_paper: pd.DataFrame  # split, clips chosen, clips of the paper
    labels: pd.DataFrame | None  # the display names, where they are known
    truth: Path | None  # the mini world's hidden attributes


def gather(
    source: Source,
    data: Path,
    *,
    world: miniworld.MiniWorldSettings | None = None,
    workers: int = 0,
    splits: Sequence[str] = selection.SPLITS,
) -> Gathered:
    """The clips of `source`. The mini world is made in `data`/world where it is not there yet.

    splits: those that lists must be named for.
    Raises A2IError for an unknown kind, missing files, unknown classes or a class without clips.
    """
    memory.give_back()
    if source.kind == "miniworld":
        settings = world or miniworld.MiniWorldSettings(seed=source.seed)
        total = len(miniworld.plan(settings))
        made = miniworld.make(data / "world", settings, workers, Progress("mini world, clip", total))
        lists = {"train_segments": made.train_segments, "eval_segments": made.eval_segments, "labels": made.labels}
        found = {name: str(path) for name, path in (lists | {"media": made.media}).items()}
        return _from_lists(replace(source, **found), made.truth)
    if source.kind == "lists":
        for name in (*(f"{split}_segments" for split in splits), "media"):
            if not getattr(source, name):
                raise A2IError(f"source 'lists' needs {name}: give it with -p {name}=...")
        return _from_lists(source, None)
    if source.kind == "folder":
        if not source.media:
            raise A2IError("source 'folder' needs media, a folder of class-named folders: give it with -p media=...")
        return _from_folder(source)
    raise A2IError(f"source {source.kind!r} is not known: use miniworld, lists or folder")


def choose(source: Source) -> tuple[selection.Selection, pd.DataFrame | None]:
    """The clips of the lists of `source`, and the labels' display names where they are known.

    Each list may be several files with commas between, in AudioSet's form or VGGSound's.
    """
    names = segments.read_labels(source.labels) if source.labels else None
    settings = selection.SelectionSettings(
        classes=_split(source.classes),
        keep_multi=source.keep_multi,
        children=bool(source.ontology),
        shares=source.shares,
        balance=source.balance,
        cap_per_class=source.cap_per_class,
        exclude=_split(source.exclude),
        seed=source.seed,
    )
    ontology = segments.read_ontology(source.ontology) if source.ontology else None
    chosen = selection.select(
        [segments.read_list(path, "train") for path in _split(source.train_segments)],
        [segments.read_list(path, "eval") for path in _split(source.eval_segments)],
        settings, labels=names, ontology=ontology,
    )  # fmt: skip
    return chosen, names


def _from_lists(source: Source, truth: Path | None) -> Gathered:
    """The chosen clips with their media."""
    chosen, names = choose(source)
    clips = library.find_media(chosen.clips, source.media)
    if clips["media"].isna().all():
        raise A2IError(
            f"{source.media} holds the media of none of the {len(clips)} clips: files are named by their video id"
        )
    classes = tuple(c.name for c in chosen.classes)
    return Gathered(clips, classes, chosen.losses, chosen.against_paper(), names, truth)


def _from_folder(source: Source) -> Gathered:
    """The classes in the paper's order where they are the paper's, others behind them by name."""
    clips = segments.from_folders(source.media, source.eval_share, source.seed)
    wanted = _split(source.classes)
    unknown = sorted(set(wanted) - set(clips["label"]))
    if unknown:
        raise A2IError(f"{source.media} has no clips of {', '.join(unknown)}: it has {', '.join(np.unique(clips['label']))}")
    clips = clips[clips["label"].isin(wanted)].reset_index(drop=True) if wanted else clips
    order = {c.name: i for i, c in enumerate(PAPER_CLASSES)}
    names = sorted(clips["label"].unique(), key=lambda name: (order.get(name, len(order)), name))
    losses = pd.DataFrame(columns=["step", "split", "label", "lost", "kept", "reason"])
    chosen = selection.Selection(clips, losses, ())
    return Gathered(clips, tuple(names), losses, chosen.against_paper(), None, None)


def in_view(store: Store, truth: Path | None) -> pd.DataFrame | None:
    """Whether the source is in view in each stored frame: label, then a column a frame (bool), a row a clip of `store.ok`.

    None where no truth is known. `truth`: the mini world's, with `in_view` in seconds of the segment.
    """
    if truth is None or not Path(truth).is_file():
        return None
    spans = pd.read_parquet(truth).set_index("clip_id")["in_view"].reindex(store.ok["clip_id"])
    seen = [
        [any(a <= time <= b for a, b in clip) for time in times] for clip, times in zip(spans, store.ok["frame_times"])
    ]
    table = pd.DataFrame(seen, columns=[f"frame {i + 1}" for i in range(len(seen[0]))])
    table.insert(0, "label", store.ok["label"])
    return table


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
