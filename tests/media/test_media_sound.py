"""The sound of a segment: right pitch, right level, right length, from any file."""

import av
import numpy as np
import pytest
from toy_media import assert_tells_the_time, read_frequency, write

from a2i.media import decode
from a2i.media.container import MediaError
from a2i.media.mel import SAMPLE_RATE, SAMPLES, log_mel
from a2i.media.waveform import loud_moments


def _pcm(path, sound: np.ndarray, rate: int = 44100, layout: str = "stereo", encoder: str = "pcm_s16le"):
    """A sound file of float samples (samples, channels)."""
    with av.open(str(path), "w") as out:
        stream = out.add_stream(encoder, rate=rate, layout=layout)
        frame = av.AudioFrame.from_ndarray(np.ascontiguousarray(sound, np.float32).reshape(1, -1), "flt", layout)
        frame.sample_rate = rate
        for part in av.AudioResampler(stream.format, stream.layout, rate).resample(frame):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    return path


def _tone(seconds: float = 10, rate: int = 44100, frequency: float = 440) -> np.ndarray:
    return 0.5 * np.sin(2 * np.pi * frequency * np.arange(round(seconds * rate)) / rate)


@pytest.mark.parametrize("rate", [8000, 11025, 16000, 22050, 32000, 44100, 48000, 96000])
@pytest.mark.parametrize("encoder", ["pcm_u8", "pcm_s16le", "pcm_s24le", "pcm_f32le", "pcm_f64le"])
def test_pitch_and_level_are_kept_at_any_rate_and_sample_format(tmp_path, rate, encoder):
    tone = _tone(rate=rate)
    samples = decode.read_sound(_pcm(tmp_path / "a.wav", tone[:, None], rate, "mono", encoder))
    assert samples.shape == (SAMPLES,)
    assert samples.dtype == np.float32
    assert read_frequency(samples[50_000:150_000]) == pytest.approx(440, abs=1)
    assert np.abs(samples[50_000:150_000]).max() == pytest.approx(0.5, abs=0.01)
    assert abs(samples.mean()) < 0.005


@pytest.mark.parametrize("level", [1e10, 1e30, np.inf, np.nan])
def test_absurd_levels_give_a_finite_spectrogram(tmp_path, level):
    with np.errstate(invalid="ignore"):
        sound = (_tone() * level)[:, None]
    samples = decode.read_sound(_pcm(tmp_path / "a.wav", sound, layout="mono", encoder="pcm_f32le"))
    assert np.isfinite(log_mel(samples).astype(np.float16)).all()


@pytest.mark.parametrize(("layout", "channels"), [("mono", 1), ("stereo", 2), ("2.1", 3), ("4.0", 4), ("5.0", 5), ("5.1", 6), ("7.1", 8)])
def test_channels_are_averaged(tmp_path, layout, channels):
    """One channel sounds: what is left is its share."""
    sound = np.zeros((SAMPLES * 2, channels))
    sound[:, -1] = _tone()
    path = _pcm(tmp_path / "a.wav", sound, layout=layout, encoder="pcm_f32le")
    assert np.abs(decode.read_sound(path)[50_000:150_000]).max() == pytest.approx(0.5 / channels, rel=0.02)


def test_opposite_channels_cancel(tmp_path):
    tone = _tone()
    assert np.abs(decode.read_sound(_pcm(tmp_path / "a.wav", np.stack([tone, -tone], 1)))).max() < 1e-4


def test_nothing_above_half_the_new_rate_is_folded_down(tmp_path):
    assert np.abs(decode.read_sound(_pcm(tmp_path / "a.wav", _tone(frequency=15_000)[:, None], layout="mono"))[2000:-2000]).max() < 1e-3


def test_the_same_rate_is_passed_through_untouched(tmp_path):
    tone = _tone(rate=SAMPLE_RATE).astype(np.float32)
    path = _pcm(tmp_path / "a.wav", tone[:, None], SAMPLE_RATE, "mono", "pcm_f32le")
    assert np.array_equal(decode.read_sound(path), tone)


@pytest.mark.parametrize("seconds", [0.1, 3.0, 9.99])
def test_short_sound_is_padded_with_zeros(tmp_path, seconds):
    samples = decode.read_sound(_pcm(tmp_path / "a.wav", _tone(seconds)[:, None], layout="mono"))
    assert np.all(samples[round(seconds * SAMPLE_RATE) + 1 :] == 0)
    assert np.abs(samples[: round(seconds * SAMPLE_RATE)]).max() > 0.4


def test_long_sound_is_cut_at_ten_seconds(tmp_path):
    assert_tells_the_time(decode.read_sound(write(tmp_path / "a.mka", video="", seconds=25)))


