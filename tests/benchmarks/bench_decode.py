"""A clip's sound and frames, here and the usual way: ffmpeg on the command line, librosa, Pillow.

Both ways run in turn on one core; what counts is processor time, children included, so that a busy machine does no harm.
"""

import os
import shutil
import subprocess
from collections.abc import Callable, Sequence
from pathlib import Path

import av
import numpy as np
import pytest

from a2i.media import container, decode
from a2i.media.mel import SAMPLE_RATE, SAMPLES, log_mel

ROUNDS = 2


@pytest.fixture(autouse=True)
def one_core():
    """Keeps this process and its children on one core."""
    if shutil.which("ffmpeg") is None:
        pytest.skip("the usual way needs the ffmpeg program on the PATH")
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {min(before)})
    yield
    os.sched_setaffinity(0, before)


@pytest.fixture(scope="module")
def clips_360p(tmp_path_factory) -> list[Path]:
    """Ten seconds of 640x360 at 30 frames/s, H.264 and AAC, with a keyframe every 2, 4 and 5 s; 500 to 900 kB each."""
    folder = tmp_path_factory.mktemp("360p")
    return [_film(folder / f"{seconds}.mp4", keyframe=seconds * 30, seed=seconds) for seconds in (2, 4, 5)]


def _film(path: Path, keyframe: int, seed: int) -> Path:
    """A camera that wanders over a landscape of noise, and a grain that costs bits; a wavering tone beside noise."""
    from scipy.ndimage import gaussian_filter

    rng = np.random.default_rng(seed)
    land = np.stack([gaussian_filter(rng.standard_normal((560, 1040)), blur) for blur in (2, 4, 8)], -1)
    land = (land - land.min((0, 1))) / np.ptp(land, (0, 1)) * 255
    with av.open(str(path), "w") as out:
        video = out.add_stream("libx264", rate=30, options={"preset": "medium", "crf": "23", "g": str(keyframe)})
        video.width, video.height, video.pix_fmt = 640, 360, "yuv420p"
        audio = out.add_stream("aac", rate=44100, layout="stereo")
        for number in range(300):
            x, y = int(200 + 180 * np.sin(number / 50)), int(100 + 90 * np.cos(number / 70))
            grain = rng.standard_normal((360, 640, 1)) * 3
            picture = np.clip(land[y : y + 360, x : x + 640] + grain, 0, 255).astype(np.uint8)
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts = number
            out.mux(video.encode(frame))
        out.mux(video.encode(None))
        times = np.arange(441_000) / 44100
        sound = np.stack([np.sin(2765 * times * (1 + 0.1 * np.sin(times))), rng.standard_normal(441_000) * 0.1]) * 0.5
        frame = av.AudioFrame.from_ndarray(sound.astype(np.float32), "fltp", "stereo")
        frame.sample_rate, frame.pts = 44100, 0
        out.mux(audio.encode(frame))
        out.mux(audio.encode(None))
    return path


def usual_way(path: Path, rng: np.random.Generator, scratch: Path) -> tuple[np.ndarray, np.ndarray]:
    """Log-mel and three random frames, as most scripts for AudioSet make them."""
    import librosa
    from PIL import Image

    ffmpeg = ["ffmpeg", "-v", "error", "-y", "-threads", "1"]
    subprocess.run([*ffmpeg, "-i", path, "-vn", scratch / "sound.wav"], check=True)
    samples, _ = librosa.load(scratch / "sound.wav", sr=SAMPLE_RATE)
    samples = librosa.util.fix_length(samples, size=SAMPLES)
    mel = librosa.power_to_db(librosa.feature.melspectrogram(y=samples, sr=SAMPLE_RATE))
    frames = []
    for time in np.sort(rng.uniform(0, 9.8, 3)):
        subprocess.run([*ffmpeg, "-ss", f"{time:.3f}", "-i", path, "-frames:v", "1", scratch / "frame.png"], check=True)
        with Image.open(scratch / "frame.png") as picture:
            side = min(picture.size)
            left, top = (picture.width - side) // 2, (picture.height - side) // 2
            square = picture.crop((left, top, left + side, top + side)).resize((64, 64), Image.Resampling.BICUBIC)
            frames.append(np.asarray(square.convert("RGB")))
    return mel, np.stack(frames)


