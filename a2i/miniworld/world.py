"""The embedded default data: scenes that make a sound, as real .mp4 files with lists in AudioSet's form.

Made by code from a seed, offline. A clip's picture, its sound and the truth stored beside the clips come from one
`ClipSpec`, drawn from hidden attributes. As in AudioSet's lists there are lines of which no usable clip comes.
"""

import hashlib
import json
import multiprocessing
import os
import re
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from a2i.core.errors import A2IError
from a2i.core.files import replacing, write_json, write_text
from a2i.core.progress import Progress
from a2i.core.settings import check
from a2i.media.mel import SECONDS
from a2i.miniworld.beneath import BENEATH
from a2i.miniworld.clip import draw
from a2i.miniworld.distractors import Distractor, Segment, distractors, write_part
from a2i.miniworld.scene import ClipSpec, scene, scenes, stream
from a2i.miniworld.video import write_clip

VERSION = 7  # of what the same settings make; raise it when pictures or sounds change
_LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))


@dataclass(frozen=True)
class MiniWorldSettings:
    """What a mini world is made of."""

    train_per_class: int = 40  # training clips a class (1 to 10000)
    eval_per_class: int = 10  # evaluation clips a class (1 to 10000)
    classes: tuple[str, ...] = ()  # names; empty: all
    difficulty: float = 1.0  # 0: no gaps, one place, little noise; 1: the default; above: harder (0 to 2)
    seed: int = 0  # everything follows from it (0 to 999999999)


@dataclass(frozen=True)
class MiniWorld:
    """Where the parts of a finished mini world lie."""

    folder: Path
    train_segments: Path  # AudioSet's form
    eval_segments: Path
    labels: Path  # class_labels_indices.csv
    media: Path  # folder of <id>.mp4
    truth: Path  # a row a clip: attributes, when the source is in view and heard


@dataclass(frozen=True)
class PlannedClip:
    """One clip to be made."""

    source_id: str
    split: str
    spec: ClipSpec

    @property
    def clip_id(self) -> str:
        """As in the list of clips: the id and the segment's start in ms."""
        return f"{self.source_id}_{round(self.spec.start * 1000)}"

    @property
    def segment(self) -> Segment:
        """Its line in a list, with the label of what is heard beneath."""
        labels = {scene(self.spec.label).label.mid}
        labels |= {BENEATH[self.spec.beneath][0].mid} if self.spec.beneath else set()
        return Segment(self.source_id, self.spec.start, self.spec.end, tuple(sorted(labels)))


def world_at(folder: Path | str) -> MiniWorld:
    """The places of a mini world's parts in `folder`."""
    folder = Path(folder)
    return MiniWorld(folder, folder / "train_segments.csv", folder / "eval_segments.csv",
                     folder / "class_labels_indices.csv", folder / "media", folder / "truth.parquet")  # fmt: skip


def plan(settings: MiniWorldSettings) -> list[PlannedClip]:
    """All clips of a world, in the order of their ids within a split; nothing is drawn or written yet."""
    if settings.train_per_class < 0 or settings.eval_per_class < 0 or settings.difficulty < 0:
        raise A2IError("the mini world's clips a class and difficulty must not be negative")
    clips = []
    for split, count in (("train", settings.train_per_class), ("eval", settings.eval_per_class)):
        names = [(split, scene(label).name, k) for label in settings.classes or scenes() for k in range(count)]
        part = [
            PlannedClip(_video_id(settings, *name), split, draw(name[1], _seed(settings, *name), settings.difficulty))
            for name in names
        ]
        clips += sorted(part, key=lambda clip: clip.source_id)
    return clips


def plan_distractors(settings: MiniWorldSettings, clips: list[PlannedClip]) -> dict[str, list[Distractor]]:
    """What the lists hold beside `clips`, the plan of a world: by split."""
    lists = {split: [clip.segment for clip in clips if clip.split == split] for split in ("train", "eval")}
    others = sorted(label.mid for label, _ in BENEATH.values())
    return {
        split: distractors(
            usable, lists["eval"] if split == "train" else [], others,
            lambda kind, number, split=split: _video_id(settings, split, kind, number),
            stream(settings.seed, split, "distractors"),
        )
        for split, usable in lists.items()
    }  # fmt: skip


def _saved(settings: MiniWorldSettings) -> dict:
    """What world.json says of a world, as JSON gives it back."""
    return {"version": VERSION, "settings": asdict(settings) | {"classes": list(settings.classes)}}


def _seed(settings: MiniWorldSettings, *names: object) -> int:
    return int(stream(settings.seed, *names).integers(1 << 32))


def _video_id(settings: MiniWorldSettings, *names: object) -> str:
    """An id in YouTube's form; as there some begin with - or _, here a few more of them.

    It depends on all settings, so that a file of another world is never taken for one of this.
    """
    rng = stream(json.dumps(_saved(settings), sort_keys=True), *names)
    letters = _LETTERS[rng.integers(64, size=11)]
    if rng.uniform() < 0.06:
        letters[0] = "-_"[int(rng.integers(2))]
    return "".join(letters)


