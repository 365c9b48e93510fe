"""The recipe for a CPU: an autoencoder first, sharpened by a discriminator afterwards.

A picture encoder lets the generator first learn to draw the training frames again (a conditional variational
autoencoder, Bao et al. 2017); then a discriminator with spectral norm, a projected condition, hinge losses and
DiffAugment sharpens what it draws.
"""

import math
from dataclasses import dataclass

import torch
from torch import nn

from a2i.models.discriminators import ProjectionDiscriminator
from a2i.models.generator import Generator, PictureEncoder
from a2i.training.augment import diff_augment
from a2i.training.device import Device
from a2i.training.recipes.base import Batch, GanSettings, Trainer, TrainingSet
from a2i.training.recipes.losses import Terms, hinge_d_loss, kl_divergence


@dataclass(frozen=True)
class ModernSettings(GanSettings):
    """How the recipe weighs its terms."""

    recipe: str = "modern"
    warm: float = 0.5  # share of the steps without a discriminator
    adversarial: float = 0.3  # weight of the adversarial loss
    features: float = 5.0  # weight of the distance between the discriminator's features
    pixels: float = 10.0  # weight of the mean absolute difference of the pixels
    noise_kl: float = 0.02  # weight of the KL term of the noise


class Modern(Trainer):
    """Autoencoder first, then autoencoder and adversary together; Adam (0.5, 0.99), rates fall along a cosine."""

    settings_type = ModernSettings
    rate, d_rate = 1e-3, 4e-4
    head_start = 50  # steps in which the discriminator learns alone

    def __init__(self, data: TrainingSet, settings: ModernSettings, device: Device, graph: bool = True):
        super().__init__(data, settings, device, graph)
        self.q = self._placed(PictureEncoder(settings.df, self.g.noise))
        self.d = self._placed(ProjectionDiscriminator(settings.df))
        own = [*self.g.parameters(), *self.q.parameters()]
        self.g_optimiser = torch.optim.Adam(own, self.rate, (0.5, 0.99), fused=True)
        self.d_optimiser = torch.optim.Adam(self.d.parameters(), self.d_rate, (0.5, 0.99), fused=True)
        self.begin = round(settings.warm * settings.steps)

    @classmethod
    def build(cls, embedding: int, settings: ModernSettings) -> nn.Module:
        return Generator(embedding, settings.gf, settings.noise, settings.condition, shuffle=True)

    @property
    def networks(self) -> dict[str, nn.Module]:
        return {**super().networks, "picture encoder": self.q}

    def _update(self, batch: Batch, number: int, generator: torch.Generator) -> Terms:
        fall = 0.02 + 0.98 * 0.5 * (1 + math.cos(math.pi * number / self.settings.steps))
        with self.device.autocast():
            mean, logvar = self.q(batch.pictures)
            u = torch.randn(mean.shape, generator=generator).to(mean.device)
            redrawn, mu, c_logvar = self.g(batch.embedding, mean + (0.5 * logvar).exp() * u, batch.eps)
        s = self.settings
        terms = {
            "g_pixels": s.pixels * (redrawn.float() - batch.pictures).abs().mean(),
            "g_noise_kl": s.noise_kl * mean.shape[1] * kl_divergence(mean.float(), logvar.float()),
            "g_kl": 0.1 * kl_divergence(mu.float(), c_logvar.float()),
        }
        if number >= self.begin:
            terms |= self._adversary(batch, redrawn, mu.detach(), number, fall, generator)
        self._descend(self.g_optimiser, sum(v for name, v in terms.items() if name.startswith("g_")), self.rate * fall)
        return terms

    def _adversary(self, batch: Batch, redrawn, mu, number: int, fall: float, generator) -> Terms:
        """Updates the discriminator; what it adds to the generator's loss, once it has had its head start."""
        changes = generator.get_state()
        with self.device.autocast():
            fake, _, _ = self.g(batch.embedding, batch.z, batch.eps)
            features = self.d.features(diff_augment(batch.pictures, generator))
            real, wrong = self.d.judge(features, mu), self.d.judge(features, mu[batch.other])
            drawn = self.d(diff_augment(fake.detach(), generator), mu)
            terms = hinge_d_loss(real.float(), wrong.float(), drawn.float())
        self._descend(self.d_optimiser, sum(terms.values()), self.d_rate * fall)
        terms = {f"d_{name}": value for name, value in terms.items()}
        if number < self.begin + self.head_start:
            return terms
        # The same changes as the real pictures had, so that their features, known already, can be compared.
        after = generator.get_state()
        generator.set_state(changes)
        with self.device.autocast():
            own = self.d.features(diff_augment(redrawn, generator))
            generator.set_state(after)
            logits = self.d(diff_augment(fake, generator), mu).mean() + 0.5 * self.d.judge(own, mu).mean()
        target = features.detach().float()
        distance = (own.float() - target).abs().mean() / target.abs().mean()
        return terms | {
            "g_features": self.settings.features * distance,
            "g_adversarial": -self.settings.adversarial * logits.float(),
        }
