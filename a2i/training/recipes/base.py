"""What all recipes share: the settings, the training set, the draw of a batch, a step and the moving average."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import nn

from a2i.models.generator import Generator
from a2i.training import distributed
from a2i.training.augment import crop_and_flip, to_tensor
from a2i.training.device import Device
from a2i.training.graph import Captured, set_rate
from a2i.training.recipes.losses import Terms


@dataclass(frozen=True)
class GanSettings:
    """What every recipe can be told; each adds its own and has its own defaults."""

    recipe: str = ""  # its name
    gf: int = 32  # width of the generator (1 to 1024)
    df: int = 32  # width of the discriminator (1 to 1024)
    noise: int = 100  # size of z (1 to 4096)
    condition: int = 128  # size of mu, logvar and c (1 to 4096)
    steps: int = 3000  # updates of each network (1 to 100000000)
    batch: int = 32  # pictures a step, of all processes together (2 to 4096)
    ema: float = 0.995  # decay of the generator's moving average at the end; it warms up (0 to 0.99999)
    crop: bool = False  # a random 64x64 of the picture enlarged to `enlarged`
    enlarged: int = 76  # pixels of a side (64 to 512)
    flip: bool = False  # mirror half of the pictures; hurts scenes that have a left and a right
    seed: int = 0  # of the weights and of every draw (0 to 999999999)


@dataclass(frozen=True)
class TrainingSet:
    """What the generator learns from, a row a clip."""

    embeddings: torch.Tensor  # float32 (clips, views, size): of the clip, and of the clip rolled in time
    frames: torch.Tensor  # uint8 (clips, frames, 64, 64, 3)
    labels: torch.Tensor  # int64 (clips,)
    parts: tuple[int, ...] = ()  # sizes of what `embeddings` join, those of the embedding first; empty: it is all there is
    embedding: int = 0  # how many of the numbers, the first, are the embedding; 0: all

    def to(self, device: torch.device) -> "TrainingSet":
        """The same on `device`: the whole set fits a GPU's memory at the paper's size."""
        return replace(
            self, embeddings=self.embeddings.to(device), frames=self.frames.to(device), labels=self.labels.to(device)
        )

    def embedding_alone(self) -> "TrainingSet":
        """The same without what a recipe that hears the embedding alone has no use for."""
        return replace(self, embeddings=self.embeddings[:, :, : self.embedding], parts=(), embedding=0) if self.embedding else self


@dataclass(frozen=True)
class Batch:
    """One step's draw: this process's part of it, but for `other`."""

    pictures: torch.Tensor  # (batch, 3, 64, 64) in [-1, 1]
    embedding: torch.Tensor  # (batch, embedding), of the pictures' sounds
    other: torch.Tensor  # (batch,) a position in the WHOLE batch whose sound is of ANOTHER class
    z: torch.Tensor  # (batch, noise)
    eps: torch.Tensor  # (batch, condition)


class Trainer:
    """The generator, its moving average and the draw of batches; a recipe adds its discriminator and its update.

    On CUDA a recipe that is `graphed` draws on the GPU and replays its whole update as one graph; `graph=False` runs the
    same update kernel by kernel, to the same result.
    """

    settings_type = GanSettings
    hears_all = False  # whether it is told the whole description of a sound; else the embedding alone
    unit = "hinge, units of D's score"  # of the discriminator's loss
    confidence: np.ndarray | None = None  # (clips, frames) that a frame shows its class, where the recipe asks
    graphed = False  # whether `_update` reads nothing from the device and depends on the step's number in its rates alone

    def __init__(self, data: TrainingSet, settings: GanSettings, device: Device, graph: bool = True):
        torch.manual_seed(settings.seed)
        self.settings, self.device = settings, device
        self.data = (data if self.hears_all else data.embedding_alone()).to(device.target)
        # A loop's launches are slower than the GPU's arithmetic at 64x64: randomness is made where it is used.
        self.random = torch.Generator(device.target if self.graphed else "cpu")
        self._graph = graph and self.graphed and device.is_cuda and distributed.world() == 1
        self._captured: Captured | None = None
        size = self.data.embeddings.shape[2]
        self.g = self._placed(self.build(size, settings))
        self._standardise()
        self.ema = self._placed(self.build(size, settings))
        self.ema.load_state_dict(self.g.state_dict())
        self.ema.requires_grad_(False)

    @classmethod
    def build(cls, embedding: int, settings: GanSettings) -> nn.Module:
        """The recipe's generator, untrained."""
        return Generator(embedding, settings.gf, settings.noise, settings.condition)

    def _standardise(self) -> None:
        """Tells the generator the mean and deviation of what it will hear."""
        flat = self.data.embeddings.flatten(0, 1)
        self.g.ca.center.copy_(flat.mean(0))
        self.g.ca.scale.copy_(flat.std(0).clamp_min(1e-3))

    def _placed(self, network: nn.Module) -> nn.Module:
        return distributed.synced(network).to(self.device.target, memory_format=torch.channels_last)

    def _adam(self, network: nn.Module, rate: float, betas: tuple[float, float]) -> torch.optim.Adam:
        """Adam whose rate a graph reads anew at each replay."""
        own = [p for p in network.parameters() if p.requires_grad]
        if not self.device.is_cuda:
            return torch.optim.Adam(own, rate, betas, fused=True)
        rate = torch.tensor(rate, device=self.device.target)
        return torch.optim.Adam(own, rate, betas, fused=True, capturable=True)

    @property
    def networks(self) -> dict[str, nn.Module]:
        """The trained networks by name."""
        return {"generator": self.g, "discriminator": self.d}

    @property
    def optimisers(self) -> dict[str, torch.optim.Optimizer]:
        """What updates them."""
        return {"g_adam": self.g_optimiser, "d_adam": self.d_optimiser}

    @property
    def parts(self) -> dict[str, nn.Module | torch.optim.Optimizer]:
        """All that a checkpoint must hold."""
        return {**self.networks, "ema": self.ema, **self.optimisers}

    @property
    def acts(self) -> dict[int, str]:
        """What the training does, by the step from which on it does it."""
        return {0: "both networks"}

    @torch.no_grad()
    def scores(self, batch: Batch) -> dict[str, torch.Tensor]:
        """The pictures that the averaged generator draws for a batch, `drawn` (batch, 3, 64, 64), and the discriminator's
        scores (batch,): of `real` pictures with their sounds, with `wrong` ones, and of the `fake` ones, those drawn."""
        training = self.d.training
        drawn, mu, _ = self.ema.eval()(batch.embedding, batch.z, batch.eps)
        self.d.eval()
        real, fake = self._score(batch.pictures, mu), self._score(drawn, mu)
        wrong = self._score(batch.pictures, self._of_another_class(mu, batch))
        self.d.train(training)
        return {"drawn": drawn, "real": real, "wrong": wrong, "fake": fake}

    def _score(self, pictures: torch.Tensor, mu: torch.Tensor) -> torch.Tensor:
        """The discriminator's scores (batch,)."""
        return self.d(pictures, mu)

    def draw(self, generator: torch.Generator) -> Batch:
        """A batch drawn with `generator` alone, and of it this process's part."""
        data, n, where = self.data, self.settings.batch, generator.device
        rows = torch.randint(len(data.labels), (n,), generator=generator, device=where)
        view = torch.randint(data.embeddings.shape[1], (n,), generator=generator, device=where)
        frame = torch.randint(data.frames.shape[1], (n,), generator=generator, device=where)
        noise = torch.randn(n, self.g.noise + self.g.condition, generator=generator, device=where)
        priority = torch.rand(n, n, generator=generator, device=where)
        rows, view, frame, noise, priority = (t.to(self.device.target) for t in (rows, view, frame, noise, priority))
        labels = data.labels[rows]
        other = (priority * (labels[:, None] != labels[None, :])).argmax(1)
        pictures = to_tensor(data.frames[rows, frame])
        if self.settings.crop or self.settings.flip:
            size = self.settings.enlarged if self.settings.crop else pictures.shape[2]
            pictures = crop_and_flip(pictures, flip=self.settings.flip, generator=generator, size=size)
        z, eps = noise.split([self.g.noise, self.g.condition], 1)
        return Batch(*map(distributed.own_part, (pictures, data.embeddings[rows, view], other, z, eps)))

    def step(self, number: int) -> Terms:
        """Step `number` of the training, its randomness drawn from (seed, number); the named terms of the losses."""
        self._schedule(number)
        if self._graph and self._captured is None:
            self._captured = Captured(self._drawn_update, self.random, self.networks.values(), self.optimisers.values())
        self.random.manual_seed(self.settings.seed * 1_000_003 + number)
        terms = self._captured() if self._captured else self._drawn_update(number)
        self._follow(number)
        return distributed.mean_terms(terms)

    def _drawn_update(self, number: int = 0) -> Terms:
        """An update from a batch drawn with `random`. Nothing returned holds on to the gradients' graph, which would keep
        the next capture from another stream."""
        terms = self._update(self.draw(self.random), number, self.random)
        return {name: value.detach() for name, value in terms.items()}

    def _schedule(self, number: int) -> None:
        """Sets the learning rates of step `number`; without a schedule of the recipe's they stay."""

    @torch.no_grad()
    def _follow(self, number: int) -> None:
        """Moves the average after step `number`."""
        self._average(self.ema, self.g, number, self.settings.ema)

    @staticmethod
    def _average(average: nn.Module, network: nn.Module, number: int, decay: float) -> None:
        """Moves `average` towards `network`. Its window grows with the training, so that a short one is not all beginning."""
        share = 1 - min(decay, (1 + number) / (10 + number))
        torch._foreach_lerp_(list(average.parameters()), list(network.parameters()), share)
        if own := _statistics(average):
            torch._foreach_lerp_(own, _statistics(network), share)

    def _descend(self, optimiser: torch.optim.Optimizer, loss: torch.Tensor, rate: float | None = None) -> torch.Tensor:
        """One update by `optimiser`; the norm of the gradient."""
        if rate is not None:
            set_rate(optimiser, rate)
        own = [p for group in optimiser.param_groups for p in group["params"]]
        optimiser.zero_grad(set_to_none=True)
        loss.backward(inputs=own)  # the other network's gradients are not computed
        gradients = [p.grad for p in own if p.grad is not None]
        distributed.average(gradients)
        norm = nn.utils.get_total_norm(gradients)
        optimiser.step()
        return norm

    def _of_another_class(self, mu: torch.Tensor, batch: Batch) -> torch.Tensor:
        """The conditions `mu` (batch, condition) of sounds of another class than each picture's own."""
        return distributed.of_all(mu)[batch.other]

    def preview(self, rows: torch.Tensor, z: torch.Tensor, eps: torch.Tensor) -> torch.Tensor:
        """What the averaged generator, in eval mode, draws for the training clips at `rows` at present."""
        return self.ema(self.data.embeddings[rows, 0], z, eps)[0]

    @torch.no_grad()
    def settle(self, batches: int = 40) -> None:
        """Gives the averaged generator batch-norm statistics of its own: the mean over fresh batches."""
        self._settle((self.ema,), lambda batch: self.ema(batch.embedding, batch.z, batch.eps), batches)

    def _settle(self, averages: Sequence[nn.Module], feed: Callable[[Batch], object], batches: int) -> None:
        """Has the batch norms of `averages` take the plain mean over what `feed` shows them; leaves all in eval mode."""
        for norm in (m for average in averages for m in average.modules()):
            if isinstance(norm, nn.modules.batchnorm._BatchNorm):
                norm.reset_running_stats()
                norm.momentum = None
        for average in averages:
            average.train()
        for i in range(batches):
            feed(self.draw(self.random.manual_seed(self.settings.seed * 1_000_003 + i)))
        for average in averages:
            average.eval()


def _statistics(network: nn.Module) -> list[torch.Tensor]:
    """Batch norm's running means and variances."""
    norms = (m for m in network.modules() if isinstance(m, nn.modules.batchnorm._BatchNorm))
    return [t for norm in norms for t in (norm.running_mean, norm.running_var)]
