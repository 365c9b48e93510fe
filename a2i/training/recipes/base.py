"""What all recipes share: the settings, the training set, the draw of a batch and the moving average."""

from dataclasses import dataclass

import torch
from torch import nn

from a2i.models.generator import Generator
from a2i.training.augment import crop_and_flip, to_tensor
from a2i.training.device import Device
from a2i.training.recipes.losses import Terms


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
