"""The paper's recipe: StackGAN's stage I (Zhang et al. 2017) with the sound's embedding for the text's, its flaws mended."""

from dataclasses import dataclass

import torch
from torch.nn import functional as F

from a2i.models.discriminators import Discriminator
from a2i.training.device import Device
from a2i.training.graph import set_rate
from a2i.training.recipes.base import Batch, GanSettings, Trainer, TrainingSet
from a2i.training.recipes.losses import Terms, kl_divergence, stackgan_d_loss


@dataclass(frozen=True)
class StackGanSettings(GanSettings):
    """The paper's figures, or its published code's where the paper names none."""

    recipe: str = "stackgan"
    gf: int = 192
    df: int = 96
    steps: int = 310_000  # 400 epochs of 49,643 clips (1 to 100000000)
    batch: int = 64
    ema: float = 0.0  # no average: what draws is the last generator (0 to 0.99999)
    crop: bool = True  # a random 64 of 76
    flip: bool = True
    rate: float = 2e-4  # of Adam, for both networks (1e-7 to 1)
    beta1: float = 0.5  # of Adam (0 to 0.9999)
    beta2: float = 0.999  # of Adam (0 to 0.999999)
    halvings: int = 3  # of the rate, evenly spread: after every 100 of 400 epochs (0 to 60)
    kl_weight: float = 2.0  # of the conditioning augmentation's KL term (0 to 1000)
    wrong_weight: float = 0.5  # in the discriminator's loss, of real pictures with another class's sound (0 to 1000)
    fake_weight: float = 0.5  # of generated pictures (0 to 1000)


class StackGan(Trainer):
    """One update of each network a step."""

    settings_type = StackGanSettings
    unit = "cross-entropy, nat"
    graphed = True

    def __init__(self, data: TrainingSet, settings: StackGanSettings, device: Device, graph: bool = True):
        super().__init__(data, settings, device, graph)
        self.d = self._placed(Discriminator(settings.df, settings.condition))
        betas = (settings.beta1, settings.beta2)
        self.g_optimiser = self._adam(self.g, settings.rate, betas)
        self.d_optimiser = self._adam(self.d, settings.rate, betas)

    @property
    def acts(self) -> dict[int, str]:
        s = self.settings
        return {s.steps * i // (s.halvings + 1): f"rate {s.rate * 0.5**i:.1e}" for i in range(s.halvings + 1)}

    def _schedule(self, number: int) -> None:
        rate = self.settings.rate * 0.5 ** (number * (self.settings.halvings + 1) // self.settings.steps)
        for optimiser in self.optimisers.values():
            set_rate(optimiser, rate)

    def _update(self, batch: Batch, number: int, generator: torch.Generator) -> Terms:
        with self.device.autocast(cached=True):
            fake, mu, logvar = self.g(batch.embedding, batch.z, batch.eps)
            condition = mu.detach()
            # The features of the real pictures serve their own sound and the wrong one.
            features = self.d.features(batch.pictures)
            real = self.d.judge(features, condition).float()
            wrong = self.d.judge(features, self._of_another_class(condition, batch)).float()
            drawn = self.d(fake.detach(), condition).float()
        s = self.settings
        d_terms = stackgan_d_loss(real, wrong, drawn, s.wrong_weight, s.fake_weight)
        d_norm = self._descend(self.d_optimiser, sum(d_terms.values()))
        with self.device.autocast():
            logits = self.d(fake, condition).float()
        adversarial = F.binary_cross_entropy_with_logits(logits, torch.ones_like(logits))
        kl = s.kl_weight * kl_divergence(mu.float(), logvar.float())
        g_norm = self._descend(self.g_optimiser, adversarial + kl)
        return {
            **{f"d_{name}": value for name, value in d_terms.items()}, "g_adversarial": adversarial, "g_kl": kl,
            "score_real": real.mean(), "score_wrong": wrong.mean(), "score_fake": drawn.mean(),
            "norm_d": d_norm, "norm_g": g_norm,
        }  # fmt: skip
