"""Frames come out as they are meant to be seen: upright, in proportion, cropped in the middle, in their colours."""

import struct
from fractions import Fraction

import av
import numpy as np
import pytest
from toy_media import read_number, write

from a2i.media import decode
from a2i.media.frames import FrameDecoder, Track, candidates, choose, spread_moments, track

QUARTERS = {"top left": (200, 40, 40), "top right": (40, 180, 40), "bottom left": (40, 40, 200), "bottom right": (220, 220, 220)}


def _still(path, picture: np.ndarray, *, encoder: str = "libx264rgb", pixels: str = "rgb24", aspect=None, rotation: int = 0):
    """A second of one picture, losslessly unless another encoder is named."""
    with av.open(str(path), "w") as out:
        options = {"qp": "0"} if encoder.startswith("libx264") else {}
        stream = out.add_stream(encoder, rate=5, options=options)
        stream.height, stream.width, stream.pix_fmt = *picture.shape[:2], pixels
        if aspect:
            stream.sample_aspect_ratio = aspect
        if rotation:
            stream.set_display_rotation(rotation)
        for number in range(5):
            frame = av.VideoFrame.from_ndarray(picture, "rgb24")
            frame.pts = number
            out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    return path


def _picture(path, **how) -> np.ndarray:
    return decode.decode(path, 0, 1, kind="segment", need_sound=False, frames=1, **how).frames[0]


