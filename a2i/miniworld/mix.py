"""The mini world's sounds: what a script is heard as, synthesised with numpy.

A source, one a class, is mixed with coloured noise and, in a part of the clips, another sound beneath, at a loudness of
its own.
"""

from collections.abc import Callable

import numpy as np
from scipy.ndimage import uniform_filter1d

from a2i.miniworld.beneath import beneath, recorded
from a2i.miniworld.scene import CALLERS, Script
from a2i.miniworld.synth import RATE, add, coloured, course, fade, geometric, harmonics

Source = Callable[[Script, np.random.Generator, int], np.ndarray]


def _called(script: Script, rng: np.random.Generator, n: int, call: Callable[[int], np.ndarray]) -> np.ndarray:
    """The calls of the script, each of its own loudness (within 6 dB), in `n` samples."""
    out = np.zeros(n)
    for begin, end in script.calls:
        sound = call(int((end - begin) * RATE))
        add(out, begin, sound / (np.sqrt(np.mean(sound**2)) + 1e-9) * 10 ** (rng.uniform(-6, 0) / 20))
    return out


def _voice(script: Script, small: float, large: float) -> float:
    """The pitch of a creature of this size, Hz."""
    return geometric(small, large, script.attributes["size"])


def _body(script: Script) -> float:
    """How much higher the formants of a creature of this size lie than a middling one's."""
    return geometric(1.25, 0.8, script.attributes["size"])


def _cat(script: Script, rng: np.random.Generator, n: int) -> np.ndarray:
    tone, base, body = script.attributes["tone"], _voice(script, 900, 420), _body(script)

    def meow(m: int) -> np.ndarray:
        bend = rng.uniform(0.9, 1.1)
        pitch = base * bend * course([(0, 0.82), (0.25, 1.12), (0.55, 1.05), (1, 0.72)], m)
        first = body * course([(0, 500), (0.35, 1300 + 500 * tone), (0.7, 1100), (1, 550)], m)
        second = body * course([(0, 2300), (0.4, 2700 + 900 * tone), (1, 1500)], m)
        breath = 0.05 * coloured(rng, m, 0.5, 1500, 7000)
        return (harmonics(pitch, [(first, 350, 1.0), (second, 500, 0.35 + 0.4 * tone)]) + breath) * fade(m, 0.12, 0.4)

    return _called(script, rng, n, meow)


def _dog(script: Script, rng: np.random.Generator, n: int) -> np.ndarray:
    base = _voice(script, 620, 230)

    def bark(m: int) -> np.ndarray:
        pitch = base * rng.uniform(0.92, 1.08) * course([(0, 0.8), (0.15, 1.3), (1, 0.6)], m)
        rough = coloured(rng, m, 0.8, 1.2 * base, 9 * base)
        voice = harmonics(pitch, [(2.2 * base, 1.2 * base, 1.0), (5 * base, 2 * base, 0.5)], count=18, tilt=0.3)
        return (voice + 0.7 * rough) * np.exp(-3.5 * np.linspace(0, 1, m)) * fade(m, 0.04, 0.15)

    return _called(script, rng, n, bark)


def _baby(script: Script, rng: np.random.Generator, n: int) -> np.ndarray:
    distress, base, body = script.attributes["strength"], _voice(script, 560, 380), _body(script)

    def wail(m: int) -> np.ndarray:
        seconds = np.arange(m) / RATE
        pitch = base * rng.uniform(0.95, 1.05) * course([(0, 0.75), (0.15, 1.05), (0.6, 1.1), (1, 0.85)], m)
        pitch = pitch * (1 + 0.02 * np.sin(2 * np.pi * rng.uniform(5, 7) * seconds))
        flutter = 1 + 0.6 * distress * np.sin(2 * np.pi * rng.uniform(25, 40) * seconds)
        voice = harmonics(pitch, [(1100 * body, 400, 1.0), (3200 * body, 700, 0.8)], tilt=0.2)
        return (voice * flutter + 0.15 * distress * coloured(rng, m, 0.5, 1500, 6000)) * fade(m, 0.1, 0.15)

    return _called(script, rng, n, wail)


def _rooster(script: Script, rng: np.random.Generator, n: int) -> np.ndarray:
    base, body = _voice(script, 850, 480), _body(script)

    def crow(m: int) -> np.ndarray:
        lift = rng.uniform(0.95, 1.05)
        pitch = base * course([(0, 0.8), (0.1, 0.95), (0.15, 1.05), (0.27, 1.1), (0.3, 1.15), (0.42, 1.2),
                               (0.47, 1.5 * lift), (0.7, 1.45 * lift), (1, 0.8)], m)
        x = np.linspace(0, 1, m)
        syllables = sum(np.clip(np.minimum((x - a) / 0.02, (b - x) / 0.03), 0, 1)
                        for a, b in ((0, 0.12), (0.15, 0.27), (0.30, 0.43), (0.46, 1.0)))
        rasp = 1 + 0.4 * np.sin(2 * np.pi * 55 * np.arange(m) / RATE) * (x > 0.46)
        return harmonics(pitch, [(1500 * body, 600, 1.0), (3000 * body, 900, 0.7)], tilt=0.3) * syllables * rasp * fade(m, 0.02, 0.3)

    return _called(script, rng, n, crow)


