"""The networks have the shapes, sizes and functions of their sources."""

import numpy as np
import pytest
import torch
from torch.nn import functional as F

from a2i.models.blocks import AveragePool, UpsampledConv
from a2i.models.discriminators import Discriminator, ProjectionDiscriminator
from a2i.models.encoder import Encoder, loudness
from a2i.models.generator import ConditioningAugmentation, Decoder, Generator
from a2i.models.latent import FixedAugmentation, LatentGenerator, Velocity


def test_upsampled_convolution_is_nearest_doubling_then_3x3():
    torch.manual_seed(0)
    layer, x = UpsampledConv(5, 4).double(), torch.randn(2, 5, 6, 7, dtype=torch.float64)
    expected = F.conv2d(F.interpolate(x, scale_factor=2, mode="nearest"), layer.weight, padding=1)
    torch.testing.assert_close(layer(x), expected, rtol=1e-9, atol=1e-12)


def test_the_kernel_made_at_once_is_the_one_made_axis_by_axis():
    torch.manual_seed(0)
    layer = UpsampledConv(5, 4).double().to(memory_format=torch.channels_last)
    gradients, direction = [], torch.randn(5, 4, 4, 4, dtype=torch.float64)
    for at_once in (True, False):
        layer.weight.grad = None
        kernel = layer.kernel(at_once)
        kernel.backward(direction)
        gradients.append((kernel.detach(), layer.weight.grad))
    for one, other in zip(*gradients, strict=True):
        torch.testing.assert_close(one, other, rtol=1e-12, atol=1e-15)


@pytest.mark.parametrize("size", [(2, 2), (2, 1)])
def test_pooling_at_once_is_torchs_own(size):
    torch.manual_seed(0)
    pool, x = AveragePool(size), torch.randn(3, 5, 8, 6, dtype=torch.float64)
    expected = F.avg_pool2d(x, size)
    torch.testing.assert_close(pool(x), expected)
    torch.testing.assert_close(pool.of_whole(x), expected)


def test_pooling_makes_smaller_windows_at_the_edges():
    x = torch.arange(15.0).view(1, 1, 3, 5)
    assert AveragePool((2, 2))(x).tolist() == [[[[3.0, 5.0, 6.5], [10.5, 12.5, 14.0]]]]


def test_generator_at_the_papers_width_has_20_million_parameters():
    count = sum(p.numel() for p in Generator(1024, 192).parameters())
    assert count == pytest.approx(20.0e6, rel=0.01)


@pytest.mark.parametrize("network", [Generator(16, 8), LatentGenerator(16, 8, 100, 128)])
def test_generator_draws_64x64_within_minus_1_to_1(network):
    pictures, mu, logvar = network(torch.randn(3, 16), torch.randn(3, 100), torch.randn(3, 128))
    assert pictures.shape == (3, 3, 64, 64)
    assert mu.shape == logvar.shape == (3, 128)
    assert pictures.abs().max() <= 1


@pytest.mark.parametrize(("channels", "side"), [([8, 8, 8, 6, 4], 4), ([8, 6, 4], 16)])
def test_decoder_begins_where_its_doublings_end_at_64x64(channels, side):
    decoder, seen = Decoder(5, channels), []
    decoder.up.register_forward_pre_hook(lambda _, given: seen.append(given[0].shape))
    assert decoder(torch.randn(3, 5)).shape == (3, 3, 64, 64)
    assert seen == [(3, 8, side, side)]


@pytest.mark.parametrize(("doublings", "first"), [(2, 16 * 16 * 32), (3, 8 * 8 * 32), (4, 4 * 4 * 64)])
def test_generator_of_latents_begins_at_so_many_places_as_its_doublings_leave(doublings, first):
    network = LatentGenerator(16, 8, 100, 128, doublings=doublings)
    assert network.decoder.fc[0].out_features == first
    assert network(torch.randn(2, 16), torch.randn(2, 100))[0].shape == (2, 3, 64, 64)


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


def test_fixed_augmentation_counts_parts_alike_and_leaves_what_it_keeps_uncorrelated():
    torch.manual_seed(0)
    known = torch.cat([100 * torch.randn(200, 2), torch.randn(200, 1).repeat(1, 40)], 1)
    augmentation = FixedAugmentation(42, 6)
    augmentation.fit(known, (2, 40))
    c, mu, _ = augmentation(known)
    assert torch.equal(c, mu)
    assert c[:, 3:].abs().max() < 0.1
    assert c[:, :3].std(0).min() > 0.5
    off = torch.corrcoef(c[:, :3].T) - torch.eye(3)
    assert off.abs().max() < 0.01


