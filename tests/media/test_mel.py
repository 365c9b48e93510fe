"""The log-mel is librosa's."""

import numpy as np
import pytest

from a2i.media import mel


def _sound(kind: str) -> np.ndarray:
    rng = np.random.default_rng(0)
    seconds = np.arange(mel.SAMPLES) / mel.SAMPLE_RATE
    sounds = {
        "noise": 0.3 * rng.standard_normal(mel.SAMPLES),
        "tone": 0.8 * np.sin(2 * np.pi * 440 * seconds),
        "sweep": np.sin(2 * np.pi * (50 + 500 * seconds) * seconds),
        "quiet": 1e-5 * rng.standard_normal(mel.SAMPLES),
        "half silent": np.where(seconds < 5, 0, 0.1 * rng.standard_normal(mel.SAMPLES)),
        "fading": rng.standard_normal(mel.SAMPLES) * np.exp(-2 * seconds),
        "click": np.eye(1, mel.SAMPLES, 100_000)[0],
        "silence": np.zeros(mel.SAMPLES),
    }
    return sounds[kind].astype(np.float32)


SOUNDS = ["noise", "tone", "sweep", "quiet", "half silent", "fading", "click", "silence"]


@pytest.mark.parametrize("kind", SOUNDS)
def test_log_mel_equals_librosa_within_a_thousandth_of_a_decibel(kind):
    import librosa

    samples = _sound(kind)
    power = librosa.feature.melspectrogram(y=samples, sr=mel.SAMPLE_RATE)
    expected = librosa.power_to_db(power, ref=1.0, amin=1e-10, top_db=80)
    ours = mel.log_mel(samples)
    assert ours.shape == expected.shape == (mel.BANDS, mel.FRAMES)
    assert ours.dtype == np.float32
    assert np.abs(ours - expected).max() < 1e-3


def test_log_mel_of_a_tone_has_the_values_once_computed_with_librosa_0_11():
    ours = mel.log_mel(_sound("tone"))
    stored = {(16, 200): 38.8972, (15, 200): 28.5376, (17, 200): 31.0886, (60, 200): -41.1028, (16, 0): 34.4943}
    for place, value in stored.items():
        assert ours[place] == pytest.approx(value, abs=2e-3), place


def test_filter_bank_equals_librosa():
    import librosa

    assert np.abs(mel.filter_bank() - librosa.filters.mel(sr=22050, n_fft=2048)).max() < 1e-8


def test_loudness_shifts_the_log_mel_and_nothing_else():
    quiet, loud = mel.log_mel(_sound("noise") * 0.1), mel.log_mel(_sound("noise"))
    assert np.allclose(loud - quiet, 20.0, atol=1e-3)


def test_nothing_lies_more_than_80_db_below_the_peak():
    ours = mel.log_mel(_sound("tone"))
    assert ours.max() - ours.min() == pytest.approx(80.0, abs=1e-4)


def test_silence_is_the_floor():
    assert np.allclose(mel.log_mel(_sound("silence")), -100.0, atol=1e-4)


def test_another_length_is_an_error():
    with pytest.raises(ValueError, match="220500"):
        mel.log_mel(np.zeros(1000, np.float32))
