"""What is odd about clips, which of several tracks is taken, and pictures of high dynamic range."""

from fractions import Fraction

import av
import numpy as np
import pytest
from toy_media import assert_tells_the_time, timed_sound, write

from a2i.media import decode, hdr, quality
from a2i.media.container import MediaError


def film(path, sound, picture=None, rate=22050, layout="stereo", codec="pcm_s16le"):
    """A file of the sound, float (samples, channels), and where it is given of one picture at 10 frames a second."""
    with av.open(str(path), "w") as out:
        audio = out.add_stream(codec, rate=rate, layout=layout)
        if picture is not None:
            video = out.add_stream("libx264", rate=10)
            video.height, video.width, video.pix_fmt = *picture.shape[:2], "yuv420p"
            for number in range(round(len(sound) / rate * 10)):
                frame = av.VideoFrame.from_ndarray(picture, "rgb24")
                frame.pts, frame.time_base = number, Fraction(1, 10)
                out.mux(video.encode(frame))
            out.mux(video.encode(None))
        data = np.ascontiguousarray(np.clip(sound, -1, 1) * 32767, np.int16).reshape(1, -1)
        frame = av.AudioFrame.from_ndarray(data, "s16", layout)
        frame.sample_rate, frame.pts, frame.time_base = rate, 0, Fraction(1, rate)
        out.mux(audio.encode(frame))
        out.mux(audio.encode(None))
    return path


def tone(seconds=10.0):
    return timed_sound(seconds, 22050)


GREY = np.random.default_rng(0).integers(60, 200, (72, 96, 3)).astype(np.uint8)


@pytest.mark.parametrize(
    ("sound", "picture", "remarks"),
    [
        (np.stack([tone(), -tone()], 1), GREY, (quality.OPPOSITE, quality.STILL)),
        (np.stack([tone(), 0 * tone()], 1), GREY, (quality.STILL,)),
        (np.zeros((220500, 2)), GREY, (quality.SILENT, quality.STILL)),
        (np.stack([tone()] * 2, 1), np.zeros_like(GREY), (quality.STILL, quality.BLACK)),
        (np.stack([tone(3)] * 2, 1), None, (quality.SHORTER,)),
        (np.stack([tone(30)] * 2, 1), None, (quality.LONGER,)),
        (np.stack([tone(11)] * 2, 1), None, ()),
    ],
    ids=["opposite", "one side", "silence", "black", "short", "long", "a second more"],
)
def test_what_is_odd_about_a_file_is_said(tmp_path, sound, picture, remarks):
    path = film(tmp_path / "a.mkv", sound, picture)
    assert decode.decode(path, kind="segment", need_picture=False).remarks == remarks


def test_an_ordinary_clip_is_not_odd(tmp_path):
    assert decode.decode(write(tmp_path / "a.mp4"), kind="segment").remarks == ()


def test_a_part_of_a_long_video_is_not_too_long(tmp_path):
    path = write(tmp_path / "a.mkv", seconds=40)
    assert decode.decode(path, 10, 20, kind="whole").remarks == ()


def test_more_channels_than_are_mixed_have_a_reason_of_their_own(tmp_path):
    film(tmp_path / "a.mkv", np.stack([tone(2)] * 16, 1), layout="hexadecagonal")
    with pytest.raises(MediaError) as caught:
        decode.read_sound(tmp_path / "a.mkv")
    assert (caught.value.reason, caught.value.detail) == ("channels", "16 channels")


@pytest.mark.parametrize("default", [0, 1])
def test_the_sound_with_the_default_flag_is_taken(tmp_path, default):
    with av.open(str(tmp_path / "a.mkv"), "w") as out:
        streams = [out.add_stream("pcm_s16le", rate=22050, layout="mono") for _ in range(2)]
        for number, stream in enumerate(streams):
            stream.disposition = av.stream.Disposition.default if number == default else 0
        for number, stream in enumerate(streams):
            sound = (tone() if number == default else 0 * tone())[None]
            frame = av.AudioFrame.from_ndarray((sound * 32767).astype(np.int16), "s16", "mono")
            frame.sample_rate, frame.pts, frame.time_base = 22050, 0, Fraction(1, 22050)
            out.mux([*stream.encode(frame), *stream.encode(None)])
    assert_tells_the_time(decode.read_sound(tmp_path / "a.mkv"))


def test_a_sound_without_a_decoder_is_passed_over_for_one_with(tmp_path):
    """The first sound is in a codec that is not on the list."""
    with av.open(str(tmp_path / "a.mkv"), "w") as out:
        for codec in ("wavpack", "pcm_s16le"):
            out.add_stream(codec, rate=22050, layout="mono")
        out.start_encoding()
        for stream in out.streams:
            frame = av.AudioFrame.from_ndarray(tone()[None], "flt", "mono")
            frame.sample_rate, frame.pts, frame.time_base = 22050, 0, Fraction(1, 22050)
            size = stream.codec_context.frame_size or 1024
            for part in av.AudioResampler(stream.format, stream.layout, 22050, size).resample(frame):
                out.mux(stream.encode(part))
            out.mux(stream.encode(None))
    assert_tells_the_time(decode.read_sound(tmp_path / "a.mkv"), seconds=9)


@pytest.mark.parametrize("name", ["a.jpg", "a.png", "a.bmp", "a.webp"])
def test_a_picture_beside_a_sound_is_read(tmp_path, name):
    from PIL import Image

    picture = np.zeros((60, 90, 3), np.uint8)
    picture[:, 15:75] = 200, 40, 40
    Image.fromarray(picture).save(tmp_path / name)
    read = decode.read_picture(tmp_path / name, 64)
    assert read.shape == (64, 64, 3)
    assert np.abs(read[4:-4, 4:-4].astype(int) - (200, 40, 40)).max() < 12


def test_a_picture_that_is_none_has_a_reason(tmp_path):
    (tmp_path / "a.jpg").write_bytes(b"#EXTM3U\nfile:///etc/passwd")
    with pytest.raises(MediaError):
        decode.read_picture(tmp_path / "a.jpg", 64)


@pytest.mark.parametrize(("transfer", "white", "grey"), [("smpte2084", 0.58, 0.38), ("arib-std-b67", 0.75, 0.38)])
def test_high_dynamic_range_looks_as_on_an_ordinary_screen(tmp_path, transfer, white, grey):
    """Diffuse white and an 18 % grey card at the code values that ITU-R BT.2408 gives for them."""
    params = f"colorprim=bt2020:transfer={transfer}:colormatrix=bt2020nc:log-level=none"
    with av.open(str(tmp_path / "a.mp4"), "w") as out:
        stream = out.add_stream("libx265", rate=10, options={"x265-params": params})
        stream.width, stream.height, stream.pix_fmt = 128, 96, "yuv420p10le"
        picture = np.full((96, 128, 3), round(65535 * grey), np.uint16)
        picture[:, 64:] = round(65535 * white)
        for number in range(20):
            frame = av.VideoFrame.from_ndarray(picture, "rgb48le").reformat(format="yuv420p10le", dst_colorspace=9)
            frame.pts, frame.time_base = number, Fraction(1, 10)
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    shown = decode.decode(tmp_path / "a.mp4", 0, 2, need_sound=False, frames=1).frames[0]
    assert 225 < shown[:, 40:].mean() <= 255
    assert 85 < shown[:, :24].mean() < 140
    assert np.ptp(shown[:, :24].reshape(-1, 3).mean(0)) < 4, "grey stays grey"


def test_an_ordinary_picture_is_left_as_it_is():
    assert hdr.tone_mapped(GREY, 1, 1) is GREY
