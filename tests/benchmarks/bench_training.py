"""Rates of training: one doubling as one convolution, the encoder, and both recipes on whatever device is here.

On a CUDA device the recipes run at the paper's width, GF 192 / DF 96; on a CPU at the default one.
"""

import pytest
import torch
from torch.nn import functional as F

from a2i.models.blocks import UpsampledConv
from a2i.training import encoder, recipes
from a2i.training.device import choose

DEVICE = choose()
WIDTHS = {"gf": 192, "df": 96, "batch": 64} if DEVICE.is_cuda else {}


def learn(function, x):
    """One pass forward and back."""
    x = x.detach().requires_grad_()
    function(x).square().sum().backward()


@pytest.mark.parametrize("way", ["nearest, then 3x3", "one transposed convolution"])
def test_doubling(benchmark, way):
    layer = UpsampledConv(64, 32).to(DEVICE.target, memory_format=torch.channels_last)
    x = torch.randn(32, 64, 32, 32, device=DEVICE.target).contiguous(memory_format=torch.channels_last)
    plain = way.startswith("nearest")
    benchmark.group = "a doubling to 64x64, 64 to 32 channels, 32 pictures, forward and back"
    benchmark(
        learn,
        (lambda x: F.conv2d(F.interpolate(x, scale_factor=2, mode="nearest"), layer.weight, padding=1)) if plain else layer,
        x,
    )


@pytest.mark.parametrize("recipe", recipes.RECIPES)
@pytest.mark.parametrize("part", ["first", "last"])
def test_step(benchmark, recipe, part):
    """Steps at the start and at the end: `modern` has no discriminator at first."""
    generator = torch.Generator().manual_seed(0)
    data = recipes.TrainingSet(
        torch.randn(400, 4, 1024 if DEVICE.is_cuda else 256, generator=generator),
        torch.randint(0, 256, (400, 3, 64, 64, 3), dtype=torch.uint8, generator=generator),
        torch.arange(400) % 10,
    )
    settings = recipes.settings(recipe, steps=100_000, **WIDTHS)
    work = recipes.trainer(data, settings, DEVICE)
    number = 0 if part == "first" else 99_000

    def step() -> float:
        return float(next(iter(work.step(number).values())))  # reading a loss waits for the device

    benchmark.group = f"a step of {settings.batch} pictures, GF {settings.gf} / DF {settings.df}, {DEVICE.name}"
    benchmark.pedantic(step, rounds=8, warmup_rounds=2)
    benchmark.extra_info["pictures/s"] = round(settings.batch / benchmark.stats.stats.median, 1)


def test_encoder_step(benchmark):
    settings = encoder.EncoderSettings(width=64, embedding=1024) if DEVICE.is_cuda else encoder.EncoderSettings()
    model = encoder.Encoder(10, settings.width, settings.embedding, settings.pooling).to(DEVICE.target, memory_format=torch.channels_last)
    log_mel = torch.randn(settings.batch, 1, 128, 431, device=DEVICE.target)
    labels = torch.randint(10, (settings.batch,), device=DEVICE.target)

    def step() -> float:
        with DEVICE.autocast():
            loss = F.cross_entropy(model(log_mel), labels)
        loss.backward()
        return float(loss.detach())

    benchmark.group = f"a step of {settings.batch} log-mels, width {settings.width}, {DEVICE.name}"
    benchmark.pedantic(step, rounds=8, warmup_rounds=2)
    benchmark.extra_info["clips/s"] = round(settings.batch / benchmark.stats.stats.median, 1)
