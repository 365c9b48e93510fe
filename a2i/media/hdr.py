"""Pictures of high dynamic range (PQ and HLG) as a person sees them on an ordinary screen.

Without this the code values of such a file are taken for an ordinary picture's: grey, pale and flat.
"""

from functools import lru_cache

import numpy as np

PQ, HLG = 16, 18  # FFmpeg's numbers of the transfer characteristics: SMPTE ST 2084, ARIB STD-B67
BT2020, UNSPECIFIED = 9, 2  # likewise of the primaries
WHITE = 203.0  # cd/m2 of diffuse white (ITU-R BT.2408)
PEAK = 1000.0  # cd/m2 of the screen that HLG is shown on
KNEE = 0.8  # of white, from where highlights are compressed
GAMMA = 2.4  # of an ordinary screen (ITU-R BT.1886)
# Linear light from BT.2020's primaries to BT.709's (ITU-R BT.2087, inverted).
_TO_BT709 = np.array([[1.6605, -0.5876, -0.0728], [-0.1246, 1.1329, -0.0083], [-0.0182, -0.1006, 1.1187]])


def tone_mapped(picture: np.ndarray, transfer: int, primaries: int) -> np.ndarray:
    """A picture uint8 (height, width, 3), RGB code values of PQ or HLG, as an ordinary one; any other as it is."""
    if transfer not in (PQ, HLG):
        return picture
    light = _light(transfer)[picture]  # of white
    if transfer == HLG:  # its system gamma, by which a screen brightens what the camera saw
        luminance = light @ np.array([0.2627, 0.6780, 0.0593])
        light = light * np.maximum(luminance, 1e-6)[..., None] ** 0.2 * (PEAK / WHITE)
    brightest = light.max(axis=-1, keepdims=True)
    over = np.maximum(brightest - KNEE, 0.0) / (1.0 - KNEE)
    shown = np.minimum(brightest, KNEE) + (1.0 - KNEE) * (1.0 - np.exp(-over))
    light = light * shown / np.maximum(brightest, 1e-6)
    if primaries in (BT2020, UNSPECIFIED):
        light = light @ _TO_BT709.T
    return np.rint(255.0 * np.clip(light, 0.0, 1.0) ** (1.0 / GAMMA)).astype(np.uint8)


@lru_cache(maxsize=2)
def _light(transfer: int) -> np.ndarray:
    """The linear light of the 256 code values: of white for PQ, of the scene's peak for HLG."""
    code = np.arange(256) / 255.0
    if transfer == PQ:
        root = code ** (32.0 / 2523.0)
        return 10000.0 / WHITE * (np.maximum(root - 0.8359375, 0.0) / (18.8515625 - 18.6875 * root)) ** (16384.0 / 2610.0)
    return np.where(code <= 0.5, code**2 / 3.0, (np.exp((code - 0.55991073) / 0.17883277) + 0.28466892) / 12.0)