@pytest.mark.parametrize(("name", "audio"), [("a.mp3", "libmp3lame"), ("a.flac", "flac"), ("a.ogg", "libopus"), ("a.m4a", "aac"), ("a.wav", "pcm_s16le"), ("a.mp4", "aac")])  # fmt: skip
def test_read_sound_takes_the_usual_sound_files(tmp_path, name, audio):
    video = "libx264" if name == "a.mp4" else ""
    assert_tells_the_time(decode.read_sound(write(tmp_path / name, video=video, audio=audio, rate=48000)))


def test_a_gap_in_the_time_stamps_is_silence_and_what_follows_keeps_its_place(tmp_path):
    source = write(tmp_path / "a.mka", video="", audio="pcm_s16le")
    with av.open(str(source)) as file, av.open(str(tmp_path / "gap.mka"), "w") as out:
        stream = out.add_stream_from_template(file.streams[0])
        for packet in file.demux():
            if packet.size and not 3000 <= packet.pts < 5000:
                packet.stream = stream
                out.mux(packet)
    samples = decode.read_sound(tmp_path / "gap.mka")
    assert np.all(samples[int(3.1 * SAMPLE_RATE) : int(4.9 * SAMPLE_RATE)] == 0)
    assert_tells_the_time(samples[: 3 * SAMPLE_RATE], seconds=3)
    assert_tells_the_time(samples[5 * SAMPLE_RATE :], first=5, seconds=5)


def test_sound_that_changes_from_stereo_to_mono_goes_on(tmp_path):
    """As a broadcast's does from a film to its advertisements."""
    parts = [write(tmp_path / f"{layout}.ts", video="", audio="mp2", rate=48000, layout=layout, seconds=5, delay=delay).read_bytes()
             for layout, delay in (("stereo", 0.0), ("mono", 5.0))]  # fmt: skip
    (tmp_path / "joined.ts").write_bytes(b"".join(parts))
    samples = decode.read_sound(tmp_path / "joined.ts")
    for first in (0, 5):
        assert_tells_the_time(samples[first * SAMPLE_RATE :], seconds=4)


def test_sound_without_picture_and_picture_without_sound_have_a_reason_unless_they_are_wanted(tmp_path):
    sound, picture = write(tmp_path / "s.mp4", video=""), write(tmp_path / "p.mp4", audio="")
    for path, reason in ((sound, "no_picture"), (picture, "no_sound")):
        with pytest.raises(MediaError) as caught:
            decode.decode(path, 0, 10)
        assert caught.value.reason == reason
    heard = decode.decode(sound, 0, 10, need_picture=False)
    assert heard.frames.shape == (0, 64, 64, 3)
    assert_tells_the_time(heard.samples)
    seen = decode.decode(picture, 0, 10, need_sound=False)
    assert (seen.sample_rate, seen.seconds, len(seen.frames)) == (0, 0.0, 3)
    assert not seen.samples.any()


def test_a_cover_picture_is_no_picture(tmp_path):
    with av.open(str(tmp_path / "a.mp3"), "w") as out:
        stream = out.add_stream("libmp3lame", rate=44100)
        cover = out.add_stream("mjpeg", rate=1)
        cover.width = cover.height = 32
        cover.pix_fmt = "yuvj420p"
        cover.disposition = 0x400
        out.mux(cover.encode(av.VideoFrame.from_ndarray(np.zeros((32, 32, 3), np.uint8), "rgb24")))
        out.mux(cover.encode(None))
        frame = av.AudioFrame.from_ndarray(_tone().astype(np.float32)[None], "flt", "mono")
        frame.sample_rate = 44100
        for part in av.AudioResampler(stream.format, stream.layout, 44100, stream.frame_size).resample(frame):
            out.mux(stream.encode(part))
        out.mux(stream.encode(None))
    with pytest.raises(MediaError) as caught:
        decode.decode(tmp_path / "a.mp3", 0, 10)
    assert caught.value.reason == "no_picture"


def test_loud_moments_lie_where_the_sound_is():
    samples = np.random.default_rng(0).normal(0, 0.001, SAMPLES).astype(np.float32)
    for start in (2.0, 6.0, 8.5):
        samples[int(start * SAMPLE_RATE) :][:11025] += _tone(0.5, SAMPLE_RATE).astype(np.float32)
    moments = loud_moments(samples, 3, 10)
    assert all(min(abs(moment - start - 0.25) for start in (2.0, 6.0, 8.5)) < 0.35 for moment in moments)
    assert np.all(np.diff(moments) > 1)


def test_loud_moments_of_a_steady_sound_are_spread():
    assert loud_moments(_tone(10, SAMPLE_RATE).astype(np.float32), 3, 10) == pytest.approx([10 / 6, 5, 50 / 6], abs=0.05)
    assert loud_moments(np.zeros(SAMPLES, np.float32), 2, 4) == pytest.approx([1, 3], abs=0.05)
