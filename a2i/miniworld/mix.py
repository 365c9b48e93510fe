"""The mini world's sounds: a clip's source with coloured noise and, at times, another sound beneath, at a loudness of
its own."""

import numpy as np

from a2i.media.mel import SAMPLE_RATE
from a2i.miniworld.beneath import beneath
from a2i.miniworld.scene import ClipSpec, scene
from a2i.miniworld.synth import coloured, fade


def source(spec: ClipSpec) -> np.ndarray:
    """The source alone, (samples,), at an RMS of about 0.1 while it sounds; silent outside the segment."""
    own, n = scene(spec.label), round(spec.seconds * SAMPLE_RATE)
    sound = own.sound(spec, spec.rng("source"), n)
    gate = np.zeros(n)
    first, last = round(spec.start * SAMPLE_RATE), round(spec.end * SAMPLE_RATE)
    gate[first:last] = fade(last - first, 0.0002, 0.005)
    sound = sound * gate
    active = np.concatenate([sound[int(a * SAMPLE_RATE):int(b * SAMPLE_RATE)] for a, b in spec.calls])
    level = 6 * (spec.attributes[own.louder] - 0.5) if own.louder else 0.0  # dB
    return 0.1 * 10 ** (level / 20) * sound / np.sqrt(np.mean(active**2) + 1e-12)


def synthesise(spec: ClipSpec) -> np.ndarray:
    """The clip's sound: float32 (samples,), |x| < 1: source, noise and, at times, something beneath."""
    sound, rng = source(spec), spec.rng("mix")
    n, hard = len(sound), spec.difficulty
    if rng.uniform() < 0.14 * hard or not spec.in_view:  # far away, close to drowned in the rest
        sound = sound * 10 ** (-rng.uniform(6, 12) / 20)
    noise = coloured(rng, n, rng.uniform(0.4, 2.0))
    above = rng.uniform(*scene(spec.label).above_noise)
    if spec.beneath:
        level = rng.uniform(-16, -2) + 4 * (hard - 1)
        sound = sound + 0.1 * 10 ** (level / 20) * beneath(spec.beneath, rng, n)
    sound = recorded(sound, rng, hard) + 0.1 * 10 ** ((-above + 8 * (hard - 1)) / 20) * noise
    sound = sound * 10 ** (rng.uniform(-12, 6) / 20)
    return (sound * min(1.0, 0.97 / np.abs(sound).max())).astype(np.float32)


def recorded(sound: np.ndarray, rng: np.random.Generator, hard: float) -> np.ndarray:
    """As a microphone and a place of their own give it: tilted by up to 4 dB an octave, cut at the top and below."""
    freqs = np.maximum(np.fft.rfftfreq(len(sound), 1 / SAMPLE_RATE), 1.0)
    gain = (freqs / 1000) ** (min(hard, 2.0) * rng.uniform(-4, 4) / 6.02)
    gain /= np.sqrt(1 + (freqs / rng.uniform(3000, 12000)) ** 6) * np.sqrt(1 + (rng.uniform(20, 220) / freqs) ** 4)
    heard = np.fft.irfft(np.fft.rfft(sound) * gain, len(sound))
    return heard * np.sqrt(np.mean(sound**2) / (np.mean(heard**2) + 1e-12))
