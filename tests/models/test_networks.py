"""The networks have the shapes, sizes and functions of their sources."""

import pytest
import torch
from torch.nn import functional as F

from a2i.models.blocks import UpsampledConv
from a2i.models.discriminators import Discriminator, ProjectionDiscriminator
from a2i.models.generator import ConditioningAugmentation, Generator


def test_upsampled_convolution_is_nearest_doubling_then_3x3():
    torch.manual_seed(0)
    layer, x = UpsampledConv(5, 4).double(), torch.randn(2, 5, 6, 7, dtype=torch.float64)
    expected = F.conv2d(F.interpolate(x, scale_factor=2, mode="nearest"), layer.weight, padding=1)
    torch.testing.assert_close(layer(x), expected, rtol=1e-9, atol=1e-12)


def test_generator_at_the_papers_width_has_20_million_parameters():
    count = sum(p.numel() for p in Generator(1024, 192).parameters())
    assert count == pytest.approx(20.0e6, rel=0.01)


@pytest.mark.parametrize("shuffle", [False, True])
def test_generator_draws_64x64_within_minus_1_to_1(shuffle):
    pictures, mu, logvar = Generator(16, 8, shuffle=shuffle)(torch.randn(3, 16), torch.randn(3, 100), torch.randn(3, 128))
    assert pictures.shape == (3, 3, 64, 64)
    assert mu.shape == logvar.shape == (3, 128)
    assert pictures.abs().max() <= 1


@pytest.mark.parametrize("kind", [Discriminator, ProjectionDiscriminator])
def test_discriminator_gives_a_logit_a_picture_that_depends_on_the_condition(kind):
    torch.manual_seed(0)
    network, pictures = kind(8), torch.randn(3, 3, 64, 64)
    logits = network(pictures, torch.randn(3, 128))
    assert logits.shape == (3,)
    assert not torch.allclose(logits, network(pictures, torch.randn(3, 128)))


def test_sigma_can_fall_below_1():
    augmentation = ConditioningAugmentation(4, 8)
    with torch.no_grad():
        augmentation.linear.weight.zero_()
        augmentation.linear.bias.fill_(-4)
    c, mu, _ = augmentation(torch.randn(2, 4), torch.ones(2, 8))
    assert (c - mu).max() < 0.2


def test_condition_without_eps_is_mu():
    c, mu, _ = ConditioningAugmentation(4, 8)(torch.randn(2, 4))
    assert torch.equal(c, mu)
