"""A segment is found at its own place in the file, whatever the file's clock does."""

import av
import numpy as np
import pytest
from toy_media import Toy, assert_tells_the_time, read_number, write

from a2i.media import decode
from a2i.media.container import MediaError
from a2i.media.mel import SAMPLE_RATE

LONG = Toy(seconds=24, fps=10, gop=40)


@pytest.fixture(scope="module")
def long_files(tmp_path_factory):
    """24 s each; the names tell the container."""
    folder = tmp_path_factory.mktemp("long")
    changes = {
        "a.mp4": {}, "a.mkv": {}, "a.webm": {"video": "libvpx-vp9", "audio": "libopus", "rate": 48000},
        "a.ts": {"video": "mpeg2video", "fps": 25, "gop": 50, "audio": "mp2", "rate": 48000},
    }  # fmt: skip
    return {name: (write(folder / name, LONG, **change), Toy(**{**LONG.__dict__, **change})) for name, change in changes.items()}


def _assert_in_step(clip: decode.Clip, toy: Toy, start: float) -> None:
    """Frames show the number that their time in the whole file tells."""
    for time, picture in zip(clip.frame_times, clip.frames, strict=True):
        assert read_number(picture) == round((start + time) * toy.fps) % 512


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv", "a.webm", "a.ts"])
@pytest.mark.parametrize("start", [0, 1, 7, 14])
@pytest.mark.parametrize("frame_sampling", ["random", "spread"])
def test_a_segment_of_a_whole_video_is_its_own_part(long_files, name, start, frame_sampling):
    path, toy = long_files[name]
    clip = decode.decode(path, start, start + 10, kind="whole", frame_sampling=frame_sampling, rng=np.random.default_rng(start))
    _assert_in_step(clip, toy, start)
    assert np.all((clip.frame_times >= 0) & (clip.frame_times < 10))
    assert_tells_the_time(clip.samples, first=start)


@pytest.mark.parametrize("name", ["b.mp4", "b.ts", "b.mpg"])
def test_the_frames_before_a_segments_first_keyframe_are_not_lost(tmp_path, name):
    """A container without an index finds the segment, but not the keyframe before it."""
    coded = {"video": "mpeg2video", "audio": "mp2"} if name == "b.mpg" else {}
    toy = Toy(**LONG.__dict__ | {"fps": 25, "gop": 125, "rate": 48000} | coded)
    clip = decode.decode(write(tmp_path / name, toy), 7, 17, kind="whole", frame_sampling="spread", frames=20)
    assert np.all(np.abs(clip.frame_times - np.arange(20) / 2) < 0.5)


def test_a_segment_that_starts_between_two_frames_holds_only_frames_of_its_own(long_files):
    path, toy = long_files["a.mp4"]
    clip = decode.decode(path, 5.05, 6.05, frames=8, rng=np.random.default_rng(0))
    assert np.all((clip.frame_times >= 0) & (clip.frame_times < 1))
    _assert_in_step(clip, toy, 5.05)


def test_what_is_shown_before_a_keyframe_that_is_decoded_earlier_is_not_lost(long_files):
    """A segment of two frames, the second of them a keyframe, which the decoder gets before the first is shown."""
    path, _ = long_files["a.mp4"]
    with av.open(str(path)) as file:
        packets = [packet for packet in file.demux(video=0) if packet.size]
        key = [float(packet.pts * packet.time_base) for packet in packets if packet.is_keyframe][1]
    clip = decode.decode(path, key - 0.15, key + 0.05, frames=8, rng=np.random.default_rng(0))
    assert {read_number(picture) for picture in clip.frames} == {round(key * 10) - 1, round(key * 10)}


def test_what_lies_outside_a_short_segment_is_silent(long_files):
    clip = decode.decode(long_files["a.mp4"][0], 3, 5.5, kind="whole")
    assert clip.seconds == pytest.approx(2.5, abs=0.01)
    assert_tells_the_time(clip.samples, first=3, seconds=2)
    assert np.all(clip.samples[int(2.6 * SAMPLE_RATE) :] == 0)
    assert np.all(clip.frame_times < 2.5)


def test_a_segment_at_the_end_of_the_file_is_padded_with_silence(long_files):
    clip = decode.decode(long_files["a.mp4"][0], 18, 28, kind="whole")
    assert clip.seconds == pytest.approx(6, abs=0.1)
    assert_tells_the_time(clip.samples, first=18, seconds=6)
    assert np.all(clip.samples[int(6.2 * SAMPLE_RATE) :] == 0)
    assert np.all(clip.frame_times < 6)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
def test_a_segment_behind_the_end_has_a_reason(long_files, name):
    with pytest.raises(MediaError) as caught:
        decode.decode(long_files[name][0], 100, 110, kind="whole")
    assert caught.value.reason == "outside"


def test_a_cut_segment_is_read_from_its_start_wherever_it_lay_in_the_video(long_files):
    clip = decode.decode(long_files["a.mp4"][0], 300, 310, kind="segment")
    assert_tells_the_time(clip.samples, first=0)
    assert np.all(clip.frame_times < 10)


