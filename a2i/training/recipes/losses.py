"""Losses of the generator and the discriminator: tensors in, named terms out."""

import torch
from torch.nn import functional as F

Terms = dict[str, torch.Tensor]


def kl_divergence(mu: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
    """KL(N(mu, sigma^2) || N(0, 1)), the mean over batch and dimensions, as StackGAN's code has it."""
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar).mean()


def stackgan_d_loss(
    real: torch.Tensor, wrong: torch.Tensor, fake: torch.Tensor, wrong_weight: float = 0.5, fake_weight: float = 0.5
) -> Terms:
    """Terms of the discriminator's loss from logits: real pictures, real with a wrong sound, generated."""
    zeros = torch.zeros_like(real)
    return {
        "real": F.binary_cross_entropy_with_logits(real, torch.ones_like(real)),
        "wrong": wrong_weight * F.binary_cross_entropy_with_logits(wrong, zeros),
        "fake": fake_weight * F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake)),
    }


def hinge_d_loss(
    real: torch.Tensor,
    wrong: torch.Tensor | None,
    fake: torch.Tensor,
    wrong_weight: float = 0.5,
    fake_weight: float = 0.5,
) -> Terms:
    """The same terms with margins (Lim and Ye 2017); without the wrong sounds' where the sound has no part."""
    terms = {"real": F.relu(1 - real).mean()}
    if wrong is not None:
        terms["wrong"] = wrong_weight * F.relu(1 + wrong).mean()
    return terms | {"fake": fake_weight * F.relu(1 + fake).mean()}
