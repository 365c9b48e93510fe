"""Excerpts are small, playable and of the loudest part; the grid has a column a class."""

import base64
import io
import json

import av
import numpy as np
import pandas as pd
import toy_media
from PIL import Image

from a2i.media.mel import SAMPLE_RATE, SAMPLES
from a2i.viz import gallery


def quiet_with_a_burst() -> np.ndarray:
    wave = np.full(SAMPLES, 1e-4, np.float32)
    wave[6 * SAMPLE_RATE : 7 * SAMPLE_RATE] = 0.3 * np.sin(np.arange(SAMPLE_RATE) * 0.2)
    return wave


def decoded(data: bytes) -> np.ndarray:
    with av.open(io.BytesIO(data)) as container:
        return np.concatenate([frame.to_ndarray()[0] for frame in container.decode(audio=0)])


def test_excerpt_is_the_loudest_part_at_a_common_peak():
    wave = decoded(gallery.ogg(quiet_with_a_burst(), seconds=2))
    assert 1.9 < len(wave) / 48000 < 2.2
    assert 0.4 < np.abs(wave).max() < 1
    assert np.sqrt(np.mean(wave**2)) > 0.1  # the burst fills half of it


def test_excerpt_from_a_moment_on_begins_there():
    assert np.abs(decoded(gallery.ogg(quiet_with_a_burst(), seconds=1, start=6.0))).max() > 0.4
    early = decoded(gallery.ogg(quiet_with_a_burst(), seconds=1, start=5.5))[: 48000 // 3]
    assert np.abs(early).max() < 0.05
    assert len(decoded(gallery.ogg(quiet_with_a_burst(), seconds=2, start=9.9))) > 1.9 * 48000, "near the end, the end"


def test_the_example_of_a_class_is_read_where_it_is_that_clips(tmp_path):
    (tmp_path / "cat.ogg").write_bytes(gallery.ogg(quiet_with_a_burst()))
    (tmp_path / "clips.json").write_text(json.dumps({"cat": "a_0"}))
    assert abs(np.abs(gallery.example(tmp_path, "cat", "a_0")).argmax() / SAMPLE_RATE - 6.5) < 0.6
    assert gallery.example(tmp_path, "cat", "b_0") is None
    assert gallery.example(tmp_path, "dog", "a_0") is None


def test_four_seconds_take_less_than_30_kb():
    assert len(gallery.ogg(np.random.default_rng(0).normal(0, 0.1, SAMPLES).astype(np.float32), seconds=4)) < 30_000


def test_a_player_names_the_true_media_type_of_its_sound():
    data = gallery.ogg(quiet_with_a_burst(), seconds=1)
    page = gallery.player(data)._repr_html_()
    assert 'type="audio/ogg"' in page
    assert f"data:audio/ogg;base64,{base64.b64encode(data).decode()}" in page


def test_silence_becomes_a_silent_excerpt():
    assert np.abs(decoded(gallery.ogg(np.zeros(SAMPLES, np.float32), seconds=1))).max() < 0.01


def test_grid_has_a_column_a_class_and_the_sounds_there_are(tmp_path):
    (tmp_path / "sounds").mkdir()
    (tmp_path / "sounds" / "cat.ogg").write_bytes(b"sound")
    columns = {name: np.full((5, 64, 64, 3), 9, np.uint8) for name in ("cat", "dog")}
    gallery.write_grid(tmp_path / "out", columns, tmp_path / "sounds", rows=4)
    cat, dog = json.loads((tmp_path / "out" / "grid.json").read_text())["columns"]
    assert (cat["title"], cat["ogg"]) == ("Cat", "cat.ogg")
    assert "ogg" not in dog
    assert Image.open(tmp_path / "out" / "cat.png").size == (128, 4 * 128)
    assert Image.open(tmp_path / "out" / "grid.png").height > 4 * 64


def test_the_course_is_a_gif_with_a_frame_a_moment_that_rests_on_the_last(tmp_path):
    moments = [np.full((count, 64, 64, 3), 40 * i, np.uint8) for i, count in enumerate((25, 25, 25))]
    gallery.write_course(tmp_path / "course.gif", moments)
    with Image.open(tmp_path / "course.gif") as gif:
        assert gif.n_frames == 3
        assert gif.size == (10 * 128, 2 * 128)
        gif.seek(2)
        assert gif.info["duration"] == 3000
    gallery.write_course(tmp_path / "few.gif", [picture[:3] for picture in moments])
    with Image.open(tmp_path / "few.gif") as gif:
        assert gif.size == (3 * 128, 128)


def test_sounds_beside_a_store_are_those_of_the_clips_whose_media_lie_there(tmp_path):
    clips = pd.DataFrame({"clip_id": ["a_0", "b_0"], "source_id": ["abcdefghijk", "bcdefghijkl"], "label": ["cat", "dog"]})
    clips = clips.assign(start=0.0, end=10.0)
    assert gallery.beside(tmp_path / "none", clips) == {}
    toy_media.write(tmp_path / "abcdefghijk.mp4")
    assert list(gallery.beside(tmp_path, clips)) == ["cat"]
