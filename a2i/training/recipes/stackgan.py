"""The paper's recipe: StackGAN's stage I (Zhang et al. 2017) with the sound's embedding for the text's, its flaws mended."""

import torch
from torch.nn import functional as F

from a2i.models.discriminators import Discriminator
from a2i.training.device import Device
from a2i.training.recipes.base import Batch, GanSettings, Trainer, TrainingSet
from a2i.training.recipes.losses import Terms, kl_divergence, stackgan_d_loss


class StackGan(Trainer):
    """The paper's recipe: Adam 2e-4 (0.5, 0.999), one update of each network a step."""

    rate = 2e-4

    def __init__(self, data: TrainingSet, settings: GanSettings, device: Device):
        super().__init__(data, settings, device)
        self.d = self._placed(Discriminator(settings.df))
        self.g_optimiser = torch.optim.Adam(self.g.parameters(), self.rate, (0.5, 0.999), fused=True)
        self.d_optimiser = torch.optim.Adam(self.d.parameters(), self.rate, (0.5, 0.999), fused=True)

    def _update(self, batch: Batch, number: int, generator: torch.Generator) -> Terms:
        rate = self.rate * 0.5 ** (number * (self.settings.halvings + 1) // self.settings.steps)
        with self.device.autocast():
            fake, mu, logvar = self.g(batch.embedding, batch.z, batch.eps)
            told = mu.detach()
            # The features of the real pictures serve their own sound and the wrong one.
            features = self.d.features(batch.pictures)
            real, wrong = self.d.judge(features, told), self.d.judge(features, told[batch.other])
            terms = stackgan_d_loss(real.float(), wrong.float(), self.d(fake.detach(), told).float())
        self._descend(self.d_optimiser, sum(terms.values()), rate)
        self.d.requires_grad_(False)
        with self.device.autocast():
            logits = self.d(fake, told).float()
            adversarial = F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
            kl = self.settings.kl_weight * kl_divergence(mu.float(), logvar.float())
        self._descend(self.g_optimiser, adversarial + kl, rate)
        self.d.requires_grad_(True)
        return {f"d_{name}": value for name, value in terms.items()} | {"g_adversarial": adversarial, "g_kl": kl}
