"""The mini world's sounds follow their specs."""

import numpy as np
import pytest

from a2i.media.mel import SAMPLE_RATE, SECONDS
from a2i.miniworld.beneath import BENEATH, beneath
from a2i.miniworld.clip import draw
from a2i.miniworld.mix import source, synthesise
from a2i.miniworld.scene import ShortCalls, scenes
from a2i.miniworld.synth import coloured, harmonics

NAMES = list(scenes())
CALLERS = [name for name, scene in scenes().items() if isinstance(scene.calls, ShortCalls)]
ATTRIBUTES = [(name, attribute.name) for name, scene in scenes().items() for attribute in scene.attributes]


def spectrum(sound: np.ndarray) -> np.ndarray:
    """Mean power in 60 bands of equal ratio from 60 Hz to 10 kHz, dB."""
    power = np.abs(np.fft.rfft(sound)) ** 2
    edges = np.searchsorted(np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE), np.geomspace(60, 10000, 61))
    return 10 * np.log10(np.add.reduceat(power, edges)[:-1] + 1e-9)


def envelope(sound: np.ndarray, rate: int = 200) -> np.ndarray:
    """RMS of the sound, `rate` values a second."""
    step = SAMPLE_RATE // rate
    return np.sqrt((sound[:len(sound) // step * step].reshape(-1, step) ** 2).mean(axis=1))


def centre(sound: np.ndarray) -> float:
    """The spectrum's centre of gravity, Hz."""
    power = np.abs(np.fft.rfft(sound)) ** 2
    return float((power * np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE)).sum() / power.sum())


@pytest.mark.parametrize("label", NAMES)
def test_a_clip_is_finite_within_range_and_as_long_as_its_script(label):
    spec = draw(label, 3)
    sound = synthesise(spec)
    assert sound.dtype == np.float32 and sound.shape == (round(spec.seconds * SAMPLE_RATE),)
    assert np.isfinite(sound).all() and 0.005 < np.abs(sound).max() < 1


@pytest.mark.parametrize("label", NAMES)
def test_the_same_script_gives_the_same_sound(label):
    assert np.array_equal(synthesise(draw(label, 5)), synthesise(draw(label, 5)))


@pytest.mark.parametrize(("label", "attribute"), ATTRIBUTES)
def test_every_attribute_is_heard(label, attribute):
    in_time, in_pitch = [], []
    for seed in range(4):
        low, high = (source(draw(label, seed, **{attribute: value})) for value in (0.05, 0.95))
        in_time.append(np.abs(envelope(low) - envelope(high)).mean() / envelope(low).mean())
        in_pitch.append(np.abs(spectrum(low) - spectrum(high)).mean())
    assert np.mean(in_time) > 0.4 or np.mean(in_pitch) > 2.0, (in_time, in_pitch)


@pytest.mark.parametrize("label", ["cat", "dog", "baby", "rooster"])
def test_larger_animals_have_lower_voices(label):
    small, large = (centre(source(draw(label, 6, size=size))) for size in (0.0, 1.0))
    assert large < small


@pytest.mark.parametrize("count", [0.0, 0.5, 1.0])
def test_as_many_bangs_are_heard_as_bursts_are_seen(count):
    spec = draw("fireworks", 8, count=count, size=0.0, tone=0.0)
    assert len(spec.calls) == round(7 + 11 * count)
    loud = envelope(source(spec))
    before = np.concatenate([np.zeros(4), loud])[:len(loud)]
    onsets = np.flatnonzero((loud > 2 * before) & (loud > 0.25 * loud.max()))
    assert len(onsets) and np.sum(np.diff(onsets, prepend=-100) > 40) == len(spec.calls)


@pytest.mark.parametrize(("label", "slow", "fast"), [("helicopter", 8, 22), ("train", 1.5, 6)])
@pytest.mark.parametrize("rate", [0.2, 0.8])
def test_the_beat_is_heard_at_the_rate_that_the_attribute_says(label, slow, fast, rate):
    spec = draw(label, 9, rate=rate)
    loud = envelope(source(spec)[round(spec.start * SAMPLE_RATE):round(spec.end * SAMPLE_RATE)])
    strength = np.abs(np.fft.rfft(loud - loud.mean()))
    freqs = np.fft.rfftfreq(len(loud), 1 / 200)
    near = np.abs(freqs - slow - (fast - slow) * rate) < 0.3
    assert strength[near].max() > 8 * np.median(strength)


@pytest.mark.parametrize("label", CALLERS)
def test_calls_are_heard_when_the_script_says_and_the_source_is_silent_between(label):
    for seed in range(5):
        spec = draw(label, seed)
        sound, calling = source(spec), np.zeros(round(spec.seconds * SAMPLE_RATE), dtype=bool)
        for begin, end in spec.calls:
            assert spec.start <= begin < end <= spec.end
            calling[int(begin * SAMPLE_RATE):int(end * SAMPLE_RATE) + 1] = True
            assert np.abs(sound[int(begin * SAMPLE_RATE):int(end * SAMPLE_RATE)]).max() > 0.02
        assert np.abs(sound[~calling]).max() == 0
        assert calling.sum() < 0.6 * SECONDS * SAMPLE_RATE


def test_the_source_is_silent_outside_the_segment():
    spec = next(s for s in (draw("ocean", seed) for seed in range(100)) if s.start > 0)
    sound = source(spec)
    assert np.abs(sound[:round(spec.start * SAMPLE_RATE)]).max() == 0
    assert np.abs(sound[round(spec.end * SAMPLE_RATE):]).max() == 0


@pytest.mark.parametrize("label", ["cat", "ocean"])
def test_the_harder_the_world_the_less_of_the_source_is_in_the_sound(label):
    shares = []
    for difficulty in (0.0, 1.0, 2.0):
        specs = [draw(label, seed, difficulty) for seed in range(12)]
        shares.append(np.mean([np.corrcoef(source(spec), synthesise(spec))[0, 1] ** 2 for spec in specs]))
    assert shares[0] > 1.3 * shares[1] and shares[1] > 1.3 * shares[2]


def test_clips_of_a_class_differ_widely_in_loudness():
    levels = [20 * np.log10(np.sqrt((synthesise(draw("ocean", seed)) ** 2).mean())) for seed in range(12)]
    assert max(levels) - min(levels) > 8


@pytest.mark.parametrize("name", BENEATH)
def test_every_sound_beneath_has_the_same_power(name):
    sound = beneath(name, np.random.default_rng(0), 4 * SAMPLE_RATE)
    assert np.isclose(np.sqrt(np.mean(sound**2)), 1, atol=1e-6)


def test_coloured_noise_falls_as_its_slope_says():
    level = spectrum(coloured(np.random.default_rng(0), 10 * SAMPLE_RATE, slope=2.0))
    # Bands of equal ratio gather 3 dB an octave, so 1 / f**2 falls by 3 dB from one to the next octave.
    octave = np.log2(10000 / 60) / 60
    assert np.polyfit(np.arange(10, 50) * octave, level[10:50], 1)[0] == pytest.approx(-3.0, abs=0.4)


def test_a_voiced_tone_has_the_pitch_asked_for_and_nothing_above_half_the_rate():
    sound = harmonics(np.full(SAMPLE_RATE, 440.0), [(440.0, 200.0, 1.0)], count=40)
    power = np.abs(np.fft.rfft(sound))
    assert np.argmax(power) == 440
    assert power[10500:].max() < 1e-2 * power.max()
