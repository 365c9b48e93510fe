"""Files that mean harm are refused or recorded, within the limits, and open nothing but themselves."""

import os
import re
import socket
import struct
import threading
import wave
import zlib
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest
from toy_clips import CLASSES, clip_table
from toy_media import write

from a2i.curation.curate import CurateSettings, curate
from a2i.curation.tasks import ClipTask, decode_clip, read_staged
from a2i.media import container, decode
from a2i.media.container import MediaError

pytestmark = pytest.mark.slow


def reason(path: Path | str, **how) -> str:
    """Why a file gives no clip; "ok" where it does."""
    try:
        decode.decode(path, how.pop("start", 0), how.pop("end", 10), **how)
    except MediaError as error:
        return error.reason
    return "ok"


@pytest.fixture(scope="module")
def good(tmp_path_factory) -> Path:
    return write(tmp_path_factory.mktemp("good") / "good.mp4", seconds=10, fps=5)


@pytest.fixture
def listener():
    """A server on loopback that remembers whether anybody came."""
    visitors = []
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(0.1)
        stop = threading.Event()

        def listen() -> None:
            while not stop.is_set():
                try:
                    visitors.append(server.accept())
                except TimeoutError:
                    pass

        thread = threading.Thread(target=listen)
        thread.start()
        yield server.getsockname()[1], visitors
        stop.set()
        thread.join()


PLAYLISTS = {
    "HLS, a local file": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{file}\n#EXT-X-ENDLIST\n",
    "HLS, an address": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n{url}\n#EXT-X-ENDLIST\n",
    "HLS, a master list": "#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\n{url}\n",
    "concat": "ffconcat version 1.0\nfile '{file}'\n",
    "concat, an address": "ffconcat version 1.0\nfile '{url}'\n",
    "DASH": '<?xml version="1.0"?><MPD xmlns="urn:mpeg:dash:schema:mpd:2011" type="static"><Period><AdaptationSet><Representation'
            ' id="1" mimeType="video/mp4" bandwidth="1"><BaseURL>{url}</BaseURL></Representation></AdaptationSet></Period></MPD>',
    "SDP": "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=x\nc=IN IP4 127.0.0.1\nt=0 0\nm=audio {port} RTP/AVP 0\n",
    "RTSP redirect": "rtsptext\nrtsp://127.0.0.1:{port}/a\n",
    "subtitles": "1\n00:00:00,000 --> 00:00:10,000\nhello\n",
    "a page": "<html><img src='{url}'></html>",
}  # fmt: skip


@pytest.mark.parametrize("kind", PLAYLISTS)
@pytest.mark.parametrize("name", ["a.mp4", "a.m3u8", "a.mpd", "a.txt"])
def test_a_list_of_other_files_is_refused_and_nothing_it_names_is_opened(tmp_path, good, listener, kind, name):
    port, visitors = listener
    text = PLAYLISTS[kind].format(file=good, url=f"http://127.0.0.1:{port}/a.mp4", port=port)
    (tmp_path / name).write_text(text)
    assert reason(tmp_path / name) == "unreadable"
    assert visitors == []


@pytest.mark.parametrize("name", ["concat:a|b.mp4", "http:x.mp4", "-i", "--exec", "file:a.mp4", "pipe:0", "%03d.mp4", "a\nb.mp4", "*.mp4"])
def test_a_file_name_is_never_taken_for_anything_else(tmp_path, good, monkeypatch, name):
    (tmp_path / name).write_bytes(good.read_bytes())
    monkeypatch.chdir(tmp_path)
    assert reason(name) == "ok"
    assert reason(f"{name}.gone") == "missing"


@pytest.mark.parametrize("name", ["http://127.0.0.1:1/a.mp4", "subfile,,start,0,end,9,,:/etc/passwd", "data:video/mp4;base64,AAAA", "a\0b"])
def test_an_address_or_an_impossible_name_is_no_file(name):
    assert reason(name) == "missing"


