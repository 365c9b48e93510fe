"""Changed sounds are changed as they say, go through real files, and are heard as the clips are."""

from functools import partial

import numpy as np
import pandas as pd
import pytest
import torch
from scipy.io import wavfile

from a2i.evaluation import robustness
from a2i.evaluation.calibration import Calibration
from a2i.media import mel
from a2i.models.encoder import Encoder

TIME = np.arange(mel.SAMPLES) / mel.SAMPLE_RATE


@pytest.fixture(scope="module")
def sounds() -> np.ndarray:
    """Four seconds of a tone, low or high, from 3 s on."""
    on = (TIME > 3) & (TIME < 7)
    return np.stack([0.3 * on * np.sin(2 * np.pi * hz * TIME) for hz in (300, 6000)]).astype(np.float32)


@pytest.fixture(scope="module")
def changed(sounds) -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {f"{c.kind} {c.level}".strip(): c.change(sounds, rng) for c in robustness.conditions(np.array([0, 1]))}


def power(sound: np.ndarray) -> float:
    return float(np.square(sound, dtype=np.float64).mean())


def test_every_change_gives_sounds_that_can_be_heard(changed):
    for name, sounds in changed.items():
        assert sounds.shape == (2, mel.SAMPLES * (6 if name == "length 60 s" else 1)), name
        assert sounds.dtype == np.float32, name
        assert np.isfinite(sounds).all(), name


@pytest.mark.parametrize("kind", ["sample rate 8 kHz", "MP3 8 kbit/s"])
def test_a_coarse_file_keeps_the_low_tone_and_loses_the_high_one(changed, sounds, kind):
    assert power(changed[kind][0]) == pytest.approx(power(sounds[0]), rel=0.1)
    assert power(changed[kind][1]) < 0.01 * power(sounds[1])


def test_a_finer_file_changes_nothing_to_be_heard(changed, sounds):
    assert power(changed["sample rate 96 kHz"] - sounds) < 1e-4 * power(sounds)


@pytest.mark.parametrize("below", [20, 10, 0])
def test_noise_and_second_sounds_are_as_far_below_as_they_say(changed, sounds, below):
    for kind in ("white noise", "second sound"):
        added = changed[f"{kind} {below} dB below"] - sounds
        assert 10 * np.log10(power(sounds[0]) / power(added[0])) == pytest.approx(below, abs=0.3)


def test_a_cut_keeps_the_sounding_part(changed, sounds):
    assert power(changed["length 2 s"]) == pytest.approx(power(sounds) / 2, rel=0.02)


def test_the_sound_is_found_in_a_minute_by_the_attention(changed, sounds):
    model = Listener()
    found = robustness._telling(model, changed["length 60 s"])
    assert power(found) > 0.9 * power(sounds)


class Listener(Encoder):
    """An encoder that attends to what is loud."""

    def __init__(self):
        super().__init__(2, width=4, embedding=8)

    def steps(self, log_mel):
        level = log_mel.amax((1, 2))[..., :-15].unfold(1, 16, 16).mean(2)
        return level[:, None], (level / 5).softmax(1)


def test_a_row_a_condition_counts_the_hits_and_what_is_called_none(sounds, monkeypatch):
    monkeypatch.setattr(robustness, "conditions", lambda target: [robustness.Condition("cut", "1 s", partial(robustness._cut, length=1))])
    torch.manual_seed(0)
    model = Encoder(2, width=4, embedding=8).eval()
    embedding, logit = robustness.hear(model, robustness._cut(sounds, None, length=1))
    known = Calibration(1.0, 0.5, embedding / np.linalg.norm(embedding, axis=1, keepdims=True))
    row = robustness.measure(model, known, sounds, logit.argmax(1)).iloc[0]
    assert row[["kind", "level", "n", "accuracy", "none"]].tolist() == ["cut", "1 s", 2, 1.0, 0.0]
    assert robustness.measure(model, known, sounds, 1 - logit.argmax(1))["accuracy"].tolist() == [0.0]
    table = robustness.refused(model, known)
    assert table.loc["white noise", "n"] == 5
    assert table["surest"].between(0.5, 1).all()


def test_sounds_of_clips_are_read_where_their_files_lie_and_none_without_them(tmp_path):
    tone = 0.2 * np.sin(2 * np.pi * 300 * TIME)
    wavfile.write(tmp_path / "abcdefghijk.wav", mel.SAMPLE_RATE, tone.astype(np.float32))
    clips = pd.DataFrame({"clip_id": ["abcdefghijk_0", "zzzzzzzzzzz_0"], "source_id": ["abcdefghijk", "zzzzzzzzzzz"],
                          "start": 0.0, "end": 10.0})  # fmt: skip
    store = type("Clips", (), {"ok": clips})
    found, there = robustness.waveforms(store, np.arange(2), tmp_path)
    assert there.tolist() == [0]
    assert power(found[0]) == pytest.approx(0.02, rel=0.05)
    assert len(robustness.waveforms(store, np.arange(2), tmp_path / "none")[0]) == 0
