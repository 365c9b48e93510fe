"""Segments of media files become ten seconds of sound and the right frames."""

import numpy as np
import pytest
from toy_media import Toy, assert_tells_the_time, read_number, write

from a2i.media import decode
from a2i.media.mel import SAMPLES


def _numbers(clip: decode.Clip) -> list[int]:
    return [read_number(picture) for picture in clip.frames]


CODECS = {
    "mp4, H.264, AAC": ("a.mp4", {}),
    "mp4, HEVC, AAC": ("a.mp4", {"video": "libx265", "options": (("x265-params", "log-level=none"),)}),
    "webm, VP9, Opus": ("a.webm", {"video": "libvpx-vp9", "audio": "libopus", "rate": 48000}),
    "webm, AV1, Opus": ("a.webm", {"video": "libsvtav1", "audio": "libopus", "rate": 48000}),
    "mkv, H.264, Vorbis": ("a.mkv", {"audio": "vorbis"}),
    "mkv, H.264, PCM of 96 kHz": ("a.mkv", {"audio": "pcm_s16le", "rate": 96000}),
    "avi, MPEG-4, MP3": ("a.avi", {"video": "mpeg4", "audio": "libmp3lame"}),
    "avi, H.264 with B frames, MP3": ("a.avi", {"audio": "libmp3lame"}),
    "mov, MPEG-4, PCM of 8 kHz": ("a.mov", {"video": "mpeg4", "audio": "pcm_s16le", "rate": 8000, "layout": "mono"}),
    "mov, H.264, PCM of 24 bits": ("a.mov", {"audio": "pcm_s24le", "rate": 32000}),
    "3gp, H.264, AAC of 16 kHz": ("a.3gp", {"rate": 16000, "layout": "mono"}),
    "mp4, H.264, AAC of 5.1": ("a.mp4", {"layout": "5.1", "rate": 48000}),
    "mkv, H.264, FLAC of 8 channels": ("a.mkv", {"audio": "flac", "layout": "7.1", "rate": 48000}),
    "mpegts, MPEG-2, MP2": ("a.ts", {"video": "mpeg2video", "fps": 25, "audio": "mp2", "rate": 48000}),
    "flv, FLV1, MP3": ("a.flv", {"video": "flv", "audio": "libmp3lame"}),
}


@pytest.mark.parametrize("name", CODECS)
@pytest.mark.parametrize("frame_sampling", ["random", "spread", "sounding"])
def test_frames_are_those_of_their_time_and_sound_is_in_step(tmp_path, name, frame_sampling):
    file, changes = CODECS[name]
    toy = Toy(**changes)
    path = write(tmp_path / file, toy)
    clip = decode.decode(path, 0, 10, frame_sampling=frame_sampling, rng=np.random.default_rng(1))
    assert clip.samples.shape == (SAMPLES,)
    assert clip.frames.shape == (3, 64, 64, 3)
    assert clip.sample_rate == toy.rate
    # AVI has no time stamps: its frames come later by as many as the encoder held back.
    late = {round(time * toy.fps) - number for time, number in zip(clip.frame_times, _numbers(clip), strict=True)}
    assert late <= ({0, 1, 2} if path.suffix == ".avi" else {0})
    assert len(set(_numbers(clip))) == 3
    assert_tells_the_time(clip.samples)