def test_a_name_that_is_too_long_is_refused():
    assert reason("x" * 10_000) == "refused"


def test_what_is_no_plain_file_is_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.mp4")
    (tmp_path / "folder.mp4").mkdir()
    (tmp_path / "loop.mp4").symlink_to(tmp_path / "loop.mp4")
    for path in (tmp_path / "pipe.mp4", tmp_path / "folder.mp4", tmp_path / "loop.mp4", "/dev/zero"):
        assert reason(path) == "refused"


def test_a_track_that_points_to_another_file_shows_nothing_of_it(tmp_path, good):
    """mp4 can say that a track's bytes lie elsewhere."""
    content = good.read_bytes()
    assert content.count(b"url \0\0\0\x01") == 2
    path = tmp_path / "a.mp4"
    path.write_bytes(content.replace(b"url \0\0\0\x01", b"url \0\0\0\0"))
    shown, own = decode.decode(path, 0, 10), decode.decode(good, 0, 10)
    assert np.array_equal(shown.samples, own.samples)
    assert np.array_equal(shown.frames, own.frames)


def _boxes(content: bytes, kind: bytes) -> list[int]:
    """Where the payload of each box of a kind begins."""
    return [match.end() for match in re.finditer(re.escape(kind), content)]


def _claim_frames(source: Path, path: Path, count: int, seconds: int) -> Path:
    """Patches an mp4 to claim `count` frames of one byte over `seconds` in each track."""
    content = bytearray(source.read_bytes())
    for at in _boxes(content, b"stsz"):
        content[at + 4 : at + 12] = struct.pack(">II", 1, count)
    for at in _boxes(content, b"stts"):
        content[at + 4 : at + 16] = struct.pack(">III", 1, count, max(seconds * 12800 // count, 1))
    for at in _boxes(content, b"stsc"):
        content[at + 4 : at + 20] = struct.pack(">IIII", 1, 1, count, 1)
    path.write_bytes(content)
    return path


def test_a_video_that_claims_a_million_frames_is_recorded(tmp_path, good):
    assert reason(_claim_frames(good, tmp_path / "a.mp4", 1_000_000, 10)) == "truncated"


def test_a_segment_of_a_million_packets_is_refused(tmp_path):
    path = tmp_path / "a.mka"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_u8", rate=96000, layout="mono")
        out.start_encoding()
        for number in range(110_000):
            packet = av.Packet(b"\x80")
            packet.stream, packet.pts, packet.dts = stream, number // 20, number // 20
            out.mux(packet)
    assert reason(path, need_picture=False) == "too_large"


def _png(width: int, height: int) -> bytes:
    """A PNG that claims a size and holds a few bytes."""
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(bytes(100_000))) + chunk(b"IEND", b"")


@pytest.mark.parametrize("told", [(64, 64), (30_000, 30_000), (16_000, 16_000), (60_000, 2)])
def test_a_picture_of_30_000_by_30_000_is_refused_whatever_the_container_says(tmp_path, told):
    path = tmp_path / "a.mov"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("png", rate=1)
        stream.width, stream.height, stream.pix_fmt = 64, 64, "rgb24"
        out.start_encoding()
        for second in range(10):
            packet = av.Packet(_png(30_000, 30_000))
            packet.stream, packet.pts, packet.dts, packet.is_keyframe = stream, second, second, True
            packet.time_base = Fraction(1)
            out.mux(packet)
    content = bytearray(path.read_bytes())
    size = _boxes(content, b"png ")[-1] + 24
    assert content[size : size + 4] == struct.pack(">HH", 64, 64)
    content[size : size + 4] = struct.pack(">HH", *told)
    path.write_bytes(content)
    assert reason(path, need_sound=False) == "no_picture"


def test_a_real_picture_beyond_the_limit_is_refused_before_it_is_decoded(tmp_path):
    path = tmp_path / "a.mkv"
    with av.open(str(path), "w") as out:
        stream = out.add_stream("mjpeg", rate=1)
        stream.width, stream.height, stream.pix_fmt = 9600, 9600, "yuvj420p"
        frame = av.VideoFrame(9600, 9600, "yuvj420p")
        for plane in frame.planes:
            plane.update(bytes(plane.buffer_size))
        out.mux(stream.encode(frame))
        out.mux(stream.encode(None))
    assert path.stat().st_size < 3 << 20
    assert reason(path, need_sound=False, kind="segment") == "no_picture"


def test_a_size_that_changes_in_the_middle_is_read_as_it_comes(tmp_path):
    small, large = write(tmp_path / "s.ts", width=96, height=72, audio="mp2", seconds=5), tmp_path / "l.ts"
    write(large, width=320, height=240, audio="mp2", seconds=5, delay=5.0)
    (tmp_path / "joined.ts").write_bytes(small.read_bytes() + large.read_bytes())
    clip = decode.decode(tmp_path / "joined.ts", 0, 10, frames=4, frame_sampling="spread")
    assert clip.frames.shape == (4, 64, 64, 3)


def _two_moments(path: Path, apart: float) -> Path:
    """Sound of two instants, with nothing between them."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream("pcm_s16le", rate=8000, layout="mono")
        out.start_encoding()
        for second in (0.0, apart):
            packet = av.Packet(bytes(1600))
            packet.stream, packet.pts, packet.dts = stream, round(second * 1000), round(second * 1000)
            out.mux(packet)
    return path


def test_a_day_of_silence_in_a_few_bytes_is_refused_as_too_long(tmp_path):
    path = _two_moments(tmp_path / "a.mka", 86_400)
    assert path.stat().st_size < 10_000
    assert reason(path, need_picture=False) == "too_long"


def test_hours_of_silence_in_a_few_bytes_give_ten_seconds(tmp_path):
    path = _two_moments(tmp_path / "a.mka", 30_000)
    for kind in ("segment", "whole", "auto"):
        clip = decode.decode(path, 0, 10, kind=kind, need_picture=False)
        assert clip.samples.shape == (220_500,)


@pytest.mark.parametrize(
    ("channels", "rate", "status"),
    [(60_000, 8000, "truncated"), (64, 8000, "truncated"), (2, 4_000_000_000, "unreadable"), (2, 1, "no_sound"), (0, 8000, "truncated")],
)
def test_headers_of_sound_that_make_no_sense_are_recorded(tmp_path, channels, rate, status):
    with wave.open(str(tmp_path / "a.wav"), "wb") as out:
        out.setparams((2, 2, 8000, 0, "NONE", ""))
        out.writeframes(bytes(80_000))
    content = bytearray((tmp_path / "a.wav").read_bytes())
    content[22:28] = struct.pack("<HI", channels, rate)
    (tmp_path / "a.wav").write_bytes(content)
    assert reason(tmp_path / "a.wav", need_picture=False) == status


NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize("kind", ["auto", "segment"])
@pytest.mark.parametrize(("start", "end"), [(NAN, 10), (0, NAN), (5, 5), (9, 3), (1e18, 1e18 + 10), (INF, INF)])
def test_segments_that_make_no_sense_are_recorded(good, start, end, kind):
    assert reason(good, start=start, end=end, kind=kind) == "outside"


@pytest.mark.parametrize("kind", ["auto", "segment"])
@pytest.mark.parametrize(("start", "end"), [(-5, 5), (0, 1e12)])
def test_of_a_segment_that_reaches_beyond_the_file_what_is_there_is_taken(good, start, end, kind):
    assert reason(good, start=start, end=end, kind=kind) == "ok"


def test_broken_text_in_the_tags_does_no_harm(tmp_path, good):
    path = tmp_path / "a.mkv"
    with av.open(str(good)) as source, av.open(str(path), "w") as out:
        out.metadata["title"] = "TITLETITLE"
        streams = [out.add_stream_from_template(stream) for stream in source.streams]
        for packet in source.demux():
            if packet.size:
                packet.stream = streams[packet.stream_index]
                out.mux(packet)
    path.write_bytes(path.read_bytes().replace(b"TITLETITLE", b"\xff\xfe\x80=CMD()"))
    assert reason(path) == "ok"


def test_a_codec_that_is_not_on_the_list_is_refused(tmp_path, monkeypatch, good):
    monkeypatch.setattr(container, "CODECS", "aac")
    with pytest.raises(MediaError) as caught:
        decode.decode(good, 0, 10)
    assert (caught.value.reason, caught.value.detail) == ("refused", "codec h264")


def test_a_picture_that_is_refused_costs_no_sound_where_sound_alone_is_wanted(monkeypatch, good):
    heard = decode.decode(good, 0, 10)
    monkeypatch.setattr(container, "CODECS", "aac")
    assert np.array_equal(decode.read_sound(good), heard.samples)
    alone = decode.decode(good, 0, 10, need_picture=False)
    assert np.array_equal(alone.samples, heard.samples)
    assert len(alone.frames) == 0


def test_a_file_of_which_nothing_can_be_decoded_is_never_ok(tmp_path):
    """Not even where neither sound nor picture is needed."""
    path = write(tmp_path / "a.mkv", seconds=1, video="ffv1", audio="")
    with av.open(str(path)) as source, av.open(str(tmp_path / "b.mkv"), "w") as out:
        stream = out.add_stream_from_template(source.streams[0])
        for packet in source.demux():
            if packet.size:
                empty = av.Packet(bytes(packet.size))
                empty.stream, empty.pts, empty.dts, empty.time_base = stream, packet.pts, packet.dts, packet.time_base
                out.mux(empty)
    assert reason(tmp_path / "b.mkv", end=1, need_sound=False, need_picture=False) == "no_picture"


def test_a_format_that_is_not_on_the_list_is_refused(tmp_path):
    path = write(tmp_path / "a.nut", video="", audio="pcm_s16le", seconds=1)
    assert reason(path, need_picture=False) == "unreadable"


def test_a_folder_of_hostile_files_is_curated_in_time_and_memory_beside_good_clips(tmp_path, good):
    """All at once in the workers, with little of both."""
    _claim_frames(good, tmp_path / "million.mp4", 4_000_000, 10)
    _two_moments(tmp_path / "day.mka", 86_400)
    (tmp_path / "list.mp4").write_text(PLAYLISTS["HLS, a local file"].format(file=good))
    (tmp_path / "empty.mp4").write_bytes(b"")
    os.mkfifo(tmp_path / "pipe.mp4")
    names = [str(good), "million.mp4", "day.mka", "list.mp4", "empty.mp4", "pipe.mp4", str(good)]
    clips = clip_table(tmp_path, names)
    store = curate(clips, tmp_path / "store", CLASSES, CurateSettings(workers=2, timeout_s=20, memory_mb=256))
    statuses = list(store.clips["status"])
    assert statuses[0] == statuses[-1] == "ok"
    assert all(status != "ok" for status in statuses[1:-1])
    assert not set(statuses) & {"crashed", "timeout"}
    assert store.verify() == []


def test_an_error_that_nobody_foresaw_is_the_clips_own(tmp_path, monkeypatch, good):
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("float division by zero")

    monkeypatch.setattr(decode, "decode", fail)
    task = ClipTask(str(tmp_path), 0, 0, "id", str(good), "auto", 0, 10, 3, 64, "random", 0, True, True)
    assert decode_clip(task) == "unreadable"
    assert read_staged(task.place)[0].detail == "ZeroDivisionError: float division by zero"


def test_nothing_of_a_damaged_file_is_said_on_the_terminal(tmp_path, good, capfd):
    content = bytearray(good.read_bytes())
    content[2000:2200] = bytes(200)
    (tmp_path / "a.mp4").write_bytes(content)
    decode_clip(ClipTask(str(tmp_path), 0, 0, "id", str(tmp_path / "a.mp4"), "auto", 0, 10, 3, 64, "random", 0, True, True))
    assert capfd.readouterr() == ("", "")
