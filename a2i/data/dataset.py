"""From what a profile names to a table of clips with their media: the mini world, lists with a folder of media, or a
folder of class-named folders."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from a2i.core.errors import A2IError
from a2i.data import lists, locate, selection
from a2i.data.classes import PAPER_CLASSES


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


def choose(source: Source) -> tuple[selection.Selection, pd.DataFrame | None]:
    """The clips of the lists of `source`, and the labels' display names where they are known.

    Each list may be several files with commas between, in AudioSet's form or VGGSound's.
    """
    names = lists.read_labels(source.labels) if source.labels else None
    settings = selection.SelectionSettings(
        classes=split_names(source.classes),
        keep_multi=source.keep_multi,
        children=bool(source.ontology),
        shares=source.shares,
        balance=source.balance,
        cap_per_class=source.cap_per_class,
        exclude=split_names(source.exclude),
        seed=source.seed,
    )
    ontology = lists.read_ontology(source.ontology) if source.ontology else None
    chosen = selection.select(
        [lists.read_list(path, "train") for path in split_names(source.train_segments)],
        [lists.read_list(path, "eval") for path in split_names(source.eval_segments)],
        settings, labels=names, ontology=ontology,
    )  # fmt: skip
    return chosen, names


def from_lists(source: Source, truth: Path | None) -> Gathered:
    """The chosen clips with their media."""
    chosen, names = choose(source)
    clips = locate.find_media(chosen.clips, source.media)
    if clips["media"].isna().all():
        raise A2IError(
            f"{source.media} holds the media of none of the {len(clips)} clips: files are named by their video id"
        )
    classes = tuple(c.name for c in chosen.classes)
    return Gathered(clips, classes, chosen.losses, chosen.against_paper(), names, truth)


def from_folder(source: Source) -> Gathered:
    """The classes in the paper's order where they are the paper's, others behind them by name."""
    clips = lists.from_folders(source.media, source.eval_share, source.seed)
    wanted = split_names(source.classes)
    unknown = sorted(set(wanted) - set(clips["label"]))
    if unknown:
        raise A2IError(f"{source.media} has no clips of {', '.join(unknown)}: it has {', '.join(np.unique(clips['label']))}")
    clips = clips[clips["label"].isin(wanted)].reset_index(drop=True) if wanted else clips
    order = {c.name: i for i, c in enumerate(PAPER_CLASSES)}
    names = sorted(clips["label"].unique(), key=lambda name: (order.get(name, len(order)), name))
    losses = pd.DataFrame(columns=["step", "split", "label", "lost", "kept", "reason"])
    chosen = selection.Selection(clips, losses, ())
    return Gathered(clips, tuple(names), losses, chosen.against_paper(), None, None)


def split_names(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
