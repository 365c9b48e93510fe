"""A segment of any media file as ten seconds of sound and a few pictures, in one pass over its packets."""

from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
from av.stream import Discard, Disposition

from a2i.media import container as reasons
from a2i.media.container import MediaError, opened, until_damage, usable
from a2i.media.frames import SAMPLINGS, FrameDecoder, candidates, centre_crop, choose, spread_moments, starts, track
from a2i.media.mel import SECONDS
from a2i.media.waveform import Waveform, loud_moments

__all__ = ["KINDS", "Clip", "MediaError", "decode", "read_sound"]

KINDS = ("segment", "whole", "auto")
MAX_PACKET_BYTES = 256 << 20  # of the segment's video
MAX_PACKETS = 100_000  # of the segment
PREROLL = 0.2  # s of sound decoded before the segment: AAC and Opus need some to settle
LEADS = (PREROLL, 15.0)  # s before the segment from where it is read; where that lacks a keyframe, from the file's start
LOOK_PAST = 10.0  # s read beyond the segment's end for a stream that lags behind
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


class _CannotSeekError(Exception):
    """The container does not find the segment: it must be read from its start."""


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
        except _CannotSeekError:
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
        wave, packets, ended = _read(media, audio, video, origin, length, lead)
        if ended:
            _check_end(media, wave, packets, origin, length)
        if not wave.seconds and (wanted.need_sound or video is None):
            raise MediaError(reasons.NO_SOUND, "nothing of the sound could be decoded")
        samples = wave.samples()
        times, pictures = np.zeros(0), np.zeros((0, wanted.size, wanted.size, 3), np.uint8)
        if video is not None:
            times, pictures = _pictures(video, packets, origin, length, samples, wanted, rng)
            if not len(pictures) and (wanted.need_picture or not wave.seconds):
                # Some decoders call a lack of memory damaged data: without room for one picture, MemoryError it is.
                bytearray(4 * video.codec_context.width * video.codec_context.height)
                raise MediaError(reasons.NO_PICTURE, "no frame could be decoded")
    return Clip(samples, pictures, times, wave.seconds, wave.rate, wave.channels, sha256)


def read_sound(path: Path | str) -> np.ndarray:
    """The first 10 s of any sound or video file: float32 (220500,), 22,050 Hz, padded with zeros. Raises MediaError."""
    with opened(path) as (media, _):
        audio, _ = _streams(media, need_sound=True, need_picture=False)
        if audio is None:
            raise MediaError(reasons.NO_SOUND, "no sound stream")
        wave, _, _ = _read(media, audio, None, *_place(media, 0.0, SECONDS, "segment"))
        if not wave.seconds:
            raise MediaError(reasons.NO_SOUND, "nothing of the sound could be decoded")
    return wave.samples()


def _streams(
    media: av.container.InputContainer, need_sound: bool, need_picture: bool
) -> tuple[av.AudioStream | None, av.VideoStream | None]:
    """The first sound and the first moving picture of a file; a cover picture is none."""
    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    audio = next(iter(media.streams.audio), None)
    video = next((s for s in media.streams.video if not s.disposition & covers), None)
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
    first = _first(media)
    duration = media.duration / av.time_base if (media.duration or 0) > 0 else None
    if kind == "auto":
        cut = duration is not None and abs(duration - (end - start)) <= CUT_TOLERANCE < end - duration
        kind = "segment" if cut else "whole"
    if kind == "segment":
        return first, length
    if duration is not None and start >= duration:
        raise MediaError(reasons.OUTSIDE, f"starts at {start:g} s of {duration:g} s")
    return first + start, length


def _first(media: av.container.InputContainer) -> float:
    """Where the file's own clock starts, s; far below 0 in a recording in which a broadcast's clock wrapped.

    A little below 0 lies the run-up of a sound codec, not content.
    """
    first = (media.start_time or 0) / av.time_base
    return 0.0 if -PREROLL < first < 0 else first


def _read(
    media: av.container.InputContainer,
    audio: av.AudioStream | None,
    video: av.VideoStream | None,
    origin: float,
    length: float,
    lead: float = np.inf,
) -> tuple[Waveform, list[av.Packet], bool]:
    """One pass over the segment's packets: its sound decoded, its video packets kept; whether the file ended in it.

    lead: s before the segment from where to read, as near as the file allows; the whole file with infinity.
    """
    wave, packets, held = Waveform(origin, length), [], 0
    tick = {s.index: float(s.time_base) for s in (audio, video) if s is not None}
    until, waiting, firsts = origin + length, set(tick), {}
    sought = _seek(media, origin - lead)
    for count, packet in enumerate(until_damage(media, [s for s in (audio, video) if s is not None])):
        if not packet.size:  # the end: what the decoder still holds
            if packet.stream is audio:
                _hear(packet, wave)
            continue
        time = _time(packet) * tick[packet.stream_index]
        firsts.setdefault(packet.stream_index, time)
        if time >= until:
            waiting.discard(packet.stream_index)
            if not waiting or time > until + LOOK_PAST:
                break
        elif packet.stream is audio:
            if time >= origin - PREROLL:
                _hear(packet, wave)
        else:
            if starts(packet) and _shown(packet) * tick[packet.stream_index] <= origin:
                packets, held = [], 0
            packets.append(packet)
            held += packet.size
        if held > MAX_PACKET_BYTES or count > MAX_PACKETS:
            raise MediaError(reasons.TOO_LARGE, f"{held >> 20} MiB of video in {count} packets for one segment")
    keyed = not packets or (starts(packets[0]) and _shown(packets[0]) * float(packets[0].time_base) <= origin)
    if sought and not (keyed and any(time <= origin for time in firsts.values())):
        raise _CannotSeekError
    return wave, packets, len(waiting) == len(tick)


def _seek(media: av.container.InputContainer, time: float) -> bool:
    """Goes to the keyframe before a time, s; whether that was needed. Without an index it may be some packet after it."""
    if time <= _first(media):
        return False
    try:
        media.seek(int(time * av.time_base))
    except av.error.MemoryError:
        raise
    except av.error.FFmpegError as error:
        raise _CannotSeekError from error
    return True


def _time(packet: av.Packet) -> float:
    """When a packet is decoded, in ticks of its stream; -inf where it does not say."""
    stamp = packet.dts if packet.dts is not None else packet.pts
    return stamp if stamp is not None else -np.inf


def _shown(packet: av.Packet) -> float:
    """When a packet's picture is shown, in ticks of its stream; -inf where it does not say."""
    return packet.pts if packet.pts is not None else _time(packet)


def _hear(packet: av.Packet, wave: Waveform) -> None:
    """Adds a packet's sound; a damaged packet costs itself."""
    try:
        frames = packet.decode()
    except av.error.MemoryError:
        raise
    except (av.error.FFmpegError, EOFError):
        return
    for frame in frames:
        wave.add(frame)


def _check_end(
    media: av.container.InputContainer, wave: Waveform, packets: list[av.Packet], origin: float, length: float
) -> None:
    """Raises MediaError where the file ended long before it had said."""
    promised = min(length, _first(media) + media.duration / av.time_base - origin) if media.duration else 0.0
    ends = [(_shown(packet) + (packet.duration or 0)) * float(packet.time_base) for packet in packets]
    seen = max([0.0, *(end - origin for end in ends)])
    still = len(packets) == 1 and not wave.rate  # one picture, which may stand for any time
    if max(wave.seconds, seen) < promised / 2 and not still:
        raise MediaError(reasons.TRUNCATED, f"{max(wave.seconds, seen):.1f} s of {promised:.1f} s")


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
