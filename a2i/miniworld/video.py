"""A clip of the mini world as a media file, the same bytes from the same clip."""

from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import soxr

from a2i.core.files import replacing
from a2i.media.mel import SAMPLE_RATE
from a2i.miniworld.mix import synthesise
from a2i.miniworld.render import render
from a2i.miniworld.scene import FRAME_RATE, ClipSpec

FORMATS = ((128, 96), (96, 96), (160, 96), (96, 128))  # width, height
# x264's macroblock tree reads past its rows at these widths: with it the bytes differ from run to run.
_X264 = {"preset": "veryfast", "crf": "18", "g": "10", "x264-params": "mbtree=0"}


def write_clip(spec: ClipSpec, path: Path) -> None:
    """Writes a clip as an .mp4 file (H.264 yuv420p, AAC), whole or not at all."""
    rng = spec.rng("format")
    size = FORMATS[int(rng.integers(len(FORMATS)))]
    samples, rate = synthesise(spec), SAMPLE_RATE
    if rng.uniform() < 0.2:
        samples, rate = _stereo(samples, float(rng.uniform(-0.5, 0.5))), 44100
    with replacing(path) as temporary:
        _encode(temporary, spec, size, np.atleast_2d(samples), rate)


def _stereo(samples: np.ndarray, balance: float) -> np.ndarray:
    """(2, 2n) at 44,100 Hz, heard from the left (balance -1) to the right (1)."""
    upper = soxr.resample(samples, SAMPLE_RATE, 44100)
    return np.stack([upper * min(1.0, 1 - balance), upper * min(1.0, 1 + balance)])


def _encode(path: Path, spec: ClipSpec, size: tuple[int, int], samples: np.ndarray, rate: int) -> None:
    """Writes both streams; one thread, because x264's bytes depend on their number."""
    with av.open(str(path), "w", options={"fflags": "+bitexact"}) as container:
        video = container.add_stream("libx264", rate=FRAME_RATE, options=_X264)
        video.width, video.height = size
        video.pix_fmt, video.thread_count = "yuv420p", 1
        audio = container.add_stream("aac", rate=rate, layout=_layout(samples), options={"aac_coder": "fast"})
        audio.bit_rate = 64000 * len(samples)
        for k in range(round(spec.seconds * FRAME_RATE)):
            picture = av.VideoFrame.from_ndarray(render(spec, k / FRAME_RATE, *size), format="rgb24")
            picture.pts, picture.time_base = k, Fraction(1, FRAME_RATE)
            container.mux(video.encode(picture))
            first, last = k * rate // FRAME_RATE, (k + 1) * rate // FRAME_RATE
            _encode_sound(container, audio, samples[:, first:last], first, rate)
        for stream in (video, audio):
            container.mux(stream.encode(None))


def _layout(samples: np.ndarray) -> str:
    return "stereo" if len(samples) == 2 else "mono"


def _encode_sound(container, audio, samples: np.ndarray, first: int, rate: int) -> None:
    samples = np.ascontiguousarray(samples, dtype=np.float32)
    frame = av.AudioFrame.from_ndarray(samples, format="fltp", layout=_layout(samples))
    frame.sample_rate, frame.pts, frame.time_base = rate, first, Fraction(1, rate)
    container.mux(audio.encode(frame))
