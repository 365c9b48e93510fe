"""From what a profile names to a table of clips with their media, making the mini world where that is what it names."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from a2i import miniworld
from a2i.core import memory
from a2i.core.errors import A2IError
from a2i.core.progress import Progress
from a2i.data.dataset import Gathered, Source, from_folder, from_lists
from a2i.data.selection import SPLITS


def gather(
    source: Source,
    data: Path,
    *,
    world: miniworld.MiniWorldSettings | None = None,
    workers: int = 0,
    splits: Sequence[str] = SPLITS,
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
        return from_lists(replace(source, **found), made.truth)
    if source.kind == "lists":
        for name in (*(f"{split}_segments" for split in splits), "media"):
            if not getattr(source, name):
                raise A2IError(f"source 'lists' needs {name}: give it with -p {name}=...")
        return from_lists(source, None)
    if source.kind == "folder":
        if not source.media:
            raise A2IError("source 'folder' needs media, a folder of class-named folders: give it with -p media=...")
        return from_folder(source)
    raise A2IError(f"source {source.kind!r} is not known: use miniworld, lists or folder")
