"""Sounds as arrays: out of files, folders and standard input, whole or ten seconds after ten seconds."""

import contextlib
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from a2i.core.errors import A2IError
from a2i.media.mel import SAMPLE_RATE, SAMPLES, SECONDS

HOP = 2.5  # s between two of the ten seconds among which the telling ones are searched
LONGEST = 3600.0  # s of a sound that is held whole
STDIN = "-"  # in place of a file


class NothingHeard(A2IError):
    """There is no sound in it."""

    exit_code = 3


@contextlib.contextmanager
def named(sound: Path | str) -> Iterator[Path]:
    """A sound's file; `-` is what comes in on standard input, kept for as long as the block runs.

    Raises A2IError where nothing comes, and for what the block finds wrong with the file.
    """
    from a2i.media.container import MediaError

    try:
        if str(sound) != STDIN:
            yield Path(sound)
            return
        with tempfile.NamedTemporaryFile() as file:
            file.write(sys.stdin.buffer.read())
            file.flush()
            if not file.tell():
                raise A2IError("nothing comes in on standard input: send a sound, as in  a2i imagine - --out call.png < call.wav")
            yield Path(file.name)
    except MediaError as error:
        raise A2IError(f"{shown(sound)} cannot be heard ({error.reason}: {error.detail}): give a sound or video file") from error


def shown(sound: Path | str) -> str:
    """A sound's name for people."""
    return "standard input" if str(sound) == STDIN else str(sound)


def sounds_in(paths: Sequence[Path]) -> list[Path]:
    """The files that `paths` name, each folder by the sound and video files anywhere in it; `-` stays as it is.

    Raises A2IError for one that is not there, and for a folder without any.
    """
    from a2i.media import extensions

    found: list[Path] = []
    for path in map(Path, [paths] if isinstance(paths, str | Path) else paths):
        if str(path) == STDIN:
            found.append(path)
            continue
        if not path.exists():
            raise A2IError(f"there is no {path}")
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(
            file
            for file in path.rglob("*")
            if file.suffix.lower() in extensions.SOUND | extensions.VIDEO and file.name[0] != "." and file.is_file()
        )
        if not inside:
            raise A2IError(f"the folder {path} holds no sound or video file")
        found += inside
    return found


def read_sound(sound: Path | str) -> np.ndarray:
    """The whole of a sound or video file, or of standard input (`-`): float32 (samples,), 22,050 Hz, -1..1.

    Raises A2IError where it cannot be heard, and where it is longer than an hour.
    """
    from a2i.media import stream

    heard, end = bytearray(), 0.0  # which grows in place: a list of parts needs twice the memory when it is joined
    with named(sound) as path:
        for start, wave in stream.blocks(path):
            if start >= LONGEST:
                raise A2IError(f"{shown(sound)} is longer than an hour: cut it")
            heard += bytes(max(4 * round(start * SAMPLE_RATE) - len(heard), 0))  # zeros in a gap of the file
            heard += wave.samples().data
            end = start + wave.seconds
    if not heard:
        raise NothingHeard(f"{shown(sound)}: nothing heard")
    return np.frombuffer(heard, np.float32)[: max(round(end * SAMPLE_RATE), 1)]


def checked(samples: np.ndarray) -> np.ndarray:
    """Samples as float32 (n,). Raises A2IError for what is no sound of one channel."""
    try:
        found = np.asarray(samples, np.float32)
    except (TypeError, ValueError) as error:
        raise A2IError("a sound is an array of numbers (samples,), 22,050 Hz: read a file by a2i.imagine.read_sound") from error
    if found.ndim != 1 or not len(found):
        raise A2IError(f"a sound is an array (samples,) of one channel, 22,050 Hz, not of shape {found.shape}")
    if not np.isfinite(found).all():
        raise A2IError("a sound holds samples that are no numbers (NaN or infinite): take them out")
    return found


def ten_seconds(samples: np.ndarray) -> np.ndarray:
    """The first ten seconds of a sound (samples,), with zeros where it ends before: float32 (220500,)."""
    found = checked(samples)[:SAMPLES]
    return np.pad(found, (0, SAMPLES - len(found)))


def length(path: Path) -> int:
    """The seconds that a file takes, by its own word; 1 where it says nothing. Raises MediaError."""
    from a2i.media.container import opened

    with opened(path) as (media, _):
        return max(int((media.duration or 0) / 1e6), 1)


def windows(path: Path) -> Iterator[tuple[float, np.ndarray]]:
    """Ten seconds every `HOP` that are not silent: where they begin, s, and float32 (220500,). Raises MediaError."""
    from a2i.media import quality, stream

    last, held = -np.inf, np.zeros(0, np.float32)
    for start, wave in stream.blocks(path):
        samples = wave.samples()
        if start > last + SECONDS:  # the first, or one behind a gap
            held = np.zeros(0, np.float32)
        joined = np.concatenate([held, samples])
        for place in range(0, len(joined) - len(samples) + 1, int(HOP * SAMPLE_RATE)):
            window = joined[place : place + len(samples)]
            begin = start - len(held) / SAMPLE_RATE + place / SAMPLE_RATE
            if (not len(held) or place) and not quality.silent(window):
                yield begin, window
        last, held = start, samples
