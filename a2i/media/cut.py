"""A segment cut out of a video without decoding it: the packets from the keyframe before its start to its end.

Written as MP4 with an edit list, so that a player's time 0 is the segment's start although the picture needs the
frames before it. The FFmpeg inside PyAV does it; no program is called.
"""

import errno
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import av
from av.stream import Disposition

from a2i.core.errors import A2IError
from a2i.core.files import replacing
from a2i.media.container import CODECS, FORMATS, preferred, until_damage

MAX_PACKETS = 100_000
PREROLL = 0.1  # s of sound before the start, which codecs need to settle
SEEK_BACK = 20.0  # s, for formats that are sought by guess and may be read from behind the keyframe: MPEG-TS
SLACK = 1.0  # s by which the packets may fall short of what the file promises
_OPTIONS = {
    "protocol_whitelist": "none",
    "format_whitelist": FORMATS,
    "codec_whitelist": CODECS,
    "threads": "1",
}


class CutError(Exception):
    """Why no segment could be cut: `reason` is no_sound, no_picture, too_large, short, or other."""

    def __init__(self, reason: str, detail: str):
        super().__init__(reason, detail)
        self.reason, self.detail = reason, detail


@dataclass(frozen=True)
class Cut:
    """What was written."""

    offset: float  # s from the file's first picture, which players skip, to the segment's start
    seconds: float  # from the segment's start to the last packet's end
    height: int  # of the picture, pixels


def cut(files: Sequence[BinaryIO], path: Path, start: float, end: float, max_bytes: int = 200 << 20) -> Cut:
    """Writes `start`..`end` (s) of a video to `path` (.mp4), whole or not at all.

    `files`: one seekable file, or a picture's and a sound's. Raises CutError, A2IError where the disk fails, and what
    the files' `read` raises.
    """
    try:
        with ExitStack() as stack:
            media = [stack.enter_context(_open(file)) for file in files]
            video, audio = _streams(media)
            packets = [p for one in media for p in _packets(one, (video, audio), start, end, max_bytes)]
            packets.sort(key=lambda p: float(p.dts * p.time_base))
            _check(packets, media, video, audio, start, end)
            offset = start - min(float(p.pts * p.time_base) for p in packets if p.stream is video)
            last = max(float(((p.pts or p.dts) + (p.duration or 0)) * p.time_base) for p in packets)
            height = video.codec_context.height
            with replacing(path) as temporary, _disk_faults(path):
                _write(temporary, packets, (video, audio), start)
        return Cut(max(offset, 0.0), last - start, height)
    except (av.error.FFmpegError, EOFError) as error:
        fault = getattr(error, "strerror", None) or type(error).__name__
        raise CutError("other", f"unreadable media: {fault}") from error


def _open(file: BinaryIO) -> av.container.InputContainer:
    return av.open(file, metadata_errors="replace", options=_OPTIONS, io_open=_refuse)


def _refuse(url: str, flags: int, options: dict) -> None:
    """Answers FFmpeg's wish to open a second file."""
    raise OSError("nothing but the file itself is opened")


def _streams(media: Sequence[av.container.InputContainer]) -> tuple[av.VideoStream, av.AudioStream]:
    covers = Disposition.attached_pic | Disposition.timed_thumbnails
    video = preferred(s for one in media for s in one.streams.video if not s.disposition & covers)
    audio = preferred(s for one in media for s in one.streams.audio)
    if audio is None:
        raise CutError("no_sound", "no sound stream")
    if video is None:
        raise CutError("no_picture", "no video stream")
    if video.codec_context is None or audio.codec_context is None:
        raise CutError("other", "an unknown codec")
    return video, audio


def _packets(
    media: av.container.InputContainer, wanted: tuple, start: float, end: float, max_bytes: int
) -> list[av.Packet]:
    """The packets of one file that the segment needs, its times relative to the file's own start."""
    streams = [s for s in media.streams if s in wanted]
    first = max((media.start_time or 0) / av.time_base, 0.0)
    start, end = start + first, end + first
    for back in (0.0, SEEK_BACK):
        if start > first:
            media.seek(int(max(start - back, 0.0) * av.time_base))
        found = _collect(media, streams, start, end, max_bytes)
        if start <= first or not any(p.stream.type == "video" for p in found) or any(map(_leads(start), found)):
            break
    for packet in found:
        shift = round(first / packet.time_base)
        packet.dts, packet.pts = packet.dts - shift, (packet.dts if packet.pts is None else packet.pts) - shift
    return found


