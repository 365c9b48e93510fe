"""From ten seconds of sound to its embedding on one core, and from many on the device that is here.

The time is the processor's, but on a GPU: what it takes on a core that nothing else keeps busy.
"""

import time

import numpy as np
import pytest
import torch

from a2i.media import mel
from a2i.models.encoder import Encoder
from a2i.models.log_mel import LogMel
from a2i.training import encoder
from a2i.training.device import choose

GOAL = 60  # ms of one core
DEVICE = choose()
pytestmark = [] if DEVICE.is_cuda else [pytest.mark.benchmark(timer=time.process_time)]


@pytest.mark.parametrize("pooling", ["attention", "mean"])
def test_ten_seconds_to_an_embedding(benchmark, pooling):
    samples = np.random.default_rng(0).normal(0, 0.1, mel.SAMPLES).astype(np.float32)
    model = Encoder(10, pooling=pooling).eval().requires_grad_(False)
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        benchmark(lambda: model.embed(torch.from_numpy(mel.log_mel(samples))[None, None]))
    finally:
        torch.set_num_threads(threads)
    milliseconds = 1000 * benchmark.stats.stats.median
    benchmark.extra_info |= {"ms": round(milliseconds, 1), "goal": GOAL}
    assert milliseconds < GOAL


def test_log_mels_on_the_device(benchmark):
    samples = torch.randn(64 if DEVICE.is_cuda else 8, mel.SAMPLES, device=DEVICE.target)
    module = LogMel(torch.from_numpy(mel.filter_bank()), hop=mel.HOP, floor=mel.FLOOR, top_db=mel.TOP_DB)
    module.to(DEVICE.target)
    benchmark(lambda: float(module(samples).sum()))  # reading a sum waits for the device
    benchmark.extra_info["clips/s"] = round(len(samples) / benchmark.stats.stats.median)


def test_augmentation_of_a_batch(benchmark):
    """In one call for all clips, against a call a clip."""
    log_mel = torch.randn(64, 1, mel.BANDS, mel.FRAMES, device=DEVICE.target)
    generator = torch.Generator().manual_seed(0)
    begin = time.process_time()
    for one in log_mel.split(1):
        encoder.augment(one, generator)
    singly = time.process_time() - begin
    benchmark(lambda: float(encoder.augment(log_mel, generator).sum()))
    median = benchmark.stats.stats.median
    rate, ratio = round(len(log_mel) / median), round(singly / median, 2)
    benchmark.extra_info |= {"clips/s": rate, "ratio to clip by clip": ratio}
