"""Segments cut out of videos without decoding."""

import io
import resource

import av
import numpy as np
import pytest
from av.stream import Disposition
from toy_media import read_number, write
from toy_site import RATE, make_video

from a2i.core.errors import A2IError
from a2i.media.cut import CutError, cut
from a2i.media.decode import decode

MAKES = {"mp4": ("libx264", "aac"), "webm": ("libvpx-vp9", "libopus"), "mkv": ("libsvtav1", "libopus")}


@pytest.fixture(scope="module", params=MAKES)
def film(request, tmp_path_factory):
    path = tmp_path_factory.mktemp("films") / f"film.{request.param}"
    picture, sound = MAKES[request.param]
    make_video(path, picture=picture, sound=sound)
    return path


def times_shown(clip):
    """The film's brightness as s from its start."""
    return clip.frames.mean((1, 2, 3)) / 255 * 20


@pytest.mark.parametrize("start", [0.0, 5.0, 7.3])
def test_the_cut_files_time_0_is_the_segments_start(film, tmp_path, start):
    made = cut([io.BytesIO(film.read_bytes())], tmp_path / "cut.mp4", start, start + 10)
    part = decode(tmp_path / "cut.mp4", 0.0, 10.0, kind="segment")
    assert abs(times_shown(part) - start - part.frame_times).max() < 0.3
    assert made.offset == pytest.approx(start % 5)
    assert part.seconds == pytest.approx(10, abs=0.05)


def test_sound_and_whole_agree(film, tmp_path):
    cut([io.BytesIO(film.read_bytes())], tmp_path / "cut.mp4", 7.3, 17.3)
    part = decode(tmp_path / "cut.mp4", 0.0, 10.0, kind="segment").samples
    whole = decode(film, 7.3, 17.3, kind="whole").samples
    loud = slice(22050, 5 * 22050)
    lag = max(range(-60, 61), key=lambda k: float(whole[loud] @ np.roll(part, k)[loud]))
    assert abs(lag) <= 22  # 1 ms


def test_picture_and_sound_may_come_from_two_files(film, tmp_path):
    picture, sound = MAKES[film.suffix[1:]]
    parts = [
        make_video(tmp_path / f"picture{film.suffix}", picture=picture, sound=None),
        make_video(tmp_path / f"sound{film.suffix}", picture=None, sound=sound),
    ]
    cut([io.BytesIO(part) for part in parts], tmp_path / "cut.mp4", 7.3, 17.3)
    part = decode(tmp_path / "cut.mp4", 0.0, 10.0, kind="segment")
    assert abs(times_shown(part) - 7.3 - part.frame_times).max() < 0.3
    assert abs(part.samples).max() > 0.1


def test_a_segment_at_the_end_keeps_what_there_is(film, tmp_path):
    made = cut([io.BytesIO(film.read_bytes())], tmp_path / "cut.mp4", 15.0, 25.0)
    assert made.seconds == pytest.approx(5, abs=0.2)


@pytest.mark.parametrize(("keep", "reason"), [(0.5, "other"), (0.0, "other")])
def test_damaged_files_leave_nothing(film, tmp_path, keep, reason):
    content = film.read_bytes()
    if film.suffix != ".mp4" and keep:
        reason = "short"  # these can be read up to the damage
    with pytest.raises(CutError) as caught:
        cut([io.BytesIO(content[: int(len(content) * keep)])], tmp_path / "cut.mp4", 7.3, 17.3)
    assert caught.value.reason == reason
    assert not list(tmp_path.glob("*cut*"))


