"""The frames of a segment: which moments to show, and decoding as little as shows them."""

from collections.abc import Sequence
from dataclasses import dataclass

import av
import numpy as np
from av.buffer import Buffer
from av.sidedata.sidedata import Type
from av.video.reformatter import Interpolation, VideoReformatter

from a2i.media.hdr import UNSPECIFIED, tone_mapped

SAMPLINGS = ("random", "spread", "sounding")
TICK = 1e-4  # s: time stamps closer than this are the same
# The mean over the source's pixels, colour at full width, the same result on every machine.
SCALING = Interpolation.AREA | Interpolation.FULL_CHR_H_INT | Interpolation.ACCURATE_RND | Interpolation.BITEXACT
REDRAWS = 20  # how often a random draw is repeated that gives one frame twice
# Codecs of which nothing is skipped: an MPEG-4 packet may hold two frames, and dav1d minds only what it is told at first.
WHOLE = ("mpeg4", "libdav1d")
PLACEHOLDER = 19  # bytes: an MPEG-4 packet up to this size stands for a frame that was packed into the one before


@dataclass(frozen=True)
class Track:
    """The video packets of a segment in the order of decoding, with what decides which of them are needed."""

    packets: list[av.Packet]
    tick: float  # s, the unit of the packets' time stamps
    times: np.ndarray  # float64 (packets,), s from the segment's start, presentation time
    keys: np.ndarray  # bool (packets,), decoding can start here

    @property
    def shown(self) -> np.ndarray:
        """Positions of the packets in the order of presentation."""
        return np.argsort(self.times, kind="stable")


def starts(packet: av.Packet) -> bool:
    """Whether decoding can start at a packet: a keyframe, and none that DivX and Xvid put in the place of another."""
    return packet.is_keyframe and not (packet.size <= PLACEHOLDER and packet.stream.codec_context.name == "mpeg4")


def track(packets: Sequence[av.Packet], origin: float) -> Track:
    """The track of these packets; origin: the segment's start in the file's own time, s."""
    stamps = [packet.pts if packet.pts is not None else packet.dts for packet in packets]
    tick = float(packets[0].time_base) if packets else 0.0
    times = np.array([np.nan if stamp is None else stamp * tick for stamp in stamps]) - origin
    return Track(list(packets), tick, times, np.array([starts(packet) for packet in packets], bool))


def candidates(video: Track, length: float) -> np.ndarray:
    """Positions of the packets whose frame is shown within the segment, in the order of presentation.

    Where none starts within it (a slide that stands still) the last one before it.
    """
    shown = video.shown
    times = video.times[shown]
    inside = shown[(times >= 0) & (times < length)]
    if len(inside):
        return inside
    return shown[np.isfinite(times) & (times < length)][-1:]


def choose(
    video: Track, inside: np.ndarray, count: int, length: float, moments: np.ndarray | None, rng: np.random.Generator
) -> np.ndarray:
    """Positions (ascending in time) of the `count` packets whose frames are shown, of those `inside` the segment.

    moments: s from the segment's start, or None for the paper's way: times drawn evenly from the segment.
    """
    times = video.times[inside]
    if moments is None:
        step = float(np.median(np.diff(times))) if len(times) > 1 else 0.0
        last = max(min(times[-1] + step, length), times[0])
        for _ in range(REDRAWS):
            moments = np.sort(rng.uniform(times[0], last, count))
            places = np.maximum(np.searchsorted(times, moments, side="right") - 1, 0)
            if len(np.unique(places)) == min(count, len(times)):
                break
    else:
        places = np.maximum(np.searchsorted(times, moments, side="right") - 1, 0)
    return inside[places]


def spread_moments(video: Track, inside: np.ndarray, count: int, length: float) -> np.ndarray:
    """One moment from each of `count` equal parts of the segment, s: the keyframe nearest to the part's middle.

    A keyframe decodes alone, which makes this the cheapest choice; a part without one gives its beginning, which lies
    closest to the keyframe before.
    """
    keys = video.times[inside][video.keys[inside]]
    moments = []
    for first in np.arange(count) * length / count:
        own = keys[(keys >= first) & (keys < first + length / count)]
        moments.append(own[np.argmin(np.abs(own - first - length / count / 2))] if len(own) else first)
    return np.array(moments)


