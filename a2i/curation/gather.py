"""From what a dataset names to a table of clips with their media: the mini world, which is made where it is not there
yet, lists with a folder of media, or a folder of class-named folders."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pandas as pd

from a2i.core import memory
from a2i.core.errors import A2IError
from a2i.core.progress import Progress
from a2i.data import folders, lists, locate, selection
from a2i.data.attrition import Attrition
from a2i.data.classes import need_two
from a2i.data.dataset import SPLITS, Dataset, split_names
from a2i.miniworld.scene import scenes
from a2i.miniworld.world import MiniWorldSettings, make, plan


@dataclass(frozen=True)
class Gathered:
    """The clips of a dataset."""

    clips: pd.DataFrame  # as a2i.data.selection has them, with `media` (path, or missing) and `media_kind`
    classes: tuple[str, ...]  # their names, in the order of the classifier's outputs
    losses: pd.DataFrame  # what the selection left out; empty where nothing was selected
    against_paper: pd.DataFrame  # split, clips chosen, clips of the paper
    labels: pd.DataFrame | None  # the display names, where they are known
    truth: Path | None  # the mini world's hidden attributes
    notes: tuple[str, ...] = ()  # on what was passed over before the selection, a line each


def gather(
    dataset: Dataset,
    data: Path,
    *,
    world: MiniWorldSettings | None = None,
    workers: int = 0,
    splits: Sequence[str] = SPLITS,
) -> Gathered:
    """The clips of `dataset`. The mini world is made in `data`/world where it is not there yet.

    splits: those that lists must be named for.
    Raises A2IError for an unknown source, missing files, unknown classes or a class without clips.
    """
    memory.release_memory()
    if dataset.source == "auto":
        dataset = replace(dataset, source="lists" if dataset.train_segments or dataset.eval_segments else "folder")
    if dataset.source == "miniworld":
        settings = world or MiniWorldSettings(seed=dataset.seed)
        total = len(plan(settings))
        made = make(data / "world", settings, workers, Progress("mini world, clip", total))
        files = {name: str(getattr(made, name)) for name in ("train_segments", "eval_segments", "labels", "media")}
        classes = dataset.classes or ",".join(settings.classes or scenes())
        return from_lists(replace(dataset, classes=classes, **files), made.truth)
    if dataset.source == "lists":
        for name in (*(f"{split}_segments" for split in splits), "media"):
            if not getattr(dataset, name):
                raise A2IError(f"source 'lists' needs {name}: give it with -p {name}=...")
        return from_lists(dataset, None)
    if dataset.source == "folder":
        if not dataset.media:
            raise A2IError("source 'folder' needs media, a folder of class-named folders: give it with -p media=...")
        return from_folder(dataset)
    raise A2IError(f"source {dataset.source!r} is not known: use miniworld, lists, folder or auto")


def choose(dataset: Dataset) -> tuple[selection.Selection, pd.DataFrame | None]:
    """The clips of the lists of `dataset`, and the labels' display names where they are known.

    Each list may be several files with commas between, in AudioSet's form or VGGSound's.
    """
    names = lists.read_labels(dataset.labels) if dataset.labels else None
    ontology = lists.read_ontology(dataset.ontology) if dataset.ontology else None
    paths = {split: split_names(getattr(dataset, f"{split}_segments")) for split in SPLITS}
    listed = [[lists.read_list(path, split) for path in paths[split]] for split in SPLITS]
    return selection.select(*listed, dataset, labels=names, ontology=ontology), names


def from_lists(dataset: Dataset, truth: Path | None) -> Gathered:
    """The chosen clips with their media."""
    chosen, names = choose(dataset)
    clips = locate.find_media(chosen.clips, dataset.media)
    if clips["media"].isna().all():
        raise A2IError(
            f"{dataset.media} holds the media of none of the {len(clips)} clips: files are named by their video id"
        )
    return _gathered(clips, chosen, refused(chosen.losses), names, truth)


def from_folder(dataset: Dataset) -> Gathered:
    """The clips of a folder with the split that it or its table gives, else one by hash."""
    clips, classes, notes = folders.from_folder(dataset)
    return _gathered(clips, selection.Selection(clips, Attrition([]).table(), tuple(classes)), notes)


def _gathered(
    clips: pd.DataFrame,
    chosen: selection.Selection,
    notes: Sequence[str],
    labels: pd.DataFrame | None = None,
    truth: Path | None = None,
) -> Gathered:
    """Raises A2IError where fewer than two classes are left, which nothing can learn to tell apart."""
    classes = tuple(c.name for c in chosen.classes)
    need_two(classes, f"the clips ({'; '.join(notes)[:400]})" if notes else "the clips")
    return Gathered(clips, classes, chosen.losses, chosen.against_paper(), labels, truth, tuple(notes))


def refused(losses: pd.DataFrame) -> list[str]:
    """A line for each reason why lines of the lists could not be used."""
    lines = losses[(losses["step"] == "read") & (losses["lost"] > 0)].groupby("reason", sort=False)["lost"].sum()
    return [f"{count} lines of the lists cannot be used: {reason}" for reason, count in lines.items()]
