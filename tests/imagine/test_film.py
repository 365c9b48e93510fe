"""A study as a file: what is in it, and when."""

import av
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from a2i import imagine
from a2i.core.errors import A2IError


@pytest.fixture(scope="module")
def recording(hum, hiss):
    """Twelve seconds."""
    return np.concatenate([hiss[:176400], hum])


def test_a_film_of_a_recording_is_as_long_as_it_with_its_sound_and_changes_at_its_moments(pair, recording, tmp_path):
    study = imagine.slide(pair, recording, hop=2.0, count=2)
    imagine.write_study(study, tmp_path / "film.mp4", sound=recording)
    with av.open(str(tmp_path / "film.mp4")) as film:
        frames = [frame.to_ndarray(format="rgb24") for frame in film.decode(film.streams.video[0])]
        rate = float(film.streams.video[0].average_rate)
    assert len(frames) / rate == pytest.approx(12, abs=0.3)
    assert frames[0].shape == (256, 512, 3)
    for number, moment in enumerate(study.values):
        seen = frames[int(moment * rate)].astype(int)[::4, ::4]
        assert np.abs(seen - np.concatenate(list(study.pictures[number]), 1)).mean() < 25, "but for what coding loses"
    heard = imagine.read_sound(tmp_path / "film.mp4")
    assert len(heard) / 22050 == pytest.approx(12, abs=0.2)
    assert np.sqrt(np.mean(heard[-44100:] ** 2)) == pytest.approx(np.sqrt(np.mean(recording[-44100:] ** 2)), rel=0.1)


def test_a_looping_film_has_a_frame_a_value_and_a_strip_lies_beside_its_csv(pair, hum, hiss, tmp_path):
    study = imagine.mix(pair, hum, hiss, shares=(0, 0.5, 1))
    imagine.write_study(study, tmp_path / "mix.gif")
    assert Image.open(tmp_path / "mix.gif").n_frames == 3
    imagine.write_study(study, tmp_path / "mix.png")
    table = pd.read_csv(tmp_path / "mix.csv")
    assert list(table.columns) == ["share of the second sound", "low", "high", "heard"]
    assert len(table) == 3
    assert min(Image.open(tmp_path / "mix.png").size) > 60


def test_another_ending_is_one_sentence_and_a_sound_is_needed_for_a_film_with_sound(pair, hum, tmp_path):
    study = imagine.volume(pair, hum, gains=(0,))
    for name in ("x.mp4", "x.txt", "x"):
        with pytest.raises(A2IError, match=r"name a \.png"):
            imagine.write_study(study, tmp_path / name)
    assert list(tmp_path.iterdir()) == []