def make(folder: Path | str, settings: MiniWorldSettings = MiniWorldSettings(), workers: int = 0,
         progress: Progress | None = None) -> MiniWorld:  # fmt: skip
    """Makes the mini world of `settings` in `folder`, or completes it; what is there already is kept.

    The same settings give the same files. `workers` processes (0: one a core). Raises A2IError where the folder holds a
    world of other settings.
    """
    check(settings)
    world, clips = world_at(folder), plan(settings)
    _refuse_other(world, settings)
    world.media.mkdir(parents=True, exist_ok=True)
    _drop_temporaries(world.media)
    beside = plan_distractors(settings, clips)
    for split, path in (("train", world.train_segments), ("eval", world.eval_segments)):
        listed = [clip.segment for clip in clips if clip.split == split] + [one.segment for one in beside[split]]
        _write_once(path, segments_csv(sorted(listed, key=lambda segment: segment.source_id)))
    _write_once(world.labels, labels_csv())
    files = [(clip.spec, world.media / f"{clip.source_id}.mp4") for clip in clips]
    missing = [(spec, path) for spec, path in files if not path.exists()]
    progress = progress or Progress("mini world", len(clips), done=len(clips) - len(missing), quiet=True)
    _make_media(missing, workers or os.cpu_count() or 1, progress)
    for one in [one for split in beside.values() for one in split if one.copy_of]:
        write_part(one, world.media)
    write_truth(clips, world.truth)
    lists = (world.train_segments, world.eval_segments, world.labels)
    write_json(world.folder / "world.json", _saved(settings) | {
        "clips": len(clips),
        "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in lists},
    })  # fmt: skip
    return world


def _refuse_other(world: MiniWorld, settings: MiniWorldSettings) -> None:
    path = world.folder / "world.json"
    if not path.exists():
        return
    saved = json.loads(path.read_text(encoding="utf-8"))
    if any(saved.get(key) != value for key, value in _saved(settings).items()):
        raise A2IError(f"{world.folder} holds a mini world of other settings or of another version: delete it or choose "
                       "another folder")  # fmt: skip


def _drop_temporaries(media: Path) -> None:
    """Removes what a killed run left half-written."""
    for path in media.iterdir():
        if re.fullmatch(r"\.[A-Za-z0-9_-]{11}\.[0-9a-f]{8}\.mp4", path.name):
            path.unlink()


def _write_once(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)


def _make_media(missing: list[tuple[ClipSpec, Path]], workers: int, progress: Progress) -> None:
    if workers == 1 or len(missing) < 2:
        for spec, path in missing:
            write_clip(spec, path)
            progress.update()
        return
    # spawn: the caller may be a notebook with threads, which fork does not survive.
    with ProcessPoolExecutor(min(workers, len(missing)), mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            for future in as_completed([pool.submit(write_clip, *one) for one in missing]):
                future.result()
                progress.update()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def segments_csv(segments: Sequence[Segment]) -> str:
    """The list of `segments` in AudioSet's form, three comment lines first."""
    rows = [f'{s.source_id}, {s.start:.3f}, {s.end:.3f}, "{",".join(s.labels)}"\n' for s in segments]
    labels = [label for s in segments for label in s.labels]
    return (f"# Segments csv created by a2i, mini world version {VERSION}\n"
            f"# num_ytids={len({s.source_id for s in segments})}, num_segs={len(rows)}, "
            f"num_unique_labels={len(set(labels))}, num_positive_labels={len(labels)}\n"
            "# YTID, start_seconds, end_seconds, positive_labels\n" + "".join(rows))  # fmt: skip


def labels_csv() -> str:
    """The labels that occur, in the form of AudioSet's class_labels_indices.csv."""
    labels = [one.label for one in scenes().values()] + [label for label, _ in BENEATH.values()]
    rows = [f'{label.index},{label.mid},"{label.display}"\n' for label in sorted(labels, key=lambda one: one.index)]
    return "index,mid,display_name\n" + "".join(rows)


def write_truth(clips: list[PlannedClip], path: Path) -> None:
    """Writes what no list tells, a row a clip: `clip_id`, `label`, `split`, a column an attribute (0..1; NaN where the
    class lacks it), and `in_view` and `sounding`, lists of [from, to] in seconds of the segment."""
    names = sorted({attribute.name for one in scenes().values() for attribute in one.attributes})
    rows = []
    for clip in clips:
        spec = clip.spec
        spans = {name: [[max(a - spec.start, 0.0), min(b - spec.start, SECONDS)] for a, b in value]
                 for name, value in (("in_view", spec.in_view), ("sounding", spec.calls))}  # fmt: skip
        values = {name: spec.attributes.get(name, np.nan) for name in names}
        rows.append({"clip_id": clip.clip_id, "label": spec.label, "split": clip.split} | values | spans)
    with replacing(path) as temporary:
        pd.DataFrame(rows).to_parquet(temporary, index=False)
