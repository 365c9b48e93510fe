"""The two ways to train the generator: networks, losses and one step of each.

`stackgan` is the paper's (StackGAN's stage I with the sound's embedding for the text's), its flaws mended. `modern` adds
a picture encoder, so that the generator first learns to draw the training frames again (a conditional variational
autoencoder, Bao et al. 2017), and is then sharpened by a discriminator with spectral norm, a projected condition, hinge
losses and DiffAugment.
"""

import math
from dataclasses import dataclass

import torch
from torch import nn
from torch.nn import functional as F

from a2i.core.errors import A2IError
from a2i.models.discriminators import Discriminator, ProjectionDiscriminator
from a2i.models.generator import Generator, PictureEncoder
from a2i.training.augment import crop_and_flip, diff_augment, to_tensor
from a2i.training.device import Device

Terms = dict[str, torch.Tensor]


@dataclass(frozen=True)
class GanSettings:
    """How the generator is built and trained."""

    recipe: str = "modern"  # "modern", or "stackgan" (the paper's)
    gf: int = 32  # width of the generator; the paper's is 192
    df: int = 32  # width of the discriminator; the paper's is 96
    steps: int = 3000  # updates of each network
    batch: int = 32  # pictures a step; the paper's is 64
    kl_weight: float = 2.0  # stackgan: of the conditioning augmentation's KL term
    halvings: int = 3  # stackgan: how often, evenly spread, the rate of 2e-4 is halved
    warm: float = 0.5  # modern: share of the steps without a discriminator
    adversarial: float = 0.3  # modern: weight of the adversarial loss
    features: float = 5.0  # modern: weight of the distance between the discriminator's features
    pixels: float = 10.0  # modern: weight of the mean absolute difference of the pixels
    noise_kl: float = 0.02  # modern: weight of the KL term of the noise
    ema: float = 0.995  # decay of the generator's moving average at the end; it warms up
    crop: bool = False  # a random 64x64 of the picture enlarged to 76x76; the paper's
    flip: bool = False  # mirror half of the pictures; hurts scenes that have a left and a right
    seed: int = 0  # of the weights and of every draw


@dataclass(frozen=True)
class TrainingSet:
    """What the generator learns from, a row a clip."""

    embeddings: torch.Tensor  # float32 (clips, views, embedding): of the clip, and of the clip rolled in time
    frames: torch.Tensor  # uint8 (clips, frames, 64, 64, 3)
    labels: torch.Tensor  # int64 (clips,)

    def to(self, device: torch.device) -> "TrainingSet":
        """The same on `device`: the whole set fits a GPU's memory at the paper's size."""
        return TrainingSet(self.embeddings.to(device), self.frames.to(device), self.labels.to(device))


@dataclass(frozen=True)
class Batch:
    """One step's draw."""

    pictures: torch.Tensor  # (batch, 3, 64, 64) in [-1, 1]
    embedding: torch.Tensor  # (batch, embedding), of the pictures' sounds
    other: torch.Tensor  # (batch,) a position in this batch whose sound is of ANOTHER class
    z: torch.Tensor  # (batch, noise)
    eps: torch.Tensor  # (batch, condition)


def kl_divergence(mu: torch.Tensor, logvar: torch.Tensor) -> torch.Tensor:
    """KL(N(mu, sigma^2) || N(0, 1)), the mean over batch and dimensions, as StackGAN's code has it."""
    return 0.5 * (mu.square() + logvar.exp() - 1 - logvar).mean()


def stackgan_d_loss(real: torch.Tensor, wrong: torch.Tensor, fake: torch.Tensor) -> Terms:
    """Terms of the discriminator's loss from logits: real pictures, real with a wrong sound, generated."""
    zeros = torch.zeros_like(real)
    return {
        "real": F.binary_cross_entropy_with_logits(real, torch.ones_like(real)),
        "wrong": 0.5 * F.binary_cross_entropy_with_logits(wrong, zeros),
        "fake": 0.5 * F.binary_cross_entropy_with_logits(fake, torch.zeros_like(fake)),
    }


def hinge_d_loss(real: torch.Tensor, wrong: torch.Tensor, fake: torch.Tensor) -> Terms:
    """The same terms with margins (Lim and Ye 2017)."""
    return {
        "real": F.relu(1 - real).mean(),
        "wrong": 0.5 * F.relu(1 + wrong).mean(),
        "fake": 0.5 * F.relu(1 + fake).mean(),
    }


