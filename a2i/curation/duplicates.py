"""Near-copies: clips that are the same recording again, uploaded twice, re-encoded, louder or shifted in time.

Each spectrogram frame becomes a word of 32 bits, the signs of energy differences between bands and in time (Haitsma and
Kalker, 2002); copies share some of these words at one shift, but for their highest bands, and most bits everywhere.
Candidates come from equal words, by sorting, so that the work grows with the clips and not with their pairs. Pictures
are not compared: scenes resemble each other without being copies.
"""

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import pandas as pd

from a2i.core.progress import Progress
from a2i.data.store import Store
from a2i.media.mel import HOP, SAMPLE_RATE

SOUND_LIMIT = 0.25  # share of differing bits up to which two sounds are one; unrelated ones differ in half of them
STEP_SECONDS = HOP / SAMPLE_RATE  # between two words

_SMOOTH = 16  # spectrogram frames (0.37 s) that a word sums over
_BANDS = 33  # their 32 differences are the bits
_LAG = 8  # spectrogram frames (0.19 s) between the two moments of a difference
_LIVELY = 0.16  # dB, of the median difference: below, a word is silence or a steady hum and says nothing
_HIGH = 8  # bits of a word (above 4 kHz) that need not be equal in a candidate: a low bit rate spoils them
_VOTES = 3  # equal words at one shift that make a candidate
_OVERLAP = 128  # words (3 s) that must be there in both
_BUCKET = 16  # clips with one word of which every pair is looked at; beyond, each with the first only
_COLUMNS = ["first", "second", "sound_distance", "shift"]


@dataclass(frozen=True)
class Fingerprints:
    """What clips are compared by."""

    words: np.ndarray  # uint32 (n, steps)
    lively: np.ndarray  # bool (n, steps): whether the word says anything


def near_duplicates(mels: np.ndarray) -> pd.DataFrame:
    """Pairs of near-copies among clips.

    mels: float (n, 128, 431), dB. Returns first < second (rows), sound_distance (share of differing bits), shift (s by
    which the second's sound lies later).
    """
    return compare([fingerprints(mels)])


def duplicates_in(store: Store, chunk: int = 512, progress: Progress | None = None) -> pd.DataFrame:
    """The near-copies in a store: `near_duplicates`' columns, clip_id, label and split of both (first_, second_), and by:
    "file" where the two are one file byte by byte, else "sound"."""
    parts = []
    for begin in range(0, len(store.ok), chunk):
        rows = np.arange(begin, min(begin + chunk, len(store.ok)))
        parts.append(fingerprints(store.log_mel(rows)))
        if progress:
            progress.update(len(rows))
    same = _same_files(store.ok)
    pairs = compare(parts).assign(by="sound")
    if len(same):
        pairs = pd.concat([same.assign(by="file"), pairs])
    pairs = pairs.drop_duplicates(["first", "second"]).sort_values(["first", "second"], ignore_index=True)
    for side in ("first", "second"):
        named = store.ok.loc[pairs[side], ["clip_id", "label", "split"]].reset_index(drop=True)
        pairs = pairs.join(named.add_prefix(f"{side}_"))
    return pairs


def recordings(mels: np.ndarray) -> np.ndarray:
    """Which recording each clip is of: int64 (n,), the same number for clips that near-copies link. mels as in
    `near_duplicates`. Copies are no evidence of their own: what is counted over clips may rest on far fewer recordings."""
    from scipy.sparse import coo_array
    from scipy.sparse.csgraph import connected_components

    pairs = near_duplicates(mels)
    links = coo_array((np.ones(len(pairs)), (pairs["first"], pairs["second"])), shape=(len(mels), len(mels)))
    return connected_components(links, directed=False)[1].astype(np.int64)


def _same_files(clips: pd.DataFrame) -> pd.DataFrame:
    """Pairs of clips whose files have the same bytes, for the same segment: each with the first such clip."""
    first = clips.groupby(["media_sha256", "start"])["media_sha256"].transform(lambda group: group.index[0]).to_numpy()
    second = np.flatnonzero(first != np.arange(len(clips)))
    return pd.DataFrame({"first": first[second], "second": second, "sound_distance": 0.0, "shift": 0.0})


def fingerprints(mels: np.ndarray) -> Fingerprints:
    """The fingerprints of some clips; shapes as in `near_duplicates`."""
    return Fingerprints(*_words(np.asarray(mels, np.float32)))


def compare(parts: Iterable[Fingerprints]) -> pd.DataFrame:
    """The near-copies among all clips of `parts`, numbered through; columns as in `near_duplicates`."""
    parts = list(parts)
    prints = Fingerprints(*(np.concatenate([getattr(p, name) for p in parts]) for name in ("words", "lively")))
    pairs: dict[tuple[int, int], list[int]] = {}
    for a, b, shift in _candidates(prints).tolist():
        pairs.setdefault((a, b), []).append(shift)
    rows = []
    for (a, b), shifts in sorted(pairs.items()):
        distance, shift = min((_sound_distance(prints, a, b, shift), shift) for shift in shifts)
        if distance <= SOUND_LIMIT:
            rows.append((a, b, distance, shift * STEP_SECONDS))
    return pd.DataFrame(rows, columns=_COLUMNS)


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


def _candidates(prints: Fingerprints) -> np.ndarray:
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


def _meetings(keys: np.ndarray, owners: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Positions (a, b) of equal keys of different owners: every pair of a small group, of a large one those with its
    first member and with close neighbours."""
    order = np.argsort(keys, kind="stable")
    ranked = keys[order]
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