def _leads(start: float) -> Callable[[av.Packet], bool]:
    """Tells the keyframe that the segment's first picture needs."""
    return lambda p: p.stream.type == "video" and p.is_keyframe and (p.pts or 0) * p.time_base <= start


def _collect(
    media: av.container.InputContainer, streams: list, start: float, end: float, max_bytes: int
) -> list[av.Packet]:
    """The packets from here on that the segment `start`..`end` (s, in the file's own time) needs."""
    leads = _leads(start)
    kept: dict[int, list[av.Packet]] = {s.index: [] for s in streams}
    waiting, held = {s.index for s in streams}, 0
    for count, packet in enumerate(until_damage(media, streams)):
        stamp = packet.pts if packet.dts is None else packet.dts
        if stamp is None or not packet.size:
            continue
        time, mine = float(stamp * packet.time_base), kept[packet.stream.index]
        if time >= end:
            waiting.discard(packet.stream.index)
            if not waiting:
                break
            continue
        if packet.stream.type == "audio" and time < start - PREROLL:
            continue
        if leads(packet):
            mine.clear()
        mine.append(packet)
        held += packet.size
        if held > max_bytes or count > MAX_PACKETS:
            raise CutError("too_large", f"{held >> 20} MB in {count} packets for one segment")
    for group in kept.values():
        _fill_times(group)
    return [p for group in kept.values() for p in group]


def _fill_times(packets: list[av.Packet]) -> None:
    """Decoding times for the first packets where they lack: Matroska has none, FFmpeg guesses all but those."""
    after = None
    for packet in reversed(packets):
        if packet.dts is None:
            packet.dts = packet.pts if after is None else min(packet.pts, after - max(packet.duration or 0, 1))
        after = packet.dts


def _check(packets: list[av.Packet], media: Sequence, video, audio, start: float, end: float) -> None:
    """Raises CutError where a stream has nothing in the segment, or far less than the file promises."""
    promised = max(((one.duration or 0) / av.time_base for one in media), default=0.0)
    if promised and start >= promised:
        raise CutError("other", f"the segment starts at {start:g} s, the video ends at {promised:g} s")
    for stream, reason in ((audio, "no_sound"), (video, "no_picture")):
        ends = [float((p.dts + (p.duration or 0)) * p.time_base) for p in packets if p.stream is stream]
        own = float(stream.duration * stream.time_base) if stream.duration else promised
        if max(ends, default=start) < min(end, own) - SLACK:
            raise CutError("short", f"{max(ends, default=start):.1f} s of {min(end, own):.1f} s arrived")
        if not ends:
            raise CutError(reason, "nothing in the segment")


@contextmanager
def _disk_faults(path: Path) -> Iterator[None]:
    """Tells a disk that fails, which is no fault of the video, from what MP4 cannot hold."""
    try:
        yield
    except av.error.FFmpegError as error:
        if isinstance(error, OSError) and error.errno not in (errno.ENOSPC, errno.EDQUOT):  # `replacing` knows those
            raise A2IError(f"{path} cannot be written ({error.strerror}): check the disk and run again") from error
        raise


def _write(path: Path, packets: list[av.Packet], streams: tuple, start: float) -> None:
    """Muxes `packets` with `start` as time 0."""
    with av.open(str(path), "w", format="mp4") as out:
        try:
            # opaque: the parameters as they are; else PyAV looks for an encoder of the same name.
            targets = {id(stream): out.add_stream_from_template(stream, opaque=True) for stream in streams}
        except ValueError as error:
            raise CutError("other", f"MP4 cannot hold it: {error}") from error
        for packet in packets:
            shift = round(start / packet.time_base)
            packet.pts, packet.dts = packet.pts - shift, packet.dts - shift
            packet.stream = targets[id(packet.stream)]
            out.mux(packet)