def test_flow_without_guidance_ends_where_the_mean_of_constant_velocities_leads():
    network = LatentGenerator(4, 4, noise=3, condition=2, guidance=1.0)
    with torch.no_grad():
        for velocity, lead in zip(network.flow.members, ([0.0, -2.0, 1.0], [2.0, -2.0, 0.0]), strict=True):
            velocity.outputs.weight.zero_()
            velocity.outputs.bias.copy_(torch.tensor(lead))
    network.center.fill_(7.0)
    z = torch.randn(5, 3)
    torch.testing.assert_close(network.latent(torch.zeros(5, 2), z), z + torch.tensor([1.0, -2.0, 0.5]) + 7.0)


def test_what_is_told_once_steers_all_latents_that_are_left():
    torch.manual_seed(0)
    velocity = Velocity(3, 2, width=8).eval()
    latent, time, c = torch.randn(6, 3), torch.rand(6), torch.randn(6, 2)
    time[3:], c[3:] = time[3], c[3]
    torch.testing.assert_close(velocity(latent, time[:4], c[:4]), velocity(latent, time, c))
    assert not torch.allclose(velocity(latent, time[:3], c[:3])[3:], velocity(latent, time, c)[3:])


def test_a_description_begins_with_the_embedding_whose_first_part_alone_tells_the_classes():
    torch.manual_seed(0)
    encoder = Encoder(3, 4, 16).eval()
    sounds = torch.randn(2, 1, 128, 431)
    with torch.no_grad():
        description, embedding, weights = encoder.describe(sounds)
        features, _ = encoder.steps(sounds)
    assert (description.shape, embedding.shape) == ((2, sum(encoder.parts)), (2, encoder.size))
    assert torch.equal(description[:, : encoder.size], embedding)
    assert torch.equal(encoder.embed(sounds), embedding)
    torch.testing.assert_close(embedding[:, :16], (features * weights[:, None]).sum(2))
    spoiled = torch.cat([embedding[:, :16], torch.randn_like(embedding[:, 16:])], 1)
    assert torch.equal(encoder.classifier(spoiled), encoder(sounds))
    narrow = Encoder(3, 4, 16, wide=False).eval()
    narrow.load_state_dict(encoder.state_dict())
    with torch.no_grad():
        assert torch.equal(narrow.embed(sounds), embedding[:, :16])


def test_features_below_are_those_of_the_moments_attended_to():
    encoder = Encoder(3, 4, 16).eval()
    before, last = torch.zeros(1, 16, 16, 54), torch.zeros(1, 32, 8, 54)
    before[:, 3, -2:, ::2] = 2.0  # one channel, high, at every other step
    last[:, 5, :2, 20] = 1.0  # one channel, low, at one step
    weights = torch.zeros(1, 54)
    weights[:, [10, 20]] = torch.tensor([0.25, 0.75])
    encoder._blocks = lambda log_mel: (before, last)
    encoder._collapsed = lambda log_mel, blocks: (torch.zeros(1, 16, 54), weights)
    _, usual, deviation, change, further = encoder.embed(torch.zeros(1, 1, 128, 431)).split(encoder.parts[:5], 1)
    assert usual.unflatten(1, (32, 4))[0, 5].tolist() == pytest.approx([0.75, 0, 0, 0])
    assert deviation.unflatten(1, (32, 4))[0, 5].tolist() == pytest.approx([(0.75 * 0.25) ** 0.5, 0, 0, 0], abs=1e-4)
    # Of the weights that two neighbours have together, those at the one step's two edges are three quarters.
    assert change.unflatten(1, (32, 4))[0, 5].tolist() == pytest.approx([0.75, 0, 0, 0])
    assert further.unflatten(1, (16, 8))[0, 3].tolist() == pytest.approx([0] * 7 + [1])
    assert not any(part.unflatten(1, (32, 4))[0, :5].abs().gt(1e-4).any() for part in (usual, deviation, change))


@pytest.mark.parametrize("known", [torch.ones(3, 6), torch.ones(1, 6)])
def test_sounds_that_are_all_alike_tell_nothing_and_another_one_stays_finite(known):
    augmentation = FixedAugmentation(6, 4)
    augmentation.fit(known, (2, 4))
    c, _, _ = augmentation(torch.cat([known, 1e4 * torch.randn(1, 6)]))
    assert torch.equal(c, torch.zeros_like(c))


def test_attention_of_an_untrained_network_lies_where_the_clip_is_loud():
    torch.manual_seed(0)
    quiet = torch.randn(4, 1, 128, 431)
    calls = quiet.clone()
    for i, frame in enumerate((40, 130, 250, 390)):
        calls[i, :, :, frame : frame + 8] += 20
    model = Encoder(2, width=8, embedding=64).eval()
    with torch.no_grad():
        _, weights = model.steps(calls)
    middle = (np.arange(54) * 8 + 1.5)[weights.argmax(1)]  # frames
    assert abs(middle - np.array([43.5, 133.5, 253.5, 393.5])).max() <= 4
    assert loudness(torch.zeros(1, 1, 128, 431), 54).abs().max() == 0, "silence is as loud as its usual level"
    assert torch.allclose(loudness(quiet, 54).mean(1), torch.zeros(4), atol=1e-5)
