"""Small media files whose every frame tells its number and whose sound tells the time, written with PyAV."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

BITS = 9  # of a frame's number, drawn as bars


@dataclass(frozen=True)
class Toy:
    """A file to write."""

    seconds: float = 10.0
    fps: int = 10
    width: int = 96
    height: int = 72
    video: str = "libx264"  # encoder; "" for none
    pixels: str = "yuv420p"
    gop: int = 25  # frames from one keyframe to the next
    audio: str = "aac"  # encoder; "" for none
    rate: int = 44100  # Hz
    layout: str = "stereo"
    audio_seconds: float | None = None  # where it differs from the picture's
    delay: float = 0.0  # s: every time stamp is later by so much
    uneven: bool = False  # variable frame rate: every third frame is dropped
    rotation: int = 0  # degrees, as a phone's display matrix
    options: tuple[tuple[str, str], ...] = ()  # for the video encoder


def numbered(number: int, width: int, height: int) -> np.ndarray:
    """A picture, uint8 (height, width, 3), whose middle square shows a number as upright bars, dark or light."""
    picture = np.full((height, width, 3), 90, np.uint8)
    side = min(width, height)
    left = (width - side) // 2
    for bit in range(BITS):
        first, last = left + bit * side // BITS, left + (bit + 1) * side // BITS
        picture[:, first:last] = 235 if number >> bit & 1 else 20
    return picture


def read_number(picture: np.ndarray) -> int:
    """The number that a decoded square picture shows."""
    size = picture.shape[1]
    centres = [int((bit + 0.5) * size / BITS) for bit in range(BITS)]
    return sum(int(picture[size // 2, centre].mean() > 128) << bit for bit, centre in enumerate(centres))


def timed_sound(seconds: float, rate: int) -> np.ndarray:
    """A tone that goes up by 100 Hz each second, from 500 Hz: float32 (samples,)."""
    times = np.arange(round(seconds * rate)) / rate
    frequency = 500.0 + 100.0 * np.floor(times)
    return (0.5 * np.sin(2 * np.pi * np.cumsum(frequency) / rate)).astype(np.float32)


def read_frequency(samples: np.ndarray, rate: int = 22050) -> float:
    """The strongest frequency of some sound, Hz."""
    spectrum = np.abs(np.fft.rfft(samples * np.hanning(len(samples)), 1 << 17))
    return float(np.argmax(spectrum) * rate / (1 << 17))


def assert_tells_the_time(samples: np.ndarray, first: int = 0, seconds: int = 10) -> None:
    """The sound (22,050 Hz) in the middle of its second s is the tone of second `first` + s."""
    for second in range(seconds):
        middle = samples[int((second + 0.25) * 22050) : int((second + 0.75) * 22050)]
        assert abs(read_frequency(middle) - 500 - 100 * (first + second)) < 3, f"second {second}"


def write(path: Path, toy: Toy = Toy(), **changes) -> Path:
    """Writes the file; `changes` replace fields of `toy`."""
    toy = Toy(**{**toy.__dict__, **changes})
    with av.open(str(path), "w") as media:
        video = _video_stream(media, toy) if toy.video else None
        strict = {"strict": "experimental"}  # FFmpeg's own Vorbis
        audio = media.add_stream(toy.audio, rate=toy.rate, layout=toy.layout, options=strict) if toy.audio else None
        media.start_encoding()
        packets = [*(_video_packets(video, toy) if video else []), *(_audio_packets(audio, toy) if audio else [])]
        for packet in sorted(packets, key=lambda packet: packet.dts * packet.time_base):
            media.mux(packet)
    return path


def _video_stream(media: av.container.OutputContainer, toy: Toy) -> av.VideoStream:
    stream = media.add_stream(toy.video, rate=toy.fps, options=dict(toy.options))
    stream.width, stream.height, stream.pix_fmt = toy.width, toy.height, toy.pixels
    stream.codec_context.gop_size = toy.gop
    stream.codec_context.thread_count = 1
    stream.time_base = Fraction(1, toy.fps)
    if toy.rotation:
        stream.set_display_rotation(toy.rotation)
    return stream


def _video_packets(stream: av.VideoStream, toy: Toy) -> Iterator[av.Packet]:
    for number in range(round(toy.seconds * toy.fps)):
        if toy.uneven and number % 3 == 1:
            continue
        frame = av.VideoFrame.from_ndarray(numbered(number, toy.width, toy.height), "rgb24").reformat(format=toy.pixels)
        frame.pts, frame.time_base = number + round(toy.delay * toy.fps), Fraction(1, toy.fps)
        yield from stream.encode(frame)
    yield from stream.encode(None)


def _audio_packets(stream: av.AudioStream, toy: Toy) -> Iterator[av.Packet]:
    mono = timed_sound(toy.seconds if toy.audio_seconds is None else toy.audio_seconds, toy.rate)
    channels = stream.layout.nb_channels
    frame = av.AudioFrame.from_ndarray(np.repeat(mono, channels)[None], "flt", stream.layout.name)
    frame.sample_rate, frame.time_base, frame.pts = toy.rate, Fraction(1, toy.rate), round(toy.delay * toy.rate)
    resampler = av.AudioResampler(stream.format, stream.layout, toy.rate, stream.codec_context.frame_size or 1024)
    for part in [*resampler.resample(frame), *resampler.resample(None)]:
        yield from stream.encode(part)
    yield from stream.encode(None)
