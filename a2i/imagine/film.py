"""A study as a file: a strip of pictures (.png), a film that loops (.gif), or one with its sound (.mp4)."""

from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import numpy as np

from a2i.core import files
from a2i.core.progress import Progress
from a2i.imagine.sheet import SCALE, ending, write_strip
from a2i.imagine.studies import Study
from a2i.media.mel import SAMPLE_RATE

ACROSS = 12  # pictures of a strip side by side
PAUSE = 0.25  # s for which a film shows what is no moment of a recording
RATE = 4  # frames a second of a film with sound, at least


def write_study(study: Study, out: Path | str, *, sound: np.ndarray | None = None) -> None:
    """Writes a study to `out` by its ending, and what was heard to a CSV of its name.

    .png: its pictures side by side, each under its value and what is heard; .gif: one after the other; .mp4: those of a
    slide along `sound`, float32 (samples,), with it. Raises A2IError for another ending.
    """
    out = named(out, with_sound=sound is not None)
    if out.suffix.lower() == ".png":
        titles = [f"{value:.3g}{_unit(study)}\n{told}" for value, told in zip(study.values, study.told())]
        count, across = study.pictures.shape[1], min(len(titles), ACROSS)
        write_strip(list(study.pictures.swapaxes(0, 1).reshape(-1, 64, 64, 3)), titles * count, out, across)
    else:
        with files.replacing(out) as temporary:
            if out.suffix.lower() == ".gif":
                _write_gif(study, temporary, moving=sound is not None)
            else:
                _write_mp4(study, sound, temporary)
    files.write_text(out.with_suffix(".csv"), study.table().assign(heard=study.told()).round(4).to_csv())


def named(out: Path | str, *, with_sound: bool) -> Path:
    """`out` as a path. Raises A2IError where its name does not end as that of a study does."""
    return ending(out, ".png", ".gif", *([".mp4"] if with_sound else []))


def _unit(study: Study) -> str:
    _, _, unit = study.changed.partition(", ")
    return unit and f" {unit}"


def _frame(pictures: np.ndarray) -> np.ndarray:
    """Pictures uint8 (count, 64, 64, 3) side by side, each pixel as 4x4."""
    return np.concatenate(list(pictures), 1).repeat(SCALE, 0).repeat(SCALE, 1)


def _write_gif(study: Study, path: Path, moving: bool) -> None:
    from PIL import Image

    first, *others = (Image.fromarray(_frame(pictures)) for pictures in study.pictures)
    pause = study.values[1] - study.values[0] if moving and len(others) else PAUSE
    first.save(path, "GIF", save_all=True, append_images=others, duration=max(round(1000 * pause), 20), loop=0)


def _write_mp4(study: Study, sound: np.ndarray, path: Path) -> None:
    """H.264 and AAC; as many frames a second as the moments need, and no fewer than players like."""
    import av

    hop = study.values[1] if len(study.values) > 1 else np.inf
    rate = max(RATE, round(1 / hop))
    with av.open(str(path), "w") as film:
        video = film.add_stream("libx264", rate=rate, options={"crf": "18", "preset": "veryfast"})
        video.height, video.width, _ = _frame(study.pictures[0]).shape
        video.pix_fmt, video.thread_count = "yuv420p", 1
        audio = film.add_stream("aac", rate=SAMPLE_RATE, layout="mono")
        audio.bit_rate = 64000
        progress, shown = Progress("second of the film", len(sound) // SAMPLE_RATE, quiet=True), -1
        for k, part in enumerate(_parts(sound, rate)):
            if (moment := min(int(k / rate / hop + 1e-6), len(study.values) - 1)) != shown:
                shown, frame = moment, _frame(study.pictures[moment])
            picture = av.VideoFrame.from_ndarray(frame, format="rgb24")
            picture.pts, picture.time_base = k, Fraction(1, rate)
            film.mux(video.encode(picture))
            heard = av.AudioFrame.from_ndarray(part, format="fltp", layout="mono")
            heard.sample_rate, heard.pts, heard.time_base = SAMPLE_RATE, k * SAMPLE_RATE // rate, Fraction(1, SAMPLE_RATE)
            film.mux(audio.encode(heard))
            progress.update(k % rate == 0)
        for stream in (video, audio):
            film.mux(stream.encode(None))


def _parts(sound: np.ndarray, rate: int) -> Iterator[np.ndarray]:
    """The sound of each frame, float32 (1, samples)."""
    borders = np.arange(0, len(sound) + SAMPLE_RATE // rate, SAMPLE_RATE / rate).astype(int)
    for first, last in zip(borders[:-1], borders[1:]):
        if first < len(sound):
            yield np.ascontiguousarray(np.clip(sound[None, first : min(last, len(sound))], -1, 1), np.float32)
