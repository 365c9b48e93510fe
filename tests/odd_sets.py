"""Odd folders and lists of clips, the same ones from the same seed: what people's own data look like, and stranger.

A set is a folder, the parameters that name it, and a word for each oddity in it. Its files are links to, or damaged copies
of, a few tiny prepared ones, so that a set costs milliseconds.
"""

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import mutator
import numpy as np
import toy_media

from a2i.data.classes import PAPER_CLASSES

NAMES = (
    "cat", "Dog", "dog barking", "race_car", "helicopter", "Guitar solo (live)", "owl & co.", "a,b", "rock'n'roll", "100",
    "\u732b", "\u72d7", "\u043a\u043e\u0448\u043a\u0430", "\u0633\u06af", "\u00e9l\u00e9phant", "e\u0301le\u0301phant",
    "\U0001f436", "--help", "nan", "None", "train", "eval", "all", "true", "a.b.c", "  padded  ",
    "the sound of a very large number of small creatures, heard at night from far away", "CAT", "x" * 120,
)  # fmt: skip
CLASSES = {"cat": "cat meowing", "dog": "dog barking", "train": "train horning", "ocean": "sea waves"}  # VGGSound's names
STRAYS = (".DS_Store", "Thumbs.db", "README.txt", "._1.mp4", "cover.pdf", "list.csv", ".hidden.mp4", "no_suffix")
SPLIT_NAMES = (("train", "test"), ("train", "val", "test"), ("Training", "Validation"), ("train", "eval"))


@dataclass
class OddSet:
    """A set and how to name it."""

    folder: Path
    parameters: dict[str, object] = field(default_factory=dict)  # of notebook 01
    story: list[str] = field(default_factory=list)  # what is odd about it


def prepare(folder: Path) -> dict[str, list[Path]]:
    """Writes the good files that all sets draw on: a second or two each, by kind."""
    folder.mkdir(parents=True, exist_ok=True)
    small = {"seconds": 1.0, "fps": 4, "width": 48, "height": 48}
    write = toy_media.write
    return {
        "clip": [
            write(folder / "short.mp4", **small),
            write(folder / "long.mp4", **small | {"seconds": 3.0}),
            write(folder / "mono.mkv", **small, layout="mono", rate=16000),
            write(folder / "wide.mov", **small | {"width": 96}, video="mjpeg", pixels="yuvj420p"),
        ],
        "sound": [
            write(folder / "sound.m4a", **small, video=""),
            write(folder / "sound.wav", **small, video="", audio="pcm_s16le", layout="mono"),
        ],
        "picture": [write(folder / "picture.mp4", **small, audio="")],
    }


def folders(folder: Path, classes: Mapping[str, list[Path]], **parameters: object) -> OddSet:
    """A folder of class-named folders, each with links to these files."""
    for name, files in classes.items():
        (folder / "media" / name).mkdir(parents=True)
        for i, file in enumerate(files):
            os.link(file, folder / "media" / name / f"{i}{file.suffix}")
    return OddSet(folder, {"source": "folder", "media": str(folder / "media"), **parameters})


def make(folder: Path, prepared: dict[str, list[Path]], number: int, seed: int = 0) -> OddSet:
    """Writes set `number` into `folder`, which is made."""
    rng = np.random.default_rng([seed, number])
    made = OddSet(folder)
    folder.mkdir(parents=True)
    for name in ("keep_pictureless", "keep_soundless"):
        if rng.random() < 0.3:
            made.parameters[name] = True
    form = rng.choice(["folder", "split", "lists"], p=[0.5, 0.2, 0.3])
    {"folder": _folders, "split": _split_folders, "lists": _lists}[form](made, prepared, rng)
    made.story.insert(0, str(form))
    return made


def _folders(made: OddSet, prepared: dict, rng: np.random.Generator, below: str = "") -> None:
    """Class-named folders, some of them empty, of one clip, or of no media."""
    media = made.folder / "media" / below
    made.parameters |= {"source": "folder", "media": str(made.folder / "media")}
    count = int(rng.choice([0, 1, 2, 3, 5, 30], p=[0.02, 0.06, 0.42, 0.33, 0.14, 0.03]))
    made.story.append(f"{count} classes")
    names = [f"class number {i:02d} with a name that is rather long" for i in range(count)]
    names = names if count > len(NAMES) // 2 else [str(n) for n in rng.choice(NAMES, count, replace=False)]
    kinds = rng.choice(["clip", "sound", "picture"], p=[0.75, 0.15, 0.1], size=max(count, 1))
    if rng.random() < 0.15:
        kinds[:] = kinds[0]
    media.mkdir(parents=True, exist_ok=True)
    for name, kind in zip(names, kinds):
        inner = media / name / "deeper" if rng.random() < 0.1 else media / name
        inner.mkdir(parents=True, exist_ok=True)
        size = int(rng.choice([0, 1, 2, 3, 4, 6], p=[0.03, 0.07, 0.2, 0.3, 0.25, 0.15]))
        for i in range(size if count < 30 else 2):
            _file(inner, f"{i + 1}", prepared[str(kind)], prepared, made, rng)
    _strew(media, made, rng)