def test_auto_takes_a_file_as_long_as_its_segment_for_the_segment_and_a_longer_one_for_the_video(long_files, tmp_path):
    cut = write(tmp_path / "cut.mp4")
    assert_tells_the_time(decode.decode(cut, 30, 40, kind="auto").samples, first=0)
    assert_tells_the_time(decode.decode(long_files["a.mp4"][0], 12, 22, kind="auto").samples, first=12)
    assert_tells_the_time(decode.decode(cut, 0, 10, kind="auto").samples, first=0)


@pytest.mark.parametrize("name", ["a.mkv", "a.mp4"])
def test_times_count_from_the_start_of_a_file_whose_clock_does_not_start_at_zero(tmp_path, name):
    path = write(tmp_path / name, LONG, delay=5.0)
    with av.open(str(path)) as file:
        shift = file.start_time / av.time_base
    assert name == "a.mp4" or shift == pytest.approx(5, abs=0.1)
    lead = 0.0 if shift else 5.0  # mp4 keeps the clock at 0 and says that nothing is shown before 5 s
    clip = decode.decode(path, lead + 4, lead + 14, kind="whole")
    _assert_in_step(clip, LONG, 4)
    assert_tells_the_time(clip.samples, first=4)


@pytest.mark.parametrize("start", [0, 3, 8])
def test_a_broadcasts_clock_that_wraps_in_the_middle_does_no_harm(tmp_path, start):
    """Its 33 bits are used up 5 s after the file's start."""
    toy = Toy(seconds=20, video="mpeg2video", fps=25, gop=50, audio="mp2", rate=48000)
    path = write(tmp_path / "a.ts", toy, delay=round(2**33 / 90_000) - 5)
    clip = decode.decode(path, start, start + 10, frame_sampling="spread")
    _assert_in_step(clip, toy, start)
    assert_tells_the_time(clip.samples, first=start)


def test_sound_that_starts_late_keeps_its_place(tmp_path):
    path = tmp_path / "late.mkv"
    write(path, audio="")
    sound = write(tmp_path / "sound.mka", video="", audio="pcm_s16le")
    joined = tmp_path / "joined.mkv"
    with av.open(str(path)) as picture, av.open(str(sound)) as tone, av.open(str(joined), "w") as out:
        streams = [out.add_stream_from_template(source.streams[0]) for source in (picture, tone)]
        for stream, source, shift in ((streams[0], picture, 0), (streams[1], tone, 4000)):
            for packet in source.demux():
                if packet.dts is not None:
                    packet.stream, packet.pts, packet.dts = stream, packet.pts + shift, packet.dts + shift
                    out.mux(packet)
    clip = decode.decode(joined, 0, 10)
    with av.open(str(joined)) as file:
        lead = file.streams.audio[0].start_time / 1000 - file.start_time / av.time_base
    assert lead == pytest.approx(4, abs=0.2)
    assert np.flatnonzero(np.abs(clip.samples) > 0.05)[0] == pytest.approx(lead * SAMPLE_RATE, abs=30)
    assert_tells_the_time(clip.samples[round(lead * SAMPLE_RATE) :], seconds=5)


@pytest.mark.parametrize("name", ["a.mp4", "a.mkv"])
@pytest.mark.parametrize("frame_sampling", ["random", "spread", "sounding"])
def test_frames_of_an_uneven_rate_are_found_by_their_time(tmp_path, name, frame_sampling):
    path = write(tmp_path / name, uneven=True)
    clip = decode.decode(path, 0, 10, frame_sampling=frame_sampling, rng=np.random.default_rng(3))
    _assert_in_step(clip, Toy(), 0)
    assert all(read_number(picture) % 3 != 1 for picture in clip.frames)


def test_a_few_frames_without_sound_are_no_truncated_film(tmp_path):
    """The last one to be decoded comes long before the end."""
    clip = decode.decode(write(tmp_path / "a.mp4", audio="", seconds=1, fps=5), 0, 1, kind="segment", need_sound=False)
    assert {read_number(picture) for picture in clip.frames} <= set(range(5))


def test_a_picture_that_stands_still_is_shown_though_no_frame_starts_in_the_segment(tmp_path):
    path, shown = write(tmp_path / "slide.mkv", seconds=30, fps=1, gop=1, options=(("bf", "0"),)), 0
    with av.open(str(path)) as source, av.open(str(tmp_path / "one.mkv"), "w") as out:
        streams = [out.add_stream_from_template(stream) for stream in source.streams]
        for packet in source.demux():
            if packet.size and (packet.stream.type == "audio" or not shown):
                shown += packet.stream.type == "video"
                packet.stream = streams[packet.stream_index]
                out.mux(packet)
    clip = decode.decode(tmp_path / "one.mkv", 12, 22)
    assert [read_number(picture) for picture in clip.frames] == [0, 0, 0]
    assert clip.frame_times == pytest.approx([-12, -12, -12], abs=0.1)
    assert_tells_the_time(clip.samples, first=12)
