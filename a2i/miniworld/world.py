"""The embedded default data: ten scenes that make a sound, as real .mp4 files with lists in AudioSet's form.

Made by code from a seed, offline. Every clip follows a script (a2i.script) drawn from hidden attributes; its picture
(a2i.scenes), its sound (a2i.sounds) and the truth stored beside the clips come from that one script. As in AudioSet's
lists there are lines beside them of which no usable clip comes (a2i.strays).
"""

import hashlib
import json
import multiprocessing
import os
import re
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import asdict, dataclass
from fractions import Fraction
from itertools import islice
from pathlib import Path

import numpy as np

from a2i.miniworld import mix as sounds, render as scenes
from a2i.core.errors import A2IError
from a2i.core.files import replacing, write_json, write_text
from a2i.core.progress import Progress
from a2i.data.classes import PAPER_CLASSES
from a2i.miniworld.scene import ATTRIBUTES, FRAME_RATE, SEGMENT, Script, draw
from a2i.miniworld.distractors import Segment, Stray, strays, write_part
from a2i.miniworld.synth import RATE

VERSION = 3  # of what the same settings make; raise it when pictures or sounds change
FORMATS = ((128, 96), (96, 96), (160, 96), (96, 128))  # width, height
# x264's macroblock tree reads past its rows at these widths: with it the bytes differ from run to run.
_X264 = {"preset": "veryfast", "crf": "18", "g": "20", "x264-params": "mbtree=0"}
_LETTERS = np.array(list("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"))

# AudioSet's rows of the labels that the mini world uses: index, id, display name.
LABELS = (
    (0, "/m/09x0r", "Speech"), (23, "/t/dd00002", "Baby cry, infant cry"), (74, "/m/0bt9lr", "Dog"),
    (81, "/m/01yrx", "Cat"),
    (101, "/m/07qn5dc", "Crowing, cock-a-doodle-doo"), (111, "/m/015p6", "Bird"), (137, "/m/04rlf", "Music"),
    (143, "/m/042v_gx", "Acoustic guitar"), (283, "/m/03m9d0z", "Wind"), (294, "/m/05kq4", "Ocean"),
    (315, "/m/0ltv", "Race car, auto racing"), (327, "/m/0btp2", "Traffic noise, roadway noise"),
    (329, "/m/07jdr", "Train"),
    (339, "/m/09ct_", "Helicopter"), (359, "/m/07r4wb8", "Knock"), (432, "/m/0g6b5", "Fireworks"),
)
_BENEATH_LABEL = {"birds": "/m/015p6", "murmur": "/m/09x0r", "traffic": "/m/0btp2", "melody": "/m/04rlf",
                  "wind": "/m/03m9d0z", "knocks": "/m/07r4wb8"}


@dataclass(frozen=True)
class MiniWorldSettings:
    """What a mini world is made of."""

    train_per_class: int = 40  # training clips a class
    eval_per_class: int = 10  # evaluation clips a class
    classes: tuple[str, ...] = ()  # names; empty: all ten
    difficulty: float = 1.0  # 0: no gaps, one place, little noise; 1: the default; above: harder
    seed: int = 0  # everything follows from it


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
    script: Script

    @property
    def clip_id(self) -> str:
        """As in the list of clips: the id and the segment's start in ms."""
        return f"{self.source_id}_{round(self.script.start * 1000)}"

    @property
    def segment(self) -> Segment:
        """Its line in a list, with the label of what is heard beneath."""
        mid = next(c.mid for c in PAPER_CLASSES if c.name == self.script.label)
        labels = {mid, _BENEATH_LABEL.get(self.script.beneath, mid)}
        return Segment(self.source_id, self.script.start, self.script.end, tuple(sorted(labels)))


def world_at(folder: Path | str) -> MiniWorld:
    """The places of a mini world's parts in `folder`."""
    folder = Path(folder)
    return MiniWorld(folder, folder / "train_segments.csv", folder / "eval_segments.csv",
                     folder / "class_labels_indices.csv", folder / "media", folder / "truth.parquet")


def plan(settings: MiniWorldSettings) -> list[PlannedClip]:
    """All clips of a world, in the order of their ids within a split; nothing is drawn or written yet."""
    if settings.train_per_class < 0 or settings.eval_per_class < 0 or settings.difficulty < 0:
        raise A2IError("the mini world's clips a class and difficulty must not be negative")
    unknown = set(settings.classes) - {c.name for c in PAPER_CLASSES}
    if unknown:
        raise A2IError(f"the mini world has no {', '.join(sorted(unknown))}: choose of "
                       + ", ".join(c.name for c in PAPER_CLASSES))
    ids = _ids(settings)
    clips = []
    for split, count in (("train", settings.train_per_class), ("eval", settings.eval_per_class)):
        part = []
        for number, sound_class in enumerate(PAPER_CLASSES):
            wanted = not settings.classes or sound_class.name in settings.classes
            for k in range(count if wanted else 0):
                sequence = np.random.SeedSequence([settings.seed, split == "eval", number, k])
                script = draw(sound_class.name, int(sequence.generate_state(1)[0]), settings.difficulty)
                part.append(PlannedClip(next(ids), split, script))
        clips += sorted(part, key=lambda clip: clip.source_id)
    return clips