def _helicopter(script: Script, rng: np.random.Generator, n: int) -> np.ndarray:
    size, rate = script.attributes["size"], script.beat
    seconds = np.arange(n) / RATE
    swing = (rate * (seconds + 0.01 * np.sin(0.7 * seconds))) % 1.0
    slap = np.exp(-7 * swing) + 0.25 * np.exp(-7 * ((swing + 0.5) % 1.0))
    rotor = coloured(rng, n, 1.0, 60 / (1 + size), 2600 - 1200 * size) * slap
    whine = np.sin(2 * np.pi * 95 * rate / 2 * seconds) * 0.06
    wash = 0.22 * coloured(rng, n, 0.8, 200, 6000)
    drift = 1 + 0.3 * np.sin(2 * np.pi * seconds / rng.uniform(6, 14) + rng.uniform(0, 6))
    return (rotor + whine + wash) * drift


def _train(script: Script, rng: np.random.Generator, n: int) -> np.ndarray:
    size, rate = script.attributes["size"], script.beat
    seconds = np.arange(n) / RATE
    beat = rate * seconds
    accent = np.array([1.0, 0.6, 0.8, 0.6])[np.floor(beat).astype(int) % 4]
    share = beat % 1.0
    puff = accent * np.minimum(share / 0.08, 1) * np.exp(-4.5 * share)
    out = puff * coloured(rng, n, 0.7, 260 - 120 * size, 4200 - 1800 * size)
    out += 0.25 * coloured(rng, n, 1.6, 30, 400)
    for joint in np.arange(rng.uniform(0, 1), n / RATE, 3.6 / rate):
        for delay in (0.0, 0.11):
            clack = coloured(rng, 1600, 0.0, 900, 3500) * np.exp(-np.arange(1600) / 260)
            add(out, joint + delay, 0.7 * clack)
    if rng.uniform() < 0.6:
        m = int(rng.uniform(0.7, 1.4) * RATE)
        tone = np.arange(m) / RATE * 2 * np.pi * geometric(620, 340, size)
        chord = sum(np.sin(tone * ratio) + 0.3 * np.sin(2 * tone * ratio) for ratio in (1.0, 1.19, 1.5))
        steam = 0.5 * coloured(rng, m, 0.3, 600, 4000)
        add(out, script.start + rng.uniform(0.5, 8.0), 0.45 * (chord + steam) * fade(m, 0.1, 0.2))
    return out


# Half tones above the root.
_CHORDS = ((0, 7, 12, 16, 19), (5, 12, 17, 21, 24), (7, 14, 19, 23, 26), (9, 16, 21, 24, 28))


def _string(pitch: float, tone: float) -> np.ndarray:
    """One plucked string, 1.6 s."""
    seconds = np.arange(int(1.6 * RATE)) / RATE
    step = np.exp((2j * np.pi * pitch - 0.9) * seconds)
    out, power = np.zeros(len(seconds)), np.exp(-1.6 * seconds).astype(complex)
    for k in range(1, 13):
        if k * pitch > 0.45 * RATE:
            break
        power = power * step
        out += power.imag * np.abs(np.sin(0.22 * np.pi * k)) * k ** (-1.7 + 1.1 * tone)
    return out


