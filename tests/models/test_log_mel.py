"""The log-mel on the device is that of the store."""

import numpy as np
import pytest
import torch

from a2i.media import mel
from a2i.models.log_mel import LogMel

DEVICES = ["cpu", pytest.param("cuda", marks=pytest.mark.gpu)]


def sounds() -> np.ndarray:
    """float32 (sounds, 220500): noise, a tone, a sweep, all but silence, half silence, a click, silence."""
    rng = np.random.default_rng(0)
    seconds = np.arange(mel.SAMPLES) / mel.SAMPLE_RATE
    noise = rng.standard_normal(mel.SAMPLES)
    tone, sweep = 0.8 * np.sin(2 * np.pi * 440 * seconds), np.sin(2 * np.pi * (50 + 500 * seconds) * seconds)
    click = np.eye(1, mel.SAMPLES, 100_000)[0]
    half = np.where(seconds < 5, 0, noise)
    return np.stack([0.3 * noise, tone, sweep, 1e-5 * noise, half, click, 0 * noise], dtype=np.float32)


@pytest.mark.parametrize("device", DEVICES)
def test_log_mel_on_the_device_is_the_stores_within_a_thousandth_of_a_decibel(device):
    if device == "cuda" and not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    module = LogMel(torch.from_numpy(mel.filter_bank()), hop=mel.HOP, floor=mel.FLOOR, top_db=mel.TOP_DB).to(device)
    found = module(torch.from_numpy(sounds()).to(device)).cpu().numpy()
    assert found.shape == (7, 1, mel.BANDS, mel.FRAMES)
    assert np.abs(found[:, 0] - np.stack([mel.log_mel(samples) for samples in sounds()])).max() < 1e-3