def _saved(settings: MiniWorldSettings) -> dict:
    """What world.json says of a world, as JSON gives it back."""
    return {"version": VERSION, "settings": asdict(settings) | {"classes": list(settings.classes)}}


def plan_strays(settings: MiniWorldSettings, clips: list[PlannedClip]) -> dict[str, list[Stray]]:
    """What the lists hold beside `clips`, the plan of a world: by split."""
    ids = islice(_ids(settings), len(clips), None)
    lists = {split: [clip.segment for clip in clips if clip.split == split] for split in ("train", "eval")}
    others = sorted({mid for _, mid, _ in LABELS} - {c.mid for c in PAPER_CLASSES})
    found = {}
    for split, usable in lists.items():
        rng = np.random.default_rng([settings.seed, split == "eval", len(PAPER_CLASSES)])
        found[split] = strays(usable, lists["eval"] if split == "train" else [], others, ids.__next__, rng)
    return found


def _ids(settings: MiniWorldSettings) -> Iterator[str]:
    """Ids in YouTube's form; as there some begin with - or _, here a few more of them.

    They depend on all settings, so that a file of another world is never taken for one of this.
    """
    key = hashlib.sha256(json.dumps(_saved(settings), sort_keys=True).encode()).digest()
    rng, seen = np.random.default_rng(list(key)), set()
    while True:
        letters = _LETTERS[rng.integers(64, size=11)]
        if rng.uniform() < 0.06:
            letters[0] = "-" if rng.uniform() < 0.6 else "_"
        name = "".join(letters)
        if name.lower() not in seen:
            seen.add(name.lower())
            yield name


def make(folder: Path | str, settings: MiniWorldSettings = MiniWorldSettings(), workers: int = 0,
         progress: Progress | None = None) -> MiniWorld:
    """Makes the mini world of `settings` in `folder`, or completes it; what is there already is kept.

    The same settings give the same files. `workers` processes (0: one a core). Raises A2IError where the folder holds a
    world of other settings.
    """
    world, clips = world_at(folder), plan(settings)
    _refuse_other(world, settings)
    world.media.mkdir(parents=True, exist_ok=True)
    _drop_temporaries(world.media)
    beside = plan_strays(settings, clips)
    for split, path in (("train", world.train_segments), ("eval", world.eval_segments)):
        listed = [clip.segment for clip in clips if clip.split == split] + [s.segment for s in beside[split]]
        _write_once(path, segments_csv(sorted(listed, key=lambda segment: segment.source_id)))
    _write_once(world.labels, labels_csv())
    missing = [clip for clip in clips if not (world.media / f"{clip.source_id}.mp4").exists()]
    progress = progress or Progress("mini world", len(clips), done=len(clips) - len(missing), quiet=True)
    _make_media(missing, world.media, workers or os.cpu_count() or 1, progress)
    for stray in [stray for split in beside.values() for stray in split if stray.copy_of]:
        write_part(stray, world.media)
    write_truth(clips, world.truth)
    lists = (world.train_segments, world.eval_segments, world.labels)
    write_json(world.folder / "world.json", _saved(settings) | {
        "clips": len(clips),
        "sha256": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in lists},
    })
    return world


def _refuse_other(world: MiniWorld, settings: MiniWorldSettings) -> None:
    path = world.folder / "world.json"
    if not path.exists():
        return
    saved = json.loads(path.read_text(encoding="utf-8"))
    if any(saved.get(key) != value for key, value in _saved(settings).items()):
        raise A2IError(f"{world.folder} holds a mini world of other settings or of another version: delete it or choose another folder")


def _drop_temporaries(media: Path) -> None:
    """Removes what a killed run left half-written."""
    for path in media.iterdir():
        if re.fullmatch(r"\.[A-Za-z0-9_-]{11}\.[0-9a-f]{8}\.mp4", path.name):
            path.unlink()


def _write_once(path: Path, text: str) -> None:
    if not path.exists() or path.read_text(encoding="utf-8") != text:
        write_text(path, text)


