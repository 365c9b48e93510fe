"""What is odd about a clip that can be decoded: it may be kept, and somebody should know."""

import numpy as np

SILENT = "silent"  # nothing above -80 dB of full scale
OPPOSITE = "opposite channels"  # left and right cancel: their mean is all but silent
STILL = "still picture"  # the stored frames are one and the same
BLACK = "black picture"
LONGER = "longer than its segment"  # the file, which should be the segment alone: what comes later is not heard
SHORTER = "shorter than its segment"  # the sound ends before half of it
KINDS = (SILENT, OPPOSITE, STILL, BLACK, LONGER, SHORTER)

_SILENCE = 1e-4  # of full scale
_DARK = 24  # grey levels of the brightest pixel
_ALIKE = 12  # grey levels by which the frames of a still picture may differ, coded as they are
_MUCH_LONGER = 1.5
_MUCH_SHORTER = 0.5


def silent(samples: np.ndarray) -> bool:
    """Whether nothing of the sound, float32 (samples,), is above -80 dB of full scale."""
    return float(np.abs(samples).max(initial=0.0)) < _SILENCE


def remarks(
    samples: np.ndarray,
    frames: np.ndarray,
    *,
    has_sound: bool,
    opposite: bool,
    heard: float,
    length: float,
    duration: float,
) -> tuple[str, ...]:
    """Those of `KINDS` that a clip is, in their order.

    samples: float32 (220500,); frames: uint8 (frames, size, size, 3), none without a picture; opposite: whether its
    channels cancel; heard: s, how far its sound reaches; length: s, of the segment; duration: s, of a file that should
    be the segment alone, else 0.
    """
    found = {
        SILENT: has_sound and not opposite and silent(samples),
        OPPOSITE: opposite,
        STILL: len(frames) > 1 and int(np.ptp(frames.astype(np.int16), axis=0).max()) <= _ALIKE,
        BLACK: len(frames) > 0 and int(frames.max()) <= _DARK,
        LONGER: duration > _MUCH_LONGER * length,
        SHORTER: has_sound and heard < _MUCH_SHORTER * length,
    }
    return tuple(kind for kind in KINDS if found[kind])
