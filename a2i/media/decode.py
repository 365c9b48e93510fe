"""A segment of any media file as ten seconds of sound and a few pictures, in one pass over its packets."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.stream import Discard, Disposition

from a2i.media import container as reasons
from a2i.media.container import MediaError, opened, preferred, usable
from a2i.media.frames import SAMPLINGS, FrameDecoder, candidates, centre_crop, choose, spread_moments, track
from a2i.media.mel import SECONDS
from a2i.media.packets import LEADS, CannotSeekError, check_end, first_moment, read
from a2i.media.quality import remarks
from a2i.media.waveform import Waveform, loud_moments

__all__ = ["KINDS", "Clip", "MediaError", "decode", "read_picture", "read_sound"]

KINDS = ("segment", "whole", "auto")
CUT_TOLERANCE = 0.6  # s, see `_place`


@dataclass(frozen=True)
class Clip:
    """A decoded segment."""

    samples: np.ndarray  # float32 (220500,), 22,050 Hz, -1..1, zeros where the file has no sound
    frames: np.ndarray  # uint8 (frames, size, size, 3), RGB; (0, size, size, 3) without a picture
    frame_times: np.ndarray  # float64 (frames,), s from the segment's start
    seconds: float  # how far the sound reaches, s
    sample_rate: int  # Hz, the file's own; 0 without sound
    channels: int  # the file's own; 0 without sound
    sha256: str  # of the file's bytes
    remarks: tuple[str, ...] = ()  # those of `quality.KINDS` that it is


@dataclass(frozen=True)
class _Wanted:
    """What `decode` was asked for."""

    start: float
    end: float
    kind: str
    frames: int
    size: int
    frame_sampling: str
    need_sound: bool
    need_picture: bool


def decode(
    path: Path | str,
    start: float = 0.0,
    end: float = SECONDS,
    *,
    kind: str = "whole",
    frames: int = 3,
    size: int = 64,
    frame_sampling: str = "random",
    rng: np.random.Generator | None = None,
    need_sound: bool = True,
    need_picture: bool = True,
) -> Clip:
    """Decodes the segment `start`..`end` (s) of a file.

    kind: "segment", the file is the cut segment; "whole", the segment lies at `start` in it; "auto", see `_place`.
    frame_sampling: which `frames` are shown: "random" (times drawn evenly by `rng`, as in the paper), "spread" (one from
    each equal part, a keyframe where there is one: the cheapest) or "sounding" (where the sound stands out).
    need_sound, need_picture: whether a file without is an error; else it has zeros, or no frames.
    Raises MediaError with its reason.
    """
    if kind not in KINDS or frame_sampling not in SAMPLINGS:
        raise ValueError(f"kind is one of {KINDS}, frame_sampling one of {SAMPLINGS}")
    wanted = _Wanted(start, end, kind, frames, size, frame_sampling, need_sound, need_picture)
    rng = rng or np.random.default_rng(0)
    for lead in LEADS:
        try:
            return _decode(path, wanted, rng, lead)
        except CannotSeekError:
            continue
    return _decode(path, wanted, rng, np.inf)


def _decode(path: Path | str, wanted: _Wanted, rng: np.random.Generator, lead: float) -> Clip:
    with opened(path) as (media, sha256):
        audio, video = _streams(media, wanted.need_sound, wanted.need_picture)
        if audio is None and wanted.need_sound:
            raise MediaError(reasons.NO_SOUND, "no sound stream")
        if video is None and (wanted.need_picture or audio is None):
            raise MediaError(reasons.NO_PICTURE, "no video stream")
        origin, length = _place(media, wanted.start, wanted.end, wanted.kind)
        wave, packets, ended = read(media, audio, video, origin, length, lead)
        if ended:
            check_end(media, wave, packets, origin, length)
        if wanted.need_sound or video is None:
            _check_sound(wave)
        samples = wave.samples()
        duration = media.duration / av.time_base if wanted.kind == "segment" and media.duration else 0.0
        times, pictures = np.zeros(0), np.zeros((0, wanted.size, wanted.size, 3), np.uint8)
        if video is not None:
            times, pictures = _pictures(video, packets, origin, length, samples, wanted, rng)
            if not len(pictures) and (wanted.need_picture or not wave.seconds):
                # Some decoders call a lack of memory damaged data: without room for one picture, MemoryError it is.
                bytearray(4 * video.codec_context.width * video.codec_context.height)
                raise MediaError(reasons.NO_PICTURE, "no frame could be decoded")
    odd = remarks(
        samples, pictures, has_sound=bool(wave.rate), opposite=wave.opposite, heard=wave.seconds, length=length,
        duration=duration,
    )  # fmt: skip
    return Clip(samples, pictures, times, wave.seconds, wave.rate, wave.channels, sha256, odd)


def read_sound(path: Path | str) -> np.ndarray:
    """The first 10 s of any sound or video file: float32 (220500,), 22,050 Hz, padded with zeros. Raises MediaError."""
    with opened(path) as (media, _):
        audio, _ = _streams(media, need_sound=True, need_picture=False)
        if audio is None:
            raise MediaError(reasons.NO_SOUND, "no sound stream")
        wave, _, _ = read(media, audio, None, *_place(media, 0.0, SECONDS, "segment"))
        _check_sound(wave)
    return wave.samples()


def read_picture(path: Path | str, size: int) -> np.ndarray:
    """The middle square of a file of one picture: uint8 (size, size, 3), RGB. Raises MediaError."""
    with opened(path, still=True) as (media, _):
        for stream in media.streams.video:
            if stream.codec_context.width * stream.codec_context.height > reasons.MAX_PIXELS:
                raise MediaError(reasons.TOO_LARGE, "the picture beside the sound")
            for frame in media.decode(stream):
                return centre_crop(frame, size, 1.0)
    raise MediaError(reasons.NO_PICTURE, "nothing of the picture beside the sound could be decoded")


def _check_sound(wave: Waveform) -> None:
    """Raises MediaError where nothing could be heard."""
    if wave.refused and not wave.seconds:
        raise MediaError(reasons.CHANNELS, f"{wave.refused} channels")
    if not wave.seconds:
        raise MediaError(reasons.NO_SOUND, "nothing of the sound could be decoded")


def _streams(
    media: av.container.InputContainer, need_sound: bool, need_picture: bool
) -> tuple[av.AudioStream | None, av.VideoStream | None]:
    """The sound and the moving picture to take of a file; a cover picture is none."""
    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    audio = preferred(media.streams.audio)
    video = preferred(s for s in media.streams.video if not s.disposition & covers)
    audio, video = _allowed(audio, need_sound), _allowed(video, need_picture)
    for stream in media.streams:
        if stream is not audio and stream is not video:
            stream.discard = Discard.all
    return audio, video


def _allowed(stream: av.stream.Stream | None, needed: bool) -> av.stream.Stream | None:
    """The stream where it may be decoded; else None, or MediaError where it is needed."""
    try:
        if stream is not None:
            usable(stream)
        return stream
    except MediaError:
        if needed:
            raise
        return None


def _place(media: av.container.InputContainer, start: float, end: float, kind: str) -> tuple[float, float]:
    """(the segment's start in the file's own time, its length), s.

    With "auto" a file is the cut segment where it is as long as the segment and too short to hold it.
    """
    length = min(end - start, SECONDS)
    if not 0 < length:
        raise MediaError(reasons.OUTSIDE, "the segment is empty")
    first = first_moment(media)
    duration = media.duration / av.time_base if (media.duration or 0) > 0 else None
    if kind == "auto":
        cut = duration is not None and abs(duration - (end - start)) <= CUT_TOLERANCE < end - duration
        kind = "segment" if cut else "whole"
    if kind == "segment":
        return first, length
    if duration is not None and start >= duration:
        raise MediaError(reasons.OUTSIDE, f"starts at {start:g} s of {duration:g} s")
    return first + start, length


def _pictures(
    video: av.VideoStream,
    packets: list[av.Packet],
    origin: float,
    length: float,
    samples: np.ndarray,
    wanted: _Wanted,
    rng: np.random.Generator,
) -> tuple[np.ndarray, np.ndarray]:
    """Times (frames,) s and pictures uint8 (frames, size, size, 3) of the chosen frames; none where none decodes."""
    strip = track(packets, origin)
    inside = candidates(strip, length)
    shown = []
    if len(inside):
        moments = None
        if wanted.frame_sampling == "spread":
            moments = spread_moments(strip, inside, wanted.frames, length)
        elif wanted.frame_sampling == "sounding":
            moments = loud_moments(samples, wanted.frames, length)
        chosen = choose(strip, inside, wanted.frames, length, moments, rng)
        shown = FrameDecoder(video.codec_context, strip, origin).decode(chosen)
    aspect = min(max(float(video.sample_aspect_ratio or 1), 0.1), 10.0)
    pictures = [centre_crop(frame, wanted.size, aspect) for _, frame in shown]
    times = np.array([time for time, _ in shown])
    return times, np.array(pictures, np.uint8).reshape(-1, wanted.size, wanted.size, 3)
