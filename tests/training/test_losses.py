"""Each loss against a value worked out by hand."""

import math

import pytest
import torch

from a2i.training import recipes


def log_loss(logit: float, target: int) -> float:
    """Binary cross-entropy of one logit, from its definition."""
    p = 1 / (1 + math.exp(-logit))
    return -math.log(p if target else 1 - p)


def test_stackgans_discriminator_loss_is_the_papers():
    real, wrong, fake = torch.tensor([0.0, 2.0]), torch.tensor([1.0, -1.0]), torch.tensor([0.5, -3.0])
    terms = recipes.stackgan_d_loss(real, wrong, fake)
    assert float(terms["real"]) == pytest.approx((log_loss(0, 1) + log_loss(2, 1)) / 2)
    assert float(terms["wrong"]) == pytest.approx(0.5 * (log_loss(1, 0) + log_loss(-1, 0)) / 2)
    assert float(terms["fake"]) == pytest.approx(0.5 * (log_loss(0.5, 0) + log_loss(-3, 0)) / 2)


def test_hinge_loss_counts_only_what_lies_within_the_margin():
    terms = recipes.hinge_d_loss(torch.tensor([0.0, 2.0]), torch.tensor([-0.5, -2.0]), torch.tensor([1.0, -1.0]))
    assert {name: float(value) for name, value in terms.items()} == {"real": 0.5, "wrong": 0.125, "fake": 0.5}


def test_weights_of_wrong_and_generated_pictures_scale_their_terms_alone():
    logits = [torch.tensor([0.3, -0.7])] * 3
    for loss in (recipes.stackgan_d_loss, recipes.hinge_d_loss):
        one, other = loss(*logits), loss(*logits, 0.25, 2.0)
        assert other["real"] == one["real"]
        assert float(other["wrong"] / one["wrong"]) == pytest.approx(0.5)
        assert float(other["fake"] / one["fake"]) == pytest.approx(4.0)


def test_kl_divergence_of_a_shifted_normal_is_half_its_square():
    assert float(recipes.kl_divergence(torch.full((2, 3), 2.0), torch.zeros(2, 3))) == pytest.approx(2.0)


def test_kl_divergence_of_a_wider_normal_follows_the_formula():
    logvar = torch.tensor([[1.0]])
    assert float(recipes.kl_divergence(torch.zeros(1, 1), logvar)) == pytest.approx(0.5 * (math.e - 1 - 1))


def test_stackgans_defaults_are_the_papers():
    s = recipes.settings("stackgan")
    assert (s.gf, s.df, s.noise, s.condition, s.batch) == (192, 96, 100, 128, 64)
    assert (s.rate, s.beta1, s.beta2, s.halvings) == (2e-4, 0.5, 0.999, 3)
    assert (s.kl_weight, s.wrong_weight, s.fake_weight) == (2.0, 0.5, 0.5)
    assert (s.crop, s.enlarged, s.flip, s.ema) == (True, 76, True, 0.0)