def _split_folders(made: OddSet, prepared: dict, rng: np.random.Generator) -> None:
    """A split given by folders, sometimes with a side that lacks a class."""
    splits = SPLIT_NAMES[rng.integers(len(SPLIT_NAMES))]
    names = [str(name) for name in rng.choice(NAMES[:12], int(rng.integers(1, 4)), replace=False)]
    made.story.append(f"{'/'.join(splits)} of {len(names)} classes")
    made.parameters |= {"source": "folder", "media": str(made.folder / "media")}
    for split in splits:
        for name in names:
            if rng.random() < 0.12:
                made.story.append(f"no {name} in {split}")
                continue
            inner = made.folder / "media" / split / name
            inner.mkdir(parents=True)
            for i in range(int(rng.integers(1, 4))):
                _file(inner, f"{split}{i}", prepared["clip"], prepared, made, rng)
    (made.folder / "media").mkdir(exist_ok=True)
    _strew(made.folder / "media", made, rng)


def _lists(made: OddSet, prepared: dict, rng: np.random.Generator) -> None:
    """Two lists in AudioSet's form or one in VGGSound's, and a folder of media named by id."""
    media = made.folder / "media"
    media.mkdir()
    names = [str(n) for n in rng.choice(list(CLASSES), int(rng.choice([1, 2, 3], p=[0.1, 0.5, 0.4])), replace=False)]
    labels, mids = [f"/m/other{i}" for i in range(3)], {c.name: c.mid for c in PAPER_CLASSES}
    seconds = rng.random() < 0.5  # whether second labels are there at all
    vggsound = rng.random() < 0.25
    lines: dict[str, list[str]] = {"train": [], "eval": []}
    for split, sizes in (("train", (0, 2, 3, 3, 4, 5, 6)), ("eval", (0, 1, 1, 2, 2, 3, 3))):
        for name in names:
            for _ in range(int(rng.choice(sizes))):
                video = "".join(rng.choice(list("abcdefghijkABCDEFGHIJK0123456789_-"), 11))
                others = [*rng.choice(labels, 1)] if seconds and rng.random() < 0.5 else []
                others += [mids[str(rng.choice(names))]] if rng.random() < 0.1 else []
                lines[split].append(_line(video, mids[name], others, CLASSES[name], split, vggsound))
                if rng.random() < 0.9:
                    kind = rng.choice(["clip", "sound", "picture"], p=[0.85, 0.1, 0.05])
                    _file(media, video + str(rng.choice(["", "_0", "_0.000_10.000"])), prepared[kind], prepared, made, rng)
    if rng.random() < 0.15 and lines["train"]:
        lines["eval"].append(lines["train"][0])
        made.story.append("a video in both lists")
    head = {0: "", 1: "# a comment\n", 2: "\ufeff", 3: "YTID, start_seconds, end_seconds, positive_labels\n"}[int(rng.integers(4))]
    junk = {0: "", 1: "not a line\n", 2: "\n\n", 3: "=CMD(),0,10,/m/x\n"}[int(rng.integers(4))]
    for split, own in lines.items():
        (made.folder / f"{split}.csv").write_text(head + "".join(own) + junk, encoding="utf-8")
    made.parameters |= {"source": "lists", "media": str(media), "train_segments": str(made.folder / "train.csv")}
    made.parameters["eval_segments"] = str(made.folder / "eval.csv")
    if vggsound and rng.random() < 0.5:  # one list, as it is published
        both = "".join([head, *lines["train"], *lines["eval"], junk])
        (made.folder / "eval.csv").write_text(both, encoding="utf-8")
        made.parameters["train_segments"] = made.parameters["eval_segments"]
    if rng.random() < 0.3:
        made.parameters["classes"] = ",".join(rng.permutation(names))
    for name in ("keep_multi", "balance"):
        if rng.random() < 0.2:
            made.parameters[name] = True
    form = "VGGSound's" if vggsound else "AudioSet's"
    made.story.append(f"{form} form, {len(names)} classes, {len(lines['train'])} and {len(lines['eval'])} lines")


def _line(video: str, mid: str, others: list, name: str, split: str, vggsound: bool) -> str:
    if vggsound:
        return f'{video},0,"{name}",{"train" if split == "train" else "test"}\n'
    labels = ",".join([mid, *map(str, others)])
    return f'{video}, 0.000, 10.000, "{labels}"\n'


def _file(folder: Path, stem: str, sources: list[Path], prepared: dict, made: OddSet, rng: np.random.Generator) -> None:
    """One media file, one of eight damaged."""
    source = sources[rng.integers(len(sources))]
    path = folder / (stem + (source.suffix.upper() if rng.random() < 0.05 else source.suffix))
    if rng.random() < 0.125:
        damage = mutator.DAMAGES[rng.integers(len(mutator.DAMAGES))]
        other = prepared["clip"][rng.integers(len(prepared["clip"]))].read_bytes()
        content = damage(bytearray(source.read_bytes()), rng, other) if rng.random() < 0.7 else b""
        path.write_bytes(content)
        made.story.append(f"{path.name} {damage.__name__ if content else 'empty'}")
    else:
        os.link(source, path)


def _strew(folder: Path, made: OddSet, rng: np.random.Generator) -> None:
    """Files and folders that are no clips."""
    places = [folder, *(path for path in folder.iterdir() if path.is_dir())]
    for name in rng.choice(STRAYS, int(rng.integers(0, 4)), replace=False):
        place = places[rng.integers(len(places))]
        (place / str(name)).write_bytes(b"Mac OS X" if rng.random() < 0.5 else b"")
        made.story.append(str(name))
    for name in ("__MACOSX", "empty", ".git", "@eaDir"):
        if rng.random() < 0.1:
            (folder / name).mkdir(exist_ok=True)
            made.story.append(name)
    if rng.random() < 0.05:
        (folder / "loop").symlink_to(folder)
        made.story.append("loop")


def remove(made: OddSet) -> None:
    """Takes the set off the disk."""
    shutil.rmtree(made.folder, ignore_errors=True)