def _quarters(width: int, height: int) -> np.ndarray:
    picture = np.zeros((height, width, 3), np.uint8)
    for (name, colour), top, left in zip(QUARTERS.items(), (0, 0, 1, 1), (0, 1, 0, 1), strict=True):
        picture[top * height // 2 : (top + 1) * height // 2, left * width // 2 : (left + 1) * width // 2] = colour
    return picture


def _seen(picture: np.ndarray) -> list[str]:
    """The names of the colours, corner by corner."""
    size = len(picture)
    corners = [picture[y, x].astype(int) for y in (size // 8, -size // 8) for x in (size // 8, -size // 8)]
    return [min(QUARTERS, key=lambda name: np.abs(corner - QUARTERS[name]).sum()) for corner in corners]


@pytest.mark.parametrize(("width", "height"), [(160, 90), (90, 160), (128, 128), (98, 74), (20, 16), (1280, 720)])
def test_the_middle_square_is_shown(tmp_path, width, height):
    side = min(width, height)
    picture = np.full((height, width, 3), 90, np.uint8)
    top, left = (height - side) // 2, (width - side) // 2
    picture[top : top + side, left : left + side] = _quarters(side, side)
    shown = _picture(_still(tmp_path / "a.mp4", picture))
    assert shown.shape == (64, 64, 3)
    assert _seen(shown) == list(QUARTERS)
    for place in ((4, 26), (26, 4), (4, 4)):  # nothing from beside the square has come in
        assert np.abs(shown[place].astype(int) - QUARTERS["top left"]).max() < 12


@pytest.mark.parametrize("size", [16, 64, 100])
def test_pictures_have_the_size_asked_for(tmp_path, size):
    shown = _picture(_still(tmp_path / "a.mp4", _quarters(120, 90)), size=size)
    assert shown.shape == (size, size, 3)
    assert _seen(shown)[0] == "top left"


@pytest.mark.parametrize(("width", "height"), [(97, 73), (101, 64), (64, 99)])
def test_odd_sizes_are_read(tmp_path, width, height):
    path = write(tmp_path / "a.webm", video="libvpx-vp9", width=width, height=height, audio="libopus", rate=48000, seconds=2)
    clip = decode.decode(path, 0, 2, kind="segment")
    assert [round(time * 10) for time in clip.frame_times] == [read_number(picture) for picture in clip.frames]


TURNS = {
    0: ["top left", "top right", "bottom left", "bottom right"],
    90: ["top right", "bottom right", "top left", "bottom left"],  # counterclockwise
    180: ["bottom right", "bottom left", "top right", "top left"],
    -90: ["bottom left", "top left", "bottom right", "top right"],
}


@pytest.mark.parametrize("rotation", TURNS)
def test_a_picture_with_a_rotation_flag_is_turned_upright(tmp_path, rotation):
    path = _still(tmp_path / "a.mp4", _quarters(160, 90), rotation=rotation)
    assert _seen(_picture(path)) == TURNS[rotation]


MIRRORED = {
    (-1, 0, 0, 1): ["top right", "top left", "bottom right", "bottom left"],
    (1, 0, 0, -1): ["bottom left", "bottom right", "top left", "top right"],
    (0, 1, 1, 0): ["top left", "bottom left", "top right", "bottom right"],
    (0, -1, -1, 0): ["bottom right", "top right", "bottom left", "top left"],
}


@pytest.mark.parametrize("matrix", MIRRORED)
def test_a_picture_with_a_flag_that_mirrors_it_is_mirrored(tmp_path, matrix):
    """As some phones mark what the camera towards their user takes."""
    def told(a: int, b: int, c: int, d: int) -> bytes:
        return struct.pack(">5i", a << 16, b << 16, 0, c << 16, d << 16)

    path = _still(tmp_path / "a.mp4", _quarters(160, 90), rotation=180)
    content = path.read_bytes()
    assert content.count(told(-1, 0, 0, -1)) == 1
    path.write_bytes(content.replace(told(-1, 0, 0, -1), told(*matrix)))
    assert _seen(_picture(path)) == MIRRORED[matrix]


@pytest.mark.parametrize(("width", "height", "aspect"), [(64, 64, Fraction(2)), (180, 90, Fraction(1, 2))])
def test_pixels_that_are_not_square_are_stretched(tmp_path, width, height, aspect):
    """A disc in the seen picture is a disc in ours."""
    seen_width = width * aspect
    y, x = np.mgrid[:height, :width]
    radius = 0.4 * min(seen_width, height)
    disc = ((x + 0.5) * aspect - seen_width / 2) ** 2 + (y + 0.5 - height / 2) ** 2 < radius**2
    shown = _picture(_still(tmp_path / "a.mp4", np.where(disc[..., None], 255, 0).astype(np.uint8).repeat(3, 2), aspect=aspect))
    across, down = (shown[32, :, 0] > 128).sum(), (shown[:, 32, 0] > 128).sum()
    assert across == pytest.approx(0.8 * 64, abs=3)
    assert down == pytest.approx(0.8 * 64, abs=3)


def test_a_picture_longer_than_8_to_1_is_squeezed_and_not_refused(tmp_path):
    shown = _picture(_still(tmp_path / "a.mp4", _quarters(2400, 16)))
    assert _seen(shown) == list(QUARTERS)


@pytest.mark.parametrize(
    ("encoder", "pixels"),
    [("libx264", "yuv420p"), ("libx264", "yuv444p"), ("libx264", "yuvj420p"), ("libx264", "yuv420p10le"), ("libx264rgb", "rgb24"),
     ("mjpeg", "yuvj420p"), ("libvpx-vp9", "yuv420p")],
)  # fmt: skip
def test_colours_are_those_of_the_source(tmp_path, encoder, pixels):
    path = _still(tmp_path / ("a.webm" if "vpx" in encoder else "a.mov"), _quarters(96, 96), encoder=encoder, pixels=pixels)
    shown = _picture(path).astype(int)
    for (y, x), colour in zip(((16, 16), (16, 48), (48, 16), (48, 48)), QUARTERS.values(), strict=True):
        assert np.abs(shown[y, x] - colour).max() <= 8


def test_shrinking_takes_the_mean_over_the_source_and_not_single_pixels(tmp_path):
    """A chessboard of single pixels is grey from afar."""
    board = (np.indices((256, 256)).sum(0) % 2 * 255).astype(np.uint8)
    shown = _picture(_still(tmp_path / "a.mp4", board[..., None].repeat(3, 2)))
    assert np.abs(shown.astype(int) - 127).max() < 4


def _track(times, keys) -> Track:
    return Track([None] * len(times), 0.1, np.array(times, float), np.array(keys, bool))


def test_random_frames_are_drawn_evenly_from_the_time_and_not_from_the_frames():
    """Half of the time holds a tenth of the frames: half of the draws fall there."""
    times = np.concatenate([np.arange(0, 5, 0.5), np.arange(5, 10, 0.05)])
    video = _track(times, np.ones(len(times)))
    rng = np.random.default_rng(0)
    drawn = np.concatenate([choose(video, candidates(video, 10), 3, 10, None, rng) for _ in range(400)])
    assert np.mean(times[drawn] < 5) == pytest.approx(0.5, abs=0.06)


def test_random_frames_are_three_different_ones_where_there_are_three():
    video = _track([0, 3, 7], [1, 1, 1])
    rng = np.random.default_rng(0)
    found = [choose(video, candidates(video, 10), 3, 10, None, rng) for _ in range(20)]
    assert all(list(places) == [0, 1, 2] for places in found)


def test_spread_takes_the_keyframe_in_the_middle_of_each_part_or_the_parts_beginning():
    times = np.arange(0, 9, 0.5)
    keys = np.isin(times, [0.5, 2.0, 7.0])
    video = _track(times, keys)
    assert list(spread_moments(video, candidates(video, 9), 3, 9)) == [2.0, 3.0, 7.0]


def test_a_file_with_one_frame_shows_it_three_times(tmp_path):
    path = write(tmp_path / "a.mp4", seconds=1, fps=1, audio_seconds=1.0)
    clip = decode.decode(path, 0, 1, kind="segment")
    assert [read_number(picture) for picture in clip.frames] == [0, 0, 0]


def _packed(path, source):
    """The MPEG-4 frames of an AVI as Xvid packs them: one that no other needs behind the one that it needs itself."""
    start, units = b"\0\0\1\xb6", []
    with av.open(str(source)) as plain, av.open(str(path), "w") as out:
        stream = out.add_stream("mpeg4", rate=10)
        stream.width, stream.height, stream.pix_fmt = 96, 72, "yuv420p"
        out.start_encoding()
        for packet in plain.demux():
            content = bytes(packet)
            if not content:
                continue
            kind = content[content.index(start) + 4] >> 6  # 0, 1, 2: an I, P, B frame
            if kind < 2:
                units.append((b"" if kind else b"\0\0\1\xb2DivX503b1393p\0") + content)
            else:
                key = units[-1].startswith(b"\0\0\1\xb2")
                units[-1] += content
                units.append(start + (b"\x10\0" if key else b"\x50\0"))  # holds the B frame's place
        for number, unit in enumerate(units):
            packet = av.Packet(unit)
            packet.stream, packet.pts, packet.dts, packet.time_base = stream, number, number, Fraction(1, 10)
            packet.is_keyframe = b"DivX" in unit
            out.mux(packet)
    return path


ALONE = {
    "H.264": ("a.mp4", {}),
    "H.264 with an open group": ("a.mp4", {"options": (("x264-params", "open-gop=1:bframes=3:b-adapt=0"),)}),
    "H.264 that refreshes bit by bit": ("a.mkv", {"options": (("x264-params", "intra-refresh=1:keyint=12:bframes=0"),)}),
    "HEVC": ("a.mp4", {"video": "libx265", "options": (("x265-params", "log-level=none:open-gop=1"),)}),
    "VP9": ("a.webm", {"video": "libvpx-vp9"}),
    "AV1": ("a.mp4", {"video": "libsvtav1", "options": (("preset", "10"),)}),
    "MPEG-4": ("a.avi", {"video": "mpeg4", "options": (("bf", "1"),)}),
}


@pytest.mark.parametrize("name", ALONE)
def test_every_frame_can_be_had_alone_and_in_company(tmp_path, name):
    """Whatever is left out on the way to it."""
    file, changes = ALONE[name]
    path = write(tmp_path / file, audio="", seconds=6, **changes)
    with av.open(str(path)) as source:
        video = track([packet for packet in source.demux() if packet.size], 0.0)
        codec = source.streams.video[0].codec_context
        for wanted in [[7, 20, 33, 51], *([index] for index in range(len(video.times)))]:
            found = [time for time, _ in FrameDecoder(codec, video, 0.0).decode(np.array(wanted))]
            assert found == pytest.approx(video.times[wanted], abs=1e-3)


def test_frames_that_are_packed_together_come_out_in_order(tmp_path):
    path = _packed(tmp_path / "a.avi", write(tmp_path / "b.avi", video="mpeg4", audio="", options=(("bf", "1"),)))
    late = set()
    for seed in range(10):
        clip = decode.decode(path, 0, 10, need_sound=False, rng=np.random.default_rng(seed))
        late |= {round(time * 10) - read_number(picture) for time, picture in zip(clip.frame_times, clip.frames, strict=True)}
    assert late <= {0, 1, 2}
