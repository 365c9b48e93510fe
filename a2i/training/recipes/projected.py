"""The recipe for photographs and a GPU: a discriminator on frozen features, after Projected GAN (Sauer et al. 2021).

What a network has learnt from ImageNet tells the discriminator at once what matters in a picture, so that a few hundred
clips are enough. The features of each picture are computed once a step: the real ones' serve their own sound and the
wrong one, the generated ones' serve both networks' updates.
"""

from dataclasses import dataclass

import torch
from torch import nn
from torch.nn.utils import parametrize

from a2i.core.errors import A2IError
from a2i.models.discriminators import FeatureDiscriminator
from a2i.models.features import TAPS, FrozenFeatures
from a2i.models.generator import ResidualGenerator
from a2i.training.augment import diff_augment
from a2i.training.device import Device
from a2i.training.recipes.base import Batch, GanSettings, Trainer, TrainingSet
from a2i.training.recipes.losses import Terms, hinge_d_loss, kl_divergence


@dataclass(frozen=True)
class ProjectedSettings(GanSettings):
    """What a short search on real clips chose."""

    recipe: str = "projected"
    gf: int = 64
    df: int = 64  # of the head on pixels; 0: none (0 to 1024)
    noise: int = 128
    steps: int = 20_000
    batch: int = 64
    ema: float = 0.999
    flip: bool = True
    rate: float = 2e-4  # of Adam, for both networks (1e-7 to 1)
    size: int = 128  # pixels to which pictures are enlarged for the frozen network (32 to 512)
    kl_weight: float = 4.0  # of the conditioning augmentation's KL term (0 to 1000)
    wrong_weight: float = 0.5  # in the discriminator's loss, of real pictures with another class's sound (0 to 1000)
    fake_weight: float = 0.5  # of generated pictures (0 to 1000)


class Projected(Trainer):
    """One update of each network a step, hinge losses summed over the heads, DiffAugment before everything is judged."""

    settings_type = ProjectedSettings
    graphed = True
    betas = (0.0, 0.99)

    def __init__(self, data: TrainingSet, settings: ProjectedSettings, device: Device, graph: bool = True):
        super().__init__(data, settings, device, graph)
        try:
            features = FrozenFeatures(settings.size, torch.bfloat16 if device.is_cuda else torch.float32)
        except ImportError as error:
            raise A2IError("the recipe projected needs its extra: pip install -e '.[projected]'  in the repository") from error
        self.features = features.to(device.target, memory_format=torch.channels_last)
        self.d = self._placed(FeatureDiscriminator(list(TAPS.values()), settings.condition, settings.df))
        self.g_optimiser = self._adam(self.g, settings.rate, self.betas)
        self.d_optimiser = self._adam(self.d, settings.rate, self.betas)

    @classmethod
    def build(cls, embedding: int, settings: ProjectedSettings) -> nn.Module:
        return ResidualGenerator(embedding, settings.gf, settings.noise, settings.condition)

    def _score(self, pictures: torch.Tensor, mu: torch.Tensor) -> torch.Tensor:
        """The mean over the heads and their places."""
        logits = self.d.judge(self.d.look(self.d.mix(self.features(pictures)), pictures), mu)
        return sum(x.mean(1) for x in logits) / len(logits)

    def _update(self, batch: Batch, number: int, generator: torch.Generator) -> Terms:
        with self.device.autocast():
            fake, mu, logvar = self.g(batch.embedding, batch.z, batch.eps)
        # Both in full precision: what rounding does to a translation would tell one from the other.
        real, fake = diff_augment(batch.pictures, generator), diff_augment(fake.float(), generator)
        with self.device.autocast():
            with torch.no_grad():
                real_mixed = self.d.mix(self.features(real))
            fake_mixed = self.d.mix(self.features(fake))
        terms = self._discern(real, real_mixed, fake.detach(), [x.detach() for x in fake_mixed], mu.detach(), batch)
        with parametrize.cached():
            normalise(self.d.eval())  # the second look at the same weights is no second power iteration
            with self.device.autocast():
                logits = self.d.judge(self.d.look(fake_mixed, fake), mu.detach())
            adversarial = -sum(x.mean() for x in logits)
            kl = self.settings.kl_weight * kl_divergence(mu.float(), logvar.float())
            norm = self._descend(self.g_optimiser, adversarial + kl)
        return terms | {"g_adversarial": adversarial, "g_kl": kl, "norm_g": norm}

    def _discern(self, real, real_mixed, fake, fake_mixed, mu, batch: Batch) -> Terms:
        """Updates the discriminator."""
        s = self.settings
        with parametrize.cached():
            normalise(self.d.train())
            with self.device.autocast():
                # In one pass: the heads' kernels are small, and none of them mixes pictures.
                both = [torch.cat(pair) for pair in zip(real_mixed, fake_mixed, strict=True)]
                seen = self.d.look(both, torch.cat([real, fake]))
                three = [torch.cat([x[: len(real)], x]) for x in seen]  # the real ones twice: with each sound
                wrong_mu = self._of_another_class(mu, batch)
                logits = [x.chunk(3) for x in self.d.judge(three, torch.cat([wrong_mu, mu, mu]))]
            heads = [hinge_d_loss(right, wrong, fake, s.wrong_weight, s.fake_weight) for wrong, right, fake in logits]
            terms = {name: sum(head[name] for head in heads) for name in heads[0]}
            norm = self._descend(self.d_optimiser, sum(terms.values()))
        means = (sum(x.mean() for x in part) / len(logits) for part in zip(*logits, strict=True))
        scores = dict(zip(("score_wrong", "score_real", "score_fake"), means, strict=True))
        return {f"d_{name}": value for name, value in terms.items()} | scores | {"norm_d": norm}


def normalise(network: nn.Module) -> None:
    """Computes every spectral-norm weight in full precision; inside `parametrize.cached`, for all that follows."""
    for module in network.modules():
        if parametrize.is_parametrized(module):
            module.weight  # noqa: B018