def our_way(path: Path, rng: np.random.Generator, frame_sampling: str) -> tuple[np.ndarray, np.ndarray]:
    """The same by `a2i.media`."""
    clip = decode.decode(path, 0, 10, kind="segment", frame_sampling=frame_sampling, rng=rng)
    return log_mel(clip.samples), clip.frames


def _seconds(work: Callable[[], object]) -> float:
    """Processor time of some work, s, children included."""
    before = sum(os.times()[:4])
    work()
    return sum(os.times()[:4]) - before


def _compare(benchmark, paths: Sequence[Path], frame_sampling: str, scratch: Path, goal: float) -> None:
    """Both ways over the same files in turn, several rounds; the ratio of their total times."""
    from threadpoolctl import threadpool_limits

    container.silence_decoder()

    def ours(seed: int) -> None:
        for path in paths:
            our_way(path, np.random.default_rng(seed), frame_sampling)

    def usual(seed: int) -> None:
        for path in paths:
            usual_way(path, np.random.default_rng(seed), scratch)

    with threadpool_limits(1):
        ours(0), usual_way(paths[0], np.random.default_rng(0), scratch)  # what is imported and compiled at first use
        slow = sum(_seconds(lambda seed=seed: usual(seed)) for seed in range(ROUNDS))
        quick = sum(_seconds(lambda seed=seed: ours(seed)) for seed in range(3 * ROUNDS)) / 3
        benchmark.pedantic(ours, args=(0,), rounds=1)
    clips = ROUNDS * len(paths)
    benchmark.extra_info.update(
        ratio=round(slow / quick, 1), goal=goal, clips_a_second_and_core=round(clips / quick, 1),
        usual_way=round(clips / slow, 1),
    )  # fmt: skip
    assert slow / quick >= goal


@pytest.mark.parametrize(("frame_sampling", "goal"), [("spread", 10), ("random", 4), ("sounding", 4)])
def test_clips_of_360p_against_the_usual_way(benchmark, clips_360p, tmp_path, frame_sampling, goal):
    _compare(benchmark, clips_360p, frame_sampling, tmp_path, goal)


@pytest.mark.parametrize(("frame_sampling", "goal"), [("random", 4), ("spread", 4)])
def test_the_real_clips_against_the_usual_way(benchmark, real_dir, tmp_path, frame_sampling, goal):
    paths = []
    for path in sorted((real_dir / "media").iterdir())[:14]:
        try:
            our_way(path, np.random.default_rng(0), frame_sampling)
            paths.append(path)
        except container.MediaError:
            pass
    _compare(benchmark, paths[:10], frame_sampling, tmp_path, goal)


def test_both_ways_give_the_same_sound_and_much_the_same_pictures(benchmark, clips_360p, tmp_path):
    """What is compared above is the same work: log-mels differ by the resampler's edge, frames by the scaling."""
    path = clips_360p[0]
    theirs = usual_way(path, np.random.default_rng(0), tmp_path)
    ours = benchmark.pedantic(our_way, args=(path, np.random.default_rng(0), "random"), rounds=1)
    difference = np.abs(theirs[0] - ours[0])
    benchmark.extra_info.update(log_mel_mean_difference_db=round(float(difference.mean()), 4))
    assert difference.mean() < 0.2
    assert ours[1].shape == theirs[1].shape


def test_log_mel_against_librosa(benchmark):
    """One core, the same samples."""
    import librosa
    from threadpoolctl import threadpool_limits

    samples = np.random.default_rng(0).normal(0, 0.1, SAMPLES).astype(np.float32)

    def theirs() -> None:
        librosa.power_to_db(librosa.feature.melspectrogram(y=samples, sr=SAMPLE_RATE))

    with threadpool_limits(1):
        theirs(), log_mel(samples)
        slow = _seconds(lambda: [theirs() for _ in range(100)])
        quick = _seconds(lambda: [log_mel(samples) for _ in range(100)])
        benchmark.pedantic(log_mel, args=(samples,), rounds=20)
    benchmark.extra_info.update(ratio=round(slow / quick, 1), goal=1)
    assert slow > quick