def _guitar(script: Script, rng: np.random.Generator, n: int) -> np.ndarray:
    tone, root = script.attributes["tone"], geometric(165, 82, script.attributes["size"])
    out, strings = np.zeros(n), {}
    order = rng.permutation(len(_CHORDS))
    for k, begin in enumerate(np.arange(rng.uniform(0, 0.4), n / RATE - 0.05, 1 / script.beat)):
        chord = _CHORDS[order[(k // 4) % len(order)]]
        loud = 1.0 if k % 4 == 0 else rng.uniform(0.5, 0.85)
        for place, step in enumerate(chord if k % 2 == 0 else chord[::-1]):
            if step not in strings:
                strings[step] = _string(root * 2 ** (step / 12), tone)
            add(out, begin + 0.014 * place, loud * strings[step])
        pick = coloured(rng, 500, 0.0, 1500, 6000) * np.exp(-np.arange(500) / 120)
        add(out, begin, 0.1 * (0.5 + tone) * pick)
    return out


def _fireworks(script: Script, rng: np.random.Generator, n: int) -> np.ndarray:
    size, crackle = script.attributes["size"], script.attributes["tone"]
    out = np.zeros(n)
    for begin, end in script.calls:
        m = int((end - begin) * 1.6 * RATE)
        fall = np.exp(-np.arange(m) / RATE * (9 - 4.5 * size))
        bang = coloured(rng, m, 1.3, 40, 3500 - 2000 * size) * fall
        bang[:400] += 1.5 * coloured(rng, 400, 0.0, 400, 9000) * np.exp(-np.arange(400) / 90)
        add(out, begin, bang * 10 ** (rng.uniform(-5, 0) / 20))
        if rng.uniform() < 0.4:
            rise = int(0.7 * RATE)
            whistle = np.sin(2 * np.pi * np.cumsum(np.linspace(1400, 3200, rise)) / RATE) * fade(rise, 0.3, 0.2)
            add(out, begin - 0.7, 0.08 * whistle)
        for delay in 0.25 + 1.1 * rng.random(round(60 * crackle)) ** 1.3:
            snap = coloured(rng, 160, -0.5, 2500, 9000) * np.exp(-np.arange(160) / 35)
            add(out, begin + delay, 0.8 * np.exp(-delay) * snap)
    return out


def _race_car(script: Script, rng: np.random.Generator, n: int) -> np.ndarray:
    size, base = script.attributes["size"], geometric(90, 280, script.attributes["rate"])
    seconds = np.arange(n) / RATE
    gear = rng.uniform(1.2, 2.6)
    revs = base * (0.8 + 0.45 * ((seconds + rng.uniform(0, gear)) / gear % 1.0) ** 0.8)
    passing = np.tanh((seconds - script.start - rng.uniform(2, 8)) / 0.7)
    revs = uniform_filter1d(revs * (1 - 0.1 * passing), 800, mode="nearest")
    engine = harmonics(revs, [(4 * base, 3 * base, 0.6), (2200, 1500, 0.5)], count=20, tilt=0.5)
    rough = 1 + 0.5 * np.sin(np.pi * np.cumsum(revs) / RATE)
    out = engine * rough + 0.12 * (1 + size) * coloured(rng, n, 0.7, 150, 6000)
    return out * (0.55 + size * 0.5 + 0.9 * (1 - passing**2))


def _ocean(script: Script, rng: np.random.Generator, n: int) -> np.ndarray:
    height, wind = script.attributes["size"], script.attributes["strength"]
    seconds = np.arange(n) / RATE
    turns = seconds / script.period + rng.uniform()
    swell, late = (np.where(share < 0.45, (share / 0.45) ** 2, ((1 - share) / 0.55) ** 1.4)
                   for share in (turns % 1.0, (turns - 0.12) % 1.0))
    roar = coloured(rng, n, 1.3, 60 - 30 * height, 1500 + 800 * wind) * (0.15 + (0.5 + 0.5 * height) * swell)
    hiss = coloured(rng, n, 0.4, 900, 5000 + 5000 * wind) * (0.05 + 0.25 * wind * late + 0.15 * late)
    return roar + hiss


_SOURCES: dict[str, Source] = {
    "cat": _cat, "helicopter": _helicopter, "train": _train, "guitar": _guitar, "baby": _baby,
    "fireworks": _fireworks, "dog": _dog, "race_car": _race_car, "rooster": _rooster, "ocean": _ocean,
}
_LOUDER = {"helicopter": "size", "race_car": "size", "baby": "strength", "ocean": "size"}  # the attribute that does it


def source(script: Script) -> np.ndarray:
    """The source alone, (seconds * RATE,), at an RMS of about 0.1 while it sounds; silent outside the segment."""
    n = round(script.seconds * RATE)
    sound = _SOURCES[script.label](script, script.rng("source"), n)
    gate = np.zeros(n)
    first, last = round(script.start * RATE), round(script.end * RATE)
    gate[first:last] = fade(last - first, 0.0002, 0.005)
    sound = sound * gate
    active = np.concatenate([sound[int(a * RATE):int(b * RATE)] for a, b in script.calls])
    level = 6 * (script.attributes[_LOUDER[script.label]] - 0.5) if script.label in _LOUDER else 0.0  # dB
    return 0.1 * 10 ** (level / 20) * sound / np.sqrt(np.mean(active**2) + 1e-12)


def synthesise(script: Script) -> np.ndarray:
    """The clip's sound: float32 (seconds * RATE,), |x| < 1: source, noise and, at times, something beneath."""
    sound, rng = source(script), script.rng("mix")
    n, hard = len(sound), script.difficulty
    if rng.uniform() < 0.14 * hard:  # far away, close to drowned in the rest
        sound = sound * 10 ** (-rng.uniform(8, 16) / 20)
    noise = coloured(rng, n, rng.uniform(0.4, 2.0))
    above = rng.uniform(-4, 14) if script.label in CALLERS else rng.uniform(0, 20)
    if script.beneath:
        level = rng.uniform(-16, -2) + 4 * (hard - 1)
        sound = sound + 0.1 * 10 ** (level / 20) * beneath(script.beneath, rng, n)
    sound = recorded(sound, rng, hard) + 0.1 * 10 ** ((-above + 4 * (hard - 1)) / 20) * noise
    sound = sound * 10 ** (rng.uniform(-12, 6) / 20)
    return (sound * min(1.0, 0.97 / np.abs(sound).max())).astype(np.float32)
