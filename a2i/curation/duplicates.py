"""Near-copies: clips that are the same recording again, uploaded twice, re-encoded, louder or shifted in time.

Sound: each spectrogram frame becomes a word of 32 bits, the signs of energy differences between bands and in time
(Haitsma and Kalker, 2002); copies share some of these words at one shift, but for their highest bands, and most bits
everywhere. Pictures: a 64-bit perceptual hash of each frame. Candidates come from equal words, by sorting, so that the
work grows with the clips and not with their pairs.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy.fft import dctn

from a2i.core.progress import Progress
from a2i.data.store import Store

SOUND_LIMIT = 0.25  # share of differing bits up to which two sounds are one; unrelated ones differ in half of them
PICTURE_LIMIT = 8 / 64  # likewise for pictures
STEP_SECONDS = 512 / 22050  # between two words

_SMOOTH = 16  # spectrogram frames (0.37 s) that a word sums over
_BANDS = 33  # their 32 differences are the bits
_LAG = 8  # spectrogram frames (0.19 s) between the two moments of a difference
_LIVELY = 0.16  # dB, of the median difference: below, a word is silence or a steady hum and says nothing
_HIGH = 8  # bits of a word (above 4 kHz) that need not be equal in a candidate: a low bit rate spoils them
_VOTES = 3  # equal words at one shift that make a candidate
_OVERLAP = 128  # words (3 s) that must be there in both
_BUCKET = 16  # clips with one word of which every pair is looked at; beyond, each with the first only
_FLAT = 4.0  # grey levels: a picture that varies less says nothing
_COLUMNS = ["first", "second", "sound_distance", "shift", "picture_distance", "by"]


@dataclass(frozen=True)
class Fingerprints:
    """What clips are compared by."""

    words: np.ndarray  # uint32 (n, steps)
    lively: np.ndarray  # bool (n, steps): whether the word says anything
    pictures: np.ndarray  # uint64 (n, frames)
    drawn: np.ndarray  # bool (n, frames): whether the picture shows anything


def near_duplicates(frames: np.ndarray, mels: np.ndarray) -> pd.DataFrame:
    """Pairs of near-copies among clips.

    frames: uint8 (n, frames, 64, 64, 3), mels: float (n, 128, 431), dB. Returns first < second (rows), sound_distance
    (share of differing bits; NaN where the sounds have no words in common), shift (s by which the second's sound lies
    later), picture_distance (of the two nearest frames; NaN without a picture), by ("sound", "picture", "both").
    """
    return compare([fingerprints(frames, mels)])


def duplicates_in(store: Store, chunk: int = 512, progress: Progress | None = None) -> pd.DataFrame:
    """The near-copies in a store: `near_duplicates`' columns, and clip_id, label and split of both (first_, second_)."""
    parts = []
    for begin in range(0, len(store.ok), chunk):
        rows = np.arange(begin, min(begin + chunk, len(store.ok)))
        parts.append(fingerprints(store.frames(rows), store.log_mel(rows)))
        if progress:
            progress.update(len(rows))
    pairs = compare(parts)
    for side in ("first", "second"):
        named = store.ok.loc[pairs[side], ["clip_id", "label", "split"]].reset_index(drop=True)
        pairs = pairs.join(named.add_prefix(f"{side}_"))
    return pairs


def fingerprints(frames: np.ndarray, mels: np.ndarray) -> Fingerprints:
    """The fingerprints of some clips; shapes as in `near_duplicates`."""
    words, lively = _words(np.asarray(mels, np.float32))
    return Fingerprints(words, lively, *_hashes(frames))


def compare(parts: Iterable[Fingerprints]) -> pd.DataFrame:
    """The near-copies among all clips of `parts`, numbered through; columns as in `near_duplicates`."""
    parts = list(parts)
    prints = Fingerprints(
        *(np.concatenate([getattr(p, name) for p in parts]) for name in ("words", "lively", "pictures", "drawn"))
    )
    by_sound = _sound_candidates(prints)
    pairs = {(int(a), int(b)): [] for a, b in _picture_candidates(prints)}
    for a, b, shift in by_sound:
        pairs.setdefault((int(a), int(b)), []).append(int(shift))
    rows = []
    for (a, b), shifts in sorted(pairs.items()):
        sound, shift = min((_sound_distance(prints, a, b, s), s) for s in (shifts or [0]))
        picture = _picture_distance(prints, a, b)
        by = {(True, True): "both", (True, False): "sound", (False, True): "picture"}.get(
            (sound <= SOUND_LIMIT, picture <= PICTURE_LIMIT)
        )
        if by:
            rows.append((a, b, sound, shift * STEP_SECONDS, picture, by))
    table = pd.DataFrame(rows, columns=_COLUMNS)
    return table.replace({"sound_distance": np.inf, "picture_distance": np.inf}, np.nan)


