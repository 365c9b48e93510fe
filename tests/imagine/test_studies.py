"""What a study changes, and what it leaves as it is."""

import numpy as np
import pytest

from a2i import imagine
from a2i.core.errors import A2IError
from a2i.imagine.studies import mixtures


def test_a_walk_begins_and_ends_with_the_pictures_of_the_two_sounds(pair, hum, hiss):
    walk = imagine.morph(pair, hum, hiss, shares=(0, 0.5, 1), count=2, seed=3)
    alone = pair.draw(pair.hear(hum, hiss).description, count=2, seed=3)
    assert np.array_equal(walk.pictures[[0, 2]], alone)
    assert walk.probability[[0, 2]] == pytest.approx(pair.hear(hum, hiss).probability, abs=1e-5)
    assert walk.pictures.shape == (3, 2, 64, 64, 3)


def test_a_mixture_has_the_energy_shares_that_were_asked_for_and_the_sounds_themselves_at_its_ends(hum, hiss):
    first, half, last = mixtures(hum, hiss, (0, 0.5, 1))
    padded = np.pad(hum, (0, len(hiss) - len(hum)))
    assert first == pytest.approx(padded, abs=1e-6)
    assert last == pytest.approx(hiss, abs=1e-6)
    parts = np.linalg.lstsq(np.stack([padded, hiss], 1), half, rcond=None)[0]
    of_hum, of_hiss = (np.sum((weight * sound) ** 2) for weight, sound in zip(parts, (padded, hiss)))
    assert of_hiss / (of_hum + of_hiss) == pytest.approx(0.5, abs=1e-3)


def test_the_volume_is_in_decibels_and_what_lies_beneath_keeps_its_own(pair, hum, hiss):
    study = imagine.volume(pair, hum, gains=(-6, 0, 20 * np.log10(2)), beneath=hiss, seed=1)
    padded = np.pad(hum, (0, len(hiss) - len(hum)))
    assert np.array_equal(study.pictures[1], pair.draw(pair.hear(padded + hiss).description, seed=1)[0])
    assert np.array_equal(study.pictures[2], pair.draw(pair.hear(2 * padded + hiss).description, seed=1)[0])


def test_same_sound_same_picture_wherever_it_stands_in_a_study(pair, hum):
    study = imagine.volume(pair, hum, gains=(0, -6, 0))
    assert np.array_equal(study.pictures[0], study.pictures[2])
    again = imagine.volume(pair, hum, gains=(0,))
    assert np.array_equal(study.pictures[0], again.pictures[0])


def test_a_slide_shows_at_each_moment_the_ten_seconds_around_it_and_black_in_silence(pair, hiss):
    recording = np.concatenate([hiss, np.zeros(4 * len(hiss), np.float32), 2 * hiss])
    study = imagine.slide(pair, recording, hop=5.0)
    assert study.values.tolist() == list(range(0, 60, 5))
    assert np.array_equal(study.pictures[0], pair.draw(pair.hear(hiss).description)[0])
    assert np.array_equal(study.pictures[-1], pair.draw(pair.hear(2 * hiss).description)[0])
    assert not study.pictures[5].any()
    assert np.isnan(study.probability[5]).all()
    assert len(imagine.slide(pair, hiss[:11025]).values) == 1, "half a second is one picture"


def test_the_table_has_a_row_a_value_and_a_column_a_class(pair, hum, hiss):
    table = imagine.mix(pair, hum, hiss, shares=(0.25, 0.75)).table()
    assert list(table.columns) == ["low", "high"]
    assert list(table.index) == [0.25, 0.75]
    assert table.sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)


@pytest.mark.parametrize(
    ("study", "sounds", "asked"),
    [
        ("morph", 1, {"shares": (0, 1.5)}),
        ("mix", 1, {"shares": ()}),
        ("mix", 1, {"shares": (float("nan"),)}),
        ("volume", 0, {"gains": (100,)}),
        ("volume", 0, {"gains": "loud"}),
        ("slide", 0, {"hop": 0}),
        ("slide", 0, {"hop": float("nan")}),
        ("slide", 0, {"count": 0}),
        ("morph", 1, {"seed": -1}),
    ],
)
def test_a_wrong_request_is_one_sentence(pair, hum, hiss, study, sounds, asked):
    with pytest.raises(A2IError) as caught:
        getattr(imagine, study)(pair, hum, *[hiss] * sounds, **asked)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("sound", [np.zeros((2, 22050)), np.zeros(0), [float("nan")] * 9, "call.wav", None])
@pytest.mark.parametrize("study", ["morph", "mix", "volume", "slide"])
def test_what_is_no_sound_is_one_sentence(pair, hum, study, sound):
    with pytest.raises(A2IError) as caught:
        getattr(imagine, study)(pair, sound, *[hum] * (study in ("morph", "mix")))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("study", ["morph", "mix", "volume", "slide"])
def test_silence_is_nothing_heard(pair, hum, study):
    with pytest.raises(imagine.NothingHeard):
        getattr(imagine, study)(pair, np.zeros(22050), *[hum] * (study in ("morph", "mix")))
