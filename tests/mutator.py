"""Damaged media files made from good ones, the same ones from the same seed."""

import struct
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

SUFFIXES = (".mp4", ".mkv", ".webm", ".avi", ".mov", ".3gp", ".ts", ".flv", ".mp3", ".wav", ".ogg", ".m3u8", "")
EXTREMES = (0, 1, 0x7FFFFFFF, 0x80000000, 0xFFFFFFFF, 0xFFFFFFFE)


def cut(content: bytearray, rng: np.random.Generator, _: bytes) -> bytearray:
    """The front, the back or a middle piece."""
    first, last = sorted(rng.integers(0, len(content) + 1, 2))
    return [content[:last], content[first:], content[first:last]][rng.integers(3)]


def flip_bits(content: bytearray, rng: np.random.Generator, _: bytes) -> bytearray:
    """Single bits anywhere: one to a thousand."""
    for place in rng.integers(0, len(content), int(10 ** rng.uniform(0, 3))):
        content[place] ^= 1 << int(rng.integers(8))
    return content


def flip_header_bits(content: bytearray, rng: np.random.Generator, _: bytes) -> bytearray:
    """Single bits at the front or the back, where containers keep what they say of themselves."""
    reach = min(4096, len(content))
    for place in rng.integers(0, reach, int(10 ** rng.uniform(0, 1.7))):
        content[place if rng.random() < 0.5 else -1 - place] ^= 1 << int(rng.integers(8))
    return content


def zero_blocks(content: bytearray, rng: np.random.Generator, _: bytes) -> bytearray:
    """Blocks of zeros, as of a disk that failed."""
    for _ in range(int(rng.integers(1, 6))):
        size = int(rng.choice([64, 512, 4096, 32768]))
        first = int(rng.integers(0, len(content)))
        content[first : first + size] = bytes(len(content[first : first + size]))
    return content


def set_numbers(content: bytearray, rng: np.random.Generator, _: bytes) -> bytearray:
    """Extreme numbers of 32 bits where sizes and counts are likely: beside four letters."""
    names = [at for at in range(4, len(content) - 8) if content[at : at + 4].isalpha()]
    for at in rng.choice(names or [4], min(len(names) or 1, 4)):
        offset = int(at) + int(rng.choice([-4, 4, 8, 12, 16]))
        if 0 <= offset <= len(content) - 4:
            content[offset : offset + 4] = struct.pack(">I", int(rng.choice(EXTREMES)))
    return content


def join(content: bytearray, rng: np.random.Generator, other: bytes) -> bytearray:
    """A piece of another file behind, before or in the middle of it."""
    first, last = sorted(rng.integers(0, len(other) + 1, 2))
    at = int(rng.choice([0, len(content), int(rng.integers(len(content)))]))
    return content[:at] + other[first:last] + content[at:]


def repeat(content: bytearray, rng: np.random.Generator, _: bytes) -> bytearray:
    """A block of itself in place of another."""
    size = int(rng.integers(1, len(content) // 4 + 2))
    source, target = rng.integers(0, max(len(content) - size, 1), 2)
    content[target : target + size] = content[source : source + size]
    return content


def rename(content: bytearray, rng: np.random.Generator, _: bytes) -> bytearray:
    """Nothing but another suffix, which `corpus` gives to every third file."""
    return content


DAMAGES: tuple[Callable[[bytearray, np.random.Generator, bytes], bytearray], ...] = (
    cut, flip_bits, flip_header_bits, zero_blocks, set_numbers, join, repeat, rename,
)  # fmt: skip


def corpus(folder: Path, sources: Sequence[Path], count: int, seed: int = 0) -> list[Path]:
    """Writes `count` damaged files; the name tells number and damage."""
    folder.mkdir(parents=True, exist_ok=True)
    contents = [source.read_bytes() for source in sources]
    paths = []
    for number in range(count):
        rng = np.random.default_rng([seed, number])
        which, other = rng.integers(0, len(sources), 2)
        damage = DAMAGES[number % len(DAMAGES)]
        content = damage(bytearray(contents[which]), rng, contents[other])
        suffix = rng.choice(SUFFIXES) if damage is rename or number % 3 == 0 else sources[which].suffix
        paths.append(folder / f"{number:05d}-{damage.__name__}{suffix}")
        paths[-1].write_bytes(content)
    return paths
