"""The sound of a segment: decoded frames laid out by their time stamps, averaged, resampled once, cut or padded to 10 s."""

import av
import numpy as np
import soxr

from a2i.media.mel import HOP, SAMPLE_RATE, SAMPLES, SECONDS

MAX_GAP = 0.05  # s: time stamps that stray less than this are rounding, not a gap
MIN_RATE, MAX_RATE = 1_000, 400_000  # Hz
MAX_CHANNELS = 8
_CANCELLED = 1e-2  # of the energy
LOUDEST = 16.0  # beyond it (24 dB above full scale) lies no recording: squared, 1e20 overflows the spectrogram
# FFmpeg's sample formats: numpy's type, the value that is full scale, what to take off after scaling.
SAMPLE_FORMATS = {
    "u8": (np.uint8, 128.0, 1.0), "s16": (np.int16, 2.0**15, 0.0), "s32": (np.int32, 2.0**31, 0.0),
    "s64": (np.int64, 2.0**63, 0.0), "flt": (np.float32, 1.0, 0.0), "dbl": (np.float64, 1.0, 0.0),
}  # fmt: skip


class Waveform:
    """Collects decoded frames into mono sound at the file's own rate.

    origin: s, the segment's start in the file's own time; length: s, how much to keep from there.
    """

    def __init__(self, origin: float, length: float):
        self.origin, self.length = origin, min(length, SECONDS)
        self.rate = 0  # Hz; 0 until the first frame has come
        self.channels = 0  # of the first frame
        self.refused = 0  # channels of frames that have more than are mixed
        self._frames = 0
        self._energy = np.zeros(2)  # of the mix and of the first channel, in every eighth frame
        self._samples = np.zeros(0, np.float32)
        self._cursor = 0  # where the next frame goes if its time stamp agrees
        self._end = 0  # the last sample that a frame has filled

    def add(self, frame: av.AudioFrame) -> None:
        """Lays one decoded frame at its time; one of another rate than the first's is left out."""
        if frame.layout.nb_channels > MAX_CHANNELS:
            self.refused = frame.layout.nb_channels
            return
        if not self.rate:
            self._start(frame)
        if not self.rate or frame.sample_rate != self.rate:
            return
        time = frame.time
        if time is not None:
            place = round((time - self.origin) * self.rate)
            if abs(place - self._cursor) > MAX_GAP * self.rate:
                self._cursor = place
        count = frame.samples
        first, last = max(self._cursor, 0), min(self._cursor + count, len(self._samples))
        if first < last:
            mix(frame, self._samples[first:last], first - self._cursor)
            self._end = max(self._end, last)
            self._weigh(frame, self._samples[first:last], first - self._cursor)
        self._cursor += count

    def _start(self, frame: av.AudioFrame) -> None:
        """Takes rate and place from the first frame."""
        if not MIN_RATE <= frame.sample_rate <= MAX_RATE:
            return
        self.rate, self.channels = frame.sample_rate, frame.layout.nb_channels
        self._samples = np.zeros(round(self.length * self.rate), np.float32)
        self._cursor = round((frame.time - self.origin) * self.rate) if frame.time is not None else 0

    def _weigh(self, frame: av.AudioFrame, mixed: np.ndarray, skip: int) -> None:
        """Adds the energies of a stereo frame's mix and of its first channel; of every eighth, as this costs time."""
        self._frames += 1
        if frame.layout.nb_channels == 2 and self._frames % 8 == 1:
            first = first_channel(frame, skip + len(mixed))[skip:]
            self._energy += np.dot(mixed, mixed), np.dot(first, first)

    @property
    def opposite(self) -> bool:
        """Whether the two channels cancel: their mean has less than a hundredth of the first one's energy."""
        return bool(self._energy[0] < _CANCELLED * self._energy[1])

    @property
    def seconds(self) -> float:
        """How far the sound reaches from the segment's start, s."""
        return self._end / self.rate if self.rate else 0.0

    def samples(self) -> np.ndarray:
        """The segment's sound: float32 (220500,), 22,050 Hz, zeros where the file has none."""
        result = np.zeros(SAMPLES, np.float32)
        if self._end:
            sound = self._samples[: self._end]
            np.nan_to_num(sound, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
            np.clip(sound, -LOUDEST, LOUDEST, out=sound)
            if self.rate != SAMPLE_RATE:
                sound = soxr.resample(sound, self.rate, SAMPLE_RATE, quality="HQ")
            count = min(len(sound), SAMPLES)
            result[:count] = sound[:count]
        return result


def mix(frame: av.AudioFrame, out: np.ndarray, skip: int) -> None:
    """Writes the mean of a frame's channels into `out`, float32 (samples,), -1..1, from its sample `skip` on.

    Plane by plane, because this runs 430 times a clip and numpy's calls are what it costs.
    """
    kind, scale, offset = SAMPLE_FORMATS[frame.format.packed.name]
    last = skip + len(out)
    channels = frame.layout.nb_channels
    if frame.format.is_planar:
        planes = frame.planes[:channels]  # PyAV may list more than there are
        out[:] = np.frombuffer(planes[0], kind, last)[skip:]
        for plane in planes[1:]:
            out += np.frombuffer(plane, kind, last)[skip:]
    else:
        np.sum(np.frombuffer(frame.planes[0], kind, last * channels).reshape(last, channels)[skip:], axis=1, out=out)
    if scale * channels != 1.0:
        out *= 1.0 / (scale * channels)
    if offset:
        out -= offset


def first_channel(frame: av.AudioFrame, count: int) -> np.ndarray:
    """The first `count` samples of a frame's first channel: float32 (count,), -1..1."""
    kind, scale, offset = SAMPLE_FORMATS[frame.format.packed.name]
    apart = 1 if frame.format.is_planar else frame.layout.nb_channels
    return np.frombuffer(frame.planes[0], kind, count * apart)[::apart].astype(np.float32) / np.float32(scale) - offset


def loud_moments(samples: np.ndarray, count: int, length: float) -> np.ndarray:
    """Where the telling sound is: `count` times in s, ascending, that stand out in loudness or set in suddenly.

    samples: float32 (220500,); length: s, how much of it counts. The moments lie apart as far as the sound allows; a
    sound without any contrast gives evenly spread moments.
    """
    hops = max(int(length * SAMPLE_RATE) // HOP, count)
    energy = np.square(samples[: SAMPLES // HOP * HOP]).reshape(-1, HOP).mean(axis=1)[:hops]
    level = 10.0 * np.log10(energy + 1e-8)
    onset = np.maximum(np.diff(level, prepend=level[:1]), 0.0)
    salience = level - np.median(level) + onset
    spread = (np.arange(count) + 0.5) * len(salience) / count
    if np.ptp(level) < 1.0:  # dB: silence, or a hum
        return spread * HOP / SAMPLE_RATE
    apart, chosen = len(salience) // (2 * count), []
    for _ in range(count):
        peak = int(np.argmax(salience))
        chosen.append(peak)
        salience[max(peak - apart, 0) : peak + apart + 1] = -np.inf
    return (np.sort(np.array(chosen)) + 0.5) * HOP / SAMPLE_RATE