class Trainer:
    """The generator, its moving average and the draw of batches; a recipe adds its discriminator and its step."""

    shuffle = False

    def __init__(self, data: TrainingSet, settings: GanSettings, device: Device):
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, device
        self.data = data.to(device.target)
        size = data.embeddings.shape[2]
        self.g = self._placed(Generator(size, settings.gf, shuffle=self.shuffle))
        flat = data.embeddings.reshape(-1, size)
        self.g.ca.center.copy_(flat.mean(0))
        self.g.ca.scale.copy_(flat.std(0).clamp_min(1e-3))
        self.ema = self._placed(Generator(size, settings.gf, shuffle=self.shuffle))
        self.ema.load_state_dict(self.g.state_dict())
        self.ema.requires_grad_(False)

    def _placed(self, network: nn.Module) -> nn.Module:
        return network.to(self.device.target, memory_format=torch.channels_last)

    @property
    def networks(self) -> dict[str, nn.Module]:
        """The trained networks by name."""
        return {"generator": self.g, "discriminator": self.d}

    @property
    def parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        """All that a checkpoint must hold."""
        optimisers = {"g_adam": self.g_optimiser, "d_adam": self.d_optimiser}
        return {**self.networks, "ema": self.ema, **optimisers}

    def draw(self, generator: torch.Generator) -> Batch:
        """A batch drawn with `generator` alone."""
        data, n = self.data, self.settings.batch
        rows = torch.randint(len(data.labels), (n,), generator=generator)
        view = torch.randint(data.embeddings.shape[1], (n,), generator=generator)
        frame = torch.randint(data.frames.shape[1], (n,), generator=generator)
        noise = torch.randn(n, self.g.noise + self.g.condition, generator=generator)
        priority = torch.rand(n, n, generator=generator)
        rows, view, frame, noise, priority = (t.to(self.device.target) for t in (rows, view, frame, noise, priority))
        labels = data.labels[rows]
        other = (priority * (labels[:, None] != labels[None, :])).argmax(1)
        pictures = to_tensor(data.frames[rows, frame])
        if self.settings.crop or self.settings.flip:
            size = 76 if self.settings.crop else pictures.shape[2]
            pictures = crop_and_flip(pictures, flip=self.settings.flip, generator=generator, size=size)
        z, eps = noise.split([self.g.noise, self.g.condition], 1)
        return Batch(pictures, data.embeddings[rows, view], other, z, eps)

    def step(self, number: int) -> Terms:
        """Step `number` of the training, its randomness drawn from (seed, number); the named terms of the losses."""
        generator = torch.Generator().manual_seed(self.settings.seed * 1_000_003 + number)
        terms = self._update(self.draw(generator), number, generator)
        with torch.no_grad():
            # The window of the average grows with the training, so that a short one is not all beginning.
            decay = min(self.settings.ema, (1 + number) / (10 + number))
            torch._foreach_lerp_(list(self.ema.parameters()), list(self.g.parameters()), 1 - decay)
        return {name: value.detach() for name, value in terms.items()}

    def _descend(self, optimiser: torch.optim.Optimizer, loss: torch.Tensor, rate: float) -> None:
        optimiser.param_groups[0]["lr"] = rate
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()

    @torch.no_grad()
    def settle(self, batches: int = 40) -> None:
        """Gives the averaged generator batch-norm statistics of its own: the mean over fresh batches."""
        for norm in self.ema.modules():
            if isinstance(norm, nn.modules.batchnorm._BatchNorm):
                norm.reset_running_stats()
                norm.momentum = None  # a plain mean over what follows
        self.ema.train()
        for i in range(batches):
            batch = self.draw(torch.Generator().manual_seed(self.settings.seed * 1_000_003 + i))
            self.ema(batch.embedding, batch.z, batch.eps)
        self.ema.eval()


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


class Modern(Trainer):
    """Autoencoder first, then autoencoder and adversary together; Adam (0.5, 0.99), rates fall along a cosine."""

    shuffle = True
    rate, d_rate = 1e-3, 4e-4
    head_start = 50  # steps in which the discriminator learns alone

    def __init__(self, data: TrainingSet, settings: GanSettings, device: Device):
        super().__init__(data, settings, device)
        self.q = self._placed(PictureEncoder(settings.df, self.g.noise))
        self.d = self._placed(ProjectionDiscriminator(settings.df))
        own = [*self.g.parameters(), *self.q.parameters()]
        self.g_optimiser = torch.optim.Adam(own, self.rate, (0.5, 0.99), fused=True)
        self.d_optimiser = torch.optim.Adam(self.d.parameters(), self.d_rate, (0.5, 0.99), fused=True)
        self.begin = round(settings.warm * settings.steps)

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
        self.d.requires_grad_(True)
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
        self.d.requires_grad_(False)
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


RECIPES: dict[str, type[Trainer]] = {"stackgan": StackGan, "modern": Modern}


def trainer(data: TrainingSet, settings: GanSettings, device: Device) -> Trainer:
    """The trainer of the recipe that `settings` name. Raises A2IError where there is none of that name."""
    if settings.recipe not in RECIPES:
        raise A2IError(f"recipe {settings.recipe!r} is not known: use one of {', '.join(RECIPES)}")
    return RECIPES[settings.recipe](data, settings, device)