def _make_media(clips: list[PlannedClip], media: Path, workers: int, progress: Progress) -> None:
    if workers == 1 or len(clips) < 2:
        for clip in clips:
            write_clip(clip, media)
            progress.update()
        return
    # spawn: the caller may be a notebook with threads, which fork does not survive.
    with ProcessPoolExecutor(min(workers, len(clips)), mp_context=multiprocessing.get_context("spawn")) as pool:
        try:
            for future in as_completed([pool.submit(write_clip, clip, media) for clip in clips]):
                future.result()
                progress.update()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def write_clip(clip: PlannedClip, media: Path) -> None:
    """Writes <source_id>.mp4 (H.264 yuv420p, AAC) into `media`, whole or not at all."""
    script = clip.script
    rng = script.rng("format")
    width, height = FORMATS[int(rng.integers(len(FORMATS)))]
    samples = sounds.synthesise(script)
    rate = RATE
    if rng.uniform() < 0.2:
        samples, rate = _stereo(samples, float(rng.uniform(-0.5, 0.5))), 44100
    with replacing(media / f"{clip.source_id}.mp4") as path:
        _encode(path, script, (width, height), np.atleast_2d(samples), rate)


def _stereo(samples: np.ndarray, balance: float) -> np.ndarray:
    """(2, 2n) at 44,100 Hz, heard from the left (balance -1) to the right (1)."""
    import soxr

    upper = soxr.resample(samples, RATE, 44100)
    return np.stack([upper * min(1.0, 1 - balance), upper * min(1.0, 1 + balance)])


def _encode(path: Path, script: Script, size: tuple[int, int], samples: np.ndarray, rate: int) -> None:
    """Writes both streams; one thread, because x264's bytes depend on their number."""
    import av

    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        video = container.add_stream("libx264", rate=FRAME_RATE, options=_X264)
        video.width, video.height = size
        video.pix_fmt, video.thread_count = "yuv420p", 1
        audio = container.add_stream("aac", rate=rate, layout=_layout(samples), options={"aac_coder": "fast"})
        audio.bit_rate = 64000 * len(samples)
        for k in range(round(script.seconds * FRAME_RATE)):
            picture = av.VideoFrame.from_ndarray(scenes.render(script, k / FRAME_RATE, *size), format="rgb24")
            picture.pts, picture.time_base = k, Fraction(1, FRAME_RATE)
            container.mux(video.encode(picture))
            first, last = k * rate // FRAME_RATE, (k + 1) * rate // FRAME_RATE
            _encode_sound(container, audio, samples[:, first:last], first, rate)
        for stream in (video, audio):
            container.mux(stream.encode(None))


def _layout(samples: np.ndarray) -> str:
    return "stereo" if len(samples) == 2 else "mono"


def _encode_sound(container, audio, samples: np.ndarray, first: int, rate: int) -> None:
    import av

    samples = np.ascontiguousarray(samples, dtype=np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=_layout(samples))
    frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
    container.mux(audio.encode(frame))


def segments_csv(segments: Sequence[Segment]) -> str:
    """The list of `segments` in AudioSet's form, three comment lines first."""
    rows = [f'{s.source_id}, {s.start:.3f}, {s.end:.3f}, "{",".join(s.labels)}"\n' for s in segments]
    labels = [label for s in segments for label in s.labels]
    return (f"# Segments csv created by a2i, mini world version {VERSION}\n"
            f"# num_ytids={len({s.source_id for s in segments})}, num_segs={len(rows)}, "
            f"num_unique_labels={len(set(labels))}, num_positive_labels={len(labels)}\n"
            "# YTID, start_seconds, end_seconds, positive_labels\n" + "".join(rows))


def labels_csv() -> str:
    """The labels that occur, in the form of AudioSet's class_labels_indices.csv."""
    return "index,mid,display_name\n" + "".join(f'{index},{mid},"{name}"\n' for index, mid, name in LABELS)


def write_truth(clips: list[PlannedClip], path: Path) -> None:
    """Writes what no list tells, a row a clip: `clip_id`, `label`, `split`, a column an attribute (0..1; NaN where the
    class lacks it), and `in_view` and `sounding`, lists of [from, to] in seconds of the segment."""
    import pandas as pd

    names = sorted({attribute.name for attribute in ATTRIBUTES})
    rows = []
    for clip in clips:
        script = clip.script
        spans = {name: [[max(a - script.start, 0.0), min(b - script.start, SEGMENT)] for a, b in value]
                 for name, value in (("in_view", script.in_view), ("sounding", script.calls))}
        values = {name: script.attributes.get(name, np.nan) for name in names}
        rows.append({"clip_id": clip.clip_id, "label": script.label, "split": clip.split} | values | spans)
    with replacing(path) as temporary:
        pd.DataFrame(rows).to_parquet(temporary, index=False)
