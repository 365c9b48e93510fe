"""One pass over the packets of a segment: its sound decoded, the packets of its picture kept, and whether the file holds
what it promises."""

import av
import numpy as np

from a2i.media import container as reasons
from a2i.media.container import MediaError, until_damage
from a2i.media.frames import starts
from a2i.media.waveform import Waveform

MAX_PACKET_BYTES = 256 << 20  # of the segment's video
MAX_PACKETS = 100_000  # of the segment
PREROLL = 0.2  # s of sound decoded before the segment: AAC and Opus need some to settle
LEADS = (PREROLL, 15.0)  # s before the segment from where it is read; where that lacks a keyframe, from the file's start
LOOK_PAST = 10.0  # s read beyond the segment's end for a stream that lags behind


class CannotSeekError(Exception):
    """The container does not find the segment: it must be read from its start."""


def first_moment(media: av.container.InputContainer) -> float:
    """Where the file's own clock starts, s; far below 0 in a recording in which a broadcast's clock wrapped.

    A little below 0 lies the run-up of a sound codec, not content.
    """
    first = (media.start_time or 0) / av.time_base
    return 0.0 if -PREROLL < first < 0 else first


def read(
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
        raise CannotSeekError
    return wave, packets, len(waiting) == len(tick)


def _seek(media: av.container.InputContainer, time: float) -> bool:
    """Goes to the keyframe before a time, s; whether that was needed. Without an index it may be some packet after it."""
    if time <= first_moment(media):
        return False
    try:
        media.seek(int(time * av.time_base))
    except av.error.MemoryError:
        raise
    except av.error.FFmpegError as error:
        raise CannotSeekError from error
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


def check_end(
    media: av.container.InputContainer, wave: Waveform, packets: list[av.Packet], origin: float, length: float
) -> None:
    """Raises MediaError where the file ended long before it had said."""
    promised = min(length, first_moment(media) + media.duration / av.time_base - origin) if media.duration else 0.0
    ends = [(_shown(packet) + (packet.duration or 0)) * float(packet.time_base) for packet in packets]
    seen = max([0.0, *(end - origin for end in ends)])
    still = len(packets) == 1 and not wave.rate  # one picture, which may stand for any time
    if max(wave.seconds, seen) < promised / 2 and not still:
        raise MediaError(reasons.TRUNCATED, f"{max(wave.seconds, seen):.1f} s of {promised:.1f} s")