class FrameDecoder:
    """Decodes wanted packets of a track, and beside them only what they need: from the keyframe before each, and of that
    only what other frames refer to."""

    def __init__(self, codec: av.VideoCodecContext, video: Track, origin: float):
        self.codec, self.video, self.origin = codec, video, origin
        self._found: dict[int, tuple[float, av.VideoFrame]] = {}

    def decode(self, wanted: np.ndarray) -> list[tuple[float, av.VideoFrame]]:
        """(s from the segment's start, frame) for each wanted position, ascending in time.

        A damaged frame gives the nearest one decoded before it, else after it; none at all gives an empty list.
        """
        targets = sorted({int(index) for index in wanted}, key=lambda index: self.video.times[index])
        for first, last in self._runs(targets):
            self._run(first, last, targets)
        missing = [index for index in targets if not self._exact(index)]
        if missing and self._start(max(missing)):
            # H.264 may refresh a picture bit by bit: what follows such a keyframe shows only with what lies before it.
            self._run(0, max(missing), missing)
        return [self._found[int(index)] for index in wanted] if self._found else []

    def _run(self, first: int, last: int, targets: list[int]) -> None:
        """Decodes the packets `first` to `last`, of those that are no target only what others refer to."""
        for index in range(first, last + 1):
            self.codec.skip_frame = "DEFAULT" if index in targets or self.codec.name in WHOLE else "NONREF"
            self._take(self.video.packets[index], targets)
        self._take(None, targets)
        self.codec.flush_buffers()

    def _exact(self, index: int) -> bool:
        """Whether the frame of a packet itself was found."""
        return index in self._found and abs(self._found[index][0] - self.video.times[index]) <= TICK

    def _runs(self, targets: list[int]) -> list[tuple[int, int]]:
        """Stretches of packets (first, last) to decode in one go, none overlapping another."""
        runs: list[tuple[int, int]] = []
        for index in sorted(targets):
            first = self._start(index)
            if runs and first <= runs[-1][1]:
                runs[-1] = (runs[-1][0], index)
            else:
                runs.append((first, index))
        return runs

    def _start(self, index: int) -> int:
        """The keyframe that a frame depends on: the last one before it in the order of decoding AND of presentation.

        The second keeps frames whole that lead an open group of pictures and refer to the group before.
        """
        before = np.flatnonzero(self.video.keys[: index + 1] & (self.video.times[: index + 1] <= self.video.times[index]))
        return int(before[-1]) if len(before) else 0

    def _take(self, packet: av.Packet | None, targets: list[int]) -> None:
        """Decodes one packet (None: what is still held back) and keeps the frames nearest to the targets."""
        try:
            frames = self.codec.decode(packet)
        except av.error.MemoryError:
            raise
        except (av.error.FFmpegError, EOFError):
            return  # a damaged packet costs its own frames
        for frame in frames:
            stamp = frame.pts if frame.pts is not None else frame.dts
            for index in targets:
                aim = self.video.times[index]
                time = aim if stamp is None else stamp * self.video.tick - self.origin
                if index not in self._found or self._found[index][0] <= time <= aim + TICK:
                    self._found[index] = (time, frame)


def centre_crop(frame: av.VideoFrame, size: int, pixel_aspect: float) -> np.ndarray:
    """The frame's middle square as it is meant to be seen: uint8 (size, size, 3), RGB.

    pixel_aspect: width of a pixel over its height. Pictures longer than 8:1 are squeezed to that.
    """
    width, height = frame.width * pixel_aspect, float(frame.height)
    short = min(width, height)
    shape = [max(min(round(side * size / short), 8 * size), size) for side in (width, height)]
    small = VideoReformatter().reformat(
        frame, *shape, "rgb24", interpolation=SCALING, src_color_range=frame.color_range, dst_color_range=2, threads=1
    )
    left, top = (shape[0] - size) // 2, (shape[1] - size) // 2
    picture = small.to_ndarray()[top : top + size, left : left + size]
    told = (getattr(frame, name, UNSPECIFIED) for name in ("color_trc", "color_primaries"))
    picture = tone_mapped(picture, *map(int, told))
    return np.ascontiguousarray(upright(picture, frame.side_data.get(Type.DISPLAYMATRIX)))


def upright(picture: np.ndarray, matrix: Buffer | None) -> np.ndarray:
    """A square picture turned, and mirrored, by quarters as the file's display matrix (9 numbers) says."""
    if matrix is None:
        return picture
    x_by_x, y_by_x, _, x_by_y, y_by_y, *_ = np.frombuffer(matrix, np.int32).tolist()
    if abs(x_by_x) >= abs(y_by_x):
        return picture[:: -1 if y_by_y < 0 else 1, :: -1 if x_by_x < 0 else 1]
    return picture.swapaxes(0, 1)[:: -1 if y_by_x < 0 else 1, :: -1 if x_by_y < 0 else 1]