def _words(mels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, steps) words of 32 bits, and whether each says anything."""
    edges = np.linspace(0, mels.shape[1], _BANDS + 1).astype(int)[:-1]
    bands = np.add.reduceat(mels, edges, axis=1) / np.diff([*edges, mels.shape[1]])[:, None]
    sums = np.cumsum(np.pad(bands, ((0, 0), (0, 0), (1, 0))), axis=2, dtype=np.float64)
    slope = np.diff((sums[..., _SMOOTH:] - sums[..., :-_SMOOTH]) / _SMOOTH, axis=1)
    change = slope[..., _LAG:] - slope[..., :-_LAG]  # (n, 32, steps)
    bits = np.packbits(change > 0, axis=1, bitorder="little")  # (n, 4, steps)
    words = np.ascontiguousarray(bits.transpose(0, 2, 1)).view(np.uint32)[..., 0]
    return words, np.median(np.abs(change), axis=1) > _LIVELY


def _hashes(frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n, frames) perceptual hashes of 64 bits, and whether each picture shows anything."""
    grey = np.asarray(frames, np.float32) @ np.array([0.299, 0.587, 0.114], np.float32)
    small = grey.reshape(*grey.shape[:2], 32, grey.shape[2] // 32, 32, grey.shape[3] // 32).mean((3, 5))
    low = dctn(small, axes=(2, 3), norm="ortho")[..., :8, :8].reshape(*small.shape[:2], 64)
    low[..., 0] = 0  # the mean brightness
    bits = np.packbits(low > np.median(low, axis=-1, keepdims=True), axis=-1, bitorder="little")
    return np.ascontiguousarray(bits).view(np.uint64)[..., 0], small.std((2, 3)) > _FLAT


def _sound_candidates(prints: Fingerprints) -> np.ndarray:
    """(pairs, 3): first, second, shift in steps, of clips that share several words at one shift."""
    clip, step = np.nonzero(prints.lively)
    steps = prints.words.shape[1]
    a, b = _meetings(prints.words[clip, step] << np.uint32(_HIGH), clip)
    swap = clip[a] > clip[b]
    a, b = np.where(swap, b, a), np.where(swap, a, b)
    shift = step[b] - step[a]
    codes = (clip[a] * len(prints.words) + clip[b]) * (2 * steps) + shift + steps
    # A shift between two steps spreads its votes over both.
    codes, votes = np.unique(codes, return_counts=True)
    near = votes + np.where(np.diff(codes, append=-1) == 1, np.append(votes[1:], 0), 0)
    codes = codes[near >= _VOTES]
    pair, shift = np.divmod(codes, 2 * steps)
    return np.stack([*np.divmod(pair, len(prints.words)), shift - steps], axis=1)


def _picture_candidates(prints: Fingerprints) -> np.ndarray:
    """(pairs, 2): clips of which two frames agree in a quarter of their hash."""
    clip, frame = np.nonzero(prints.drawn)
    hashes = prints.pictures[clip, frame]
    found = []
    for bits in (0, 16, 32, 48):
        # Turned so that each quarter comes first once; the rest sorts the alike together within a large group.
        a, b = _meetings(hashes << np.uint64(bits) | hashes >> np.uint64(64 - bits) if bits else hashes, clip, 48)
        near = np.bitwise_count(hashes[a] ^ hashes[b]) <= PICTURE_LIMIT * 64
        found.append(np.sort(np.stack([clip[a[near]], clip[b[near]]], axis=1), axis=1))
    return np.unique(np.concatenate(found), axis=0)


def _meetings(keys: np.ndarray, owners: np.ndarray, ignored: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Positions (a, b) of equal keys of different owners, but for the lowest `ignored` bits: every pair of a small
    group, of a large one those with its first member and with close neighbours."""
    order = np.argsort(keys, kind="stable")
    ranked = keys[order] >> keys.dtype.type(ignored)
    starts = np.flatnonzero(np.append(True, ranked[1:] != ranked[:-1])) if len(keys) else np.zeros(0, int)
    sizes = np.diff(starts, append=len(keys))
    first = np.repeat(starts, sizes)
    large = np.flatnonzero(np.repeat(sizes > _BUCKET, sizes))
    found = [(first[large], large)]
    for apart in range(1, _BUCKET):
        left = np.flatnonzero(ranked[apart:] == ranked[:-apart])
        found.append((left, left + apart))
    a, b = (order[np.concatenate(side)] for side in zip(*found, strict=True))
    differ = owners[a] != owners[b]
    return a[differ], b[differ]


def _sound_distance(prints: Fingerprints, a: int, b: int, shift: int) -> float:
    """The share of differing bits where both clips have words, the second's `shift` steps later; inf for too few."""
    steps = prints.words.shape[1]
    first, second = slice(max(-shift, 0), steps - max(shift, 0)), slice(max(shift, 0), steps - max(-shift, 0))
    both = prints.lively[a, first] & prints.lively[b, second]
    if both.sum() < _OVERLAP:
        return np.inf
    differing = np.bitwise_count(prints.words[a, first] ^ prints.words[b, second])[both]
    return float(differing.mean() / 32)


def _picture_distance(prints: Fingerprints, a: int, b: int) -> float:
    """The share of differing bits of the two nearest frames; inf without pictures."""
    apart = np.bitwise_count(prints.pictures[a][:, None] ^ prints.pictures[b][None])
    seen = prints.drawn[a][:, None] & prints.drawn[b][None]
    return float(apart[seen].min() / 64) if seen.any() else np.inf