@pytest.mark.parametrize("extension", ["mkv", "ts"])
@pytest.mark.parametrize(("start", "offset"), [(0.3, 0.3), (7.3, 0.9)])
def test_the_keyframe_is_kept_where_the_container_makes_it_hard(tmp_path, extension, start, offset):
    """Matroska gives no decoding times to the first packets after a seek; a seek in MPEG-TS may end behind it."""
    path = write(tmp_path / f"film.{extension}", seconds=20)
    made = cut([io.BytesIO(path.read_bytes())], tmp_path / "cut.mp4", start, start + 10)
    assert made.offset == pytest.approx(offset, abs=0.03)
    part = decode(tmp_path / "cut.mp4", frames=40, kind="segment")
    assert part.frame_times[0] < 0.2
    assert [read_number(picture) for picture in part.frames] == [round(10 * (start + t)) for t in part.frame_times]


@pytest.mark.parametrize("change", [{"rotation": 90}, {"pixels": "yuv420p10le"}, {"delay": 1.5}, {"uneven": True}])
def test_pictures_are_as_they_were(tmp_path, change):
    path = write(tmp_path / "film.mp4", seconds=20, **change)
    cut([io.BytesIO(path.read_bytes())], tmp_path / "cut.mp4", 1.3, 11.3)
    part = decode(tmp_path / "cut.mp4", frame_sampling="spread", kind="segment")
    assert (part.frames == decode(path, 1.3, 11.3, frame_sampling="spread").frames).all()


def test_pixels_that_are_not_square_stay_so(tmp_path):
    path = write(tmp_path / "film.mp4", seconds=12, options=(("x264-params", "sar=2/1"),))
    cut([io.BytesIO(path.read_bytes())], tmp_path / "cut.mp4", 1.0, 11.0)
    with av.open(str(tmp_path / "cut.mp4")) as media:
        assert media.streams.video[0].sample_aspect_ratio == 2


def test_a_cover_is_no_picture(tmp_path):
    path = tmp_path / "song.mp4"
    with av.open(str(path), "w") as out:
        cover = out.add_stream("mjpeg", rate=1, width=64, height=64, pix_fmt="yuvj420p")
        cover.disposition = Disposition.attached_pic
        audio = out.add_stream("aac", rate=RATE, layout="mono")
        picture = cover.encode(av.VideoFrame.from_ndarray(np.zeros((64, 64, 3), np.uint8), "rgb24"))
        sound = av.AudioFrame.from_ndarray(np.zeros((1, RATE), np.float32), "fltp", "mono")
        sound.sample_rate = RATE
        out.mux([*picture, *audio.encode(sound), *audio.encode(None)])
    with pytest.raises(CutError) as caught:
        cut([io.BytesIO(path.read_bytes())], tmp_path / "cut.mp4", 0.0, 10.0)
    assert caught.value.reason == "no_picture"


def test_a_disk_that_fails_is_not_the_videos_fault(film, tmp_path):
    content = io.BytesIO(film.read_bytes())
    _, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, most))
    try:
        with pytest.raises(A2IError, match="cannot be written"):
            cut([content], tmp_path / "cut.mp4", 7.3, 17.3)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (most, most))
    assert not list(tmp_path.iterdir())


def test_a_segment_behind_the_end_is_said_so(film, tmp_path):
    with pytest.raises(CutError, match="ends at 20"):
        cut([io.BytesIO(film.read_bytes())], tmp_path / "cut.mp4", 30.0, 40.0)


def test_a_segment_that_is_too_large_is_refused(film, tmp_path):
    with pytest.raises(CutError) as caught:
        cut([io.BytesIO(film.read_bytes())], tmp_path / "cut.mp4", 0.0, 10.0, max_bytes=1000)
    assert caught.value.reason == "too_large"


@pytest.mark.parametrize(
    "playlist",
    [
        b"#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nfile:///etc/passwd\n#EXT-X-ENDLIST\n",
        b"ffconcat version 1.0\nfile /etc/passwd\n",
    ],
)
def test_playlists_dressed_as_videos_open_nothing(tmp_path, playlist):
    with pytest.raises(CutError, match="unreadable"):
        cut([io.BytesIO(playlist)], tmp_path / "cut.mp4", 0.0, 10.0)
