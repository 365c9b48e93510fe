"""Training the sound's encoder as a classifier of log-mels, and applying it: cross-entropy over the classes, then frozen."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from a2i.data.store import Store
from a2i.models.encoder import Encoder
from a2i.training import checkpoint, loop
from a2i.training.device import Device, choose

FILE = "encoder.safetensors"


@dataclass(frozen=True)
class EncoderSettings:
    """How the encoder is built and trained."""

    width: int = 16  # channels of the first block; doubles with each of three blocks
    embedding: int = 256  # size of the embedding; the paper's is 1024
    pooling: str = "attention"  # "mean" (the paper's) or "attention"
    epochs: int = 40  # passes over the training clips
    batch: int = 32  # clips a step
    learning_rate: float = 2e-3  # peak of a one-cycle schedule, Adam with decoupled weight decay
    weight_decay: float = 0.02  # of AdamW
    augment: bool = True  # roll in time, level, SpecAugment masks, mixing of two clips
    seed: int = 0  # of the weights, the order and the augmentation


def augment(log_mel: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Log-mels (batch, 1, 128, frames), dB, each rolled in time, changed in level and masked.

    Masks after SpecAugment (Park et al. 2019), one in time and one in frequency, filled with the clip's mean.
    """
    batch, _, bands, frames = log_mel.shape
    draw = torch.rand(batch, 6, generator=generator, device=generator.device).to(log_mel.device)
    roll, level, time, duration, band, width = draw.view(batch, 6, 1).unbind(1)
    steps, rows = (torch.arange(n, device=log_mel.device) for n in (frames, bands))
    source = (steps - (roll * frames).long()) % frames
    out = log_mel.gather(3, source[:, None, None].expand(-1, 1, bands, -1)) + 12 * (level[..., None, None] - 0.5)
    late, high = steps - (time * frames).long(), rows - (band * bands).long()
    hidden_steps = (late >= 0) & (late < (duration * frames * 0.15).long())
    hidden_rows = (high >= 0) & (high < (width * bands * 0.15).long())
    hidden = hidden_steps[:, None, None, :] | hidden_rows[:, None, :, None]
    return torch.where(hidden, out.mean((1, 2, 3), keepdim=True), out)


def batch_loss(model: Encoder, log_mel: torch.Tensor, labels: torch.Tensor, generator: torch.Generator | None):
    """Cross-entropy of a batch; with a generator, augmented, and mixed with a rolled copy (mixup, Zhang et al. 2018)."""
    if generator is None:
        return F.cross_entropy(model(log_mel), labels)
    log_mel = augment(log_mel, generator)
    weight = float(torch.rand((), generator=generator)) * 0.4
    logits = model(torch.lerp(log_mel, log_mel.roll(1, 0), weight))
    return (1 - weight) * F.cross_entropy(logits, labels) + weight * F.cross_entropy(logits, labels.roll(1, 0))


def train(
    store: Store, folder: Path, settings: EncoderSettings, device: Device | None = None, stop: Callable[[], bool] | None = None
) -> Encoder:
    """Trains on the store's training clips, or goes on where `folder` stopped; saves the last weights and the losses.

    Nothing is selected on the evaluation clips: their accuracy stays an honest estimate.
    """
    work = _Training(store, settings, device or choose())
    if not loop.run(work, folder, FILE, loop.Course("encoder, epoch", settings.epochs, shown=("loss",)), stop):
        return work.model
    work.model.eval()
    checkpoint.save(Path(folder) / FILE, {"model": work.model}, settings=asdict(settings), classes=store.classes)
    loop.finish(folder, FILE)
    return work.model


class _Training:
    """The encoder on its way; a step is an epoch."""

    def __init__(self, store: Store, settings: EncoderSettings, device: Device):
        torch.manual_seed(settings.seed)
        model = Encoder(len(store.classes), settings.width, settings.embedding, settings.pooling)
        self.model = model.to(device.target, memory_format=torch.channels_last)
        self.store, self.settings, self.device = store, settings, device
        self.rows, labels = store.split_rows(picture=False)
        self.labels = torch.from_numpy(labels).to(device.target)
        self.log_mels = _resident(store, self.rows, device) if device.is_cuda else None
        _standardise(self.model, store, self.rows)
        self.optimiser = torch.optim.AdamW(
            self.model.parameters(), settings.learning_rate, weight_decay=settings.weight_decay
        )
        self.parts = {"model": self.model, "optimiser": self.optimiser}

    def step(self, number: int) -> dict[str, torch.Tensor]:
        """One pass in an order drawn from (seed, epoch); the mean loss."""
        settings = self.settings
        self.model.train()
        torch.manual_seed(settings.seed * 100_003 + number)  # dropout
        generator = torch.Generator().manual_seed(settings.seed * 100_003 + number)
        order = torch.randperm(len(self.rows), generator=generator).numpy()
        batches = [order[i : i + settings.batch] for i in range(0, len(order), settings.batch)]
        batches = [b for b in batches if len(b) > 1]  # batch normalisation needs two
        losses = []
        for i, pick in enumerate(batches):
            rate = settings.learning_rate * one_cycle((number + i / len(batches)) / settings.epochs)
            losses.append(self._learn(pick, rate, generator if settings.augment else None))
        return {"loss": torch.stack(losses).mean(), "rate": torch.tensor(rate)}

    def _learn(self, pick: np.ndarray, rate: float, generator: torch.Generator | None) -> torch.Tensor:
        """One update, from the clips at `pick`; its loss."""
        self.optimiser.param_groups[0]["lr"] = rate
        if self.log_mels is None:
            log_mel = torch.from_numpy(self.store.log_mel(self.rows[pick]))
        else:
            log_mel = self.log_mels[pick].float()
        with self.device.autocast():
            loss = batch_loss(self.model, log_mel[:, None], self.labels[pick], generator)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()
        self.optimiser.step()
        return loss.detach()


def _resident(store: Store, rows: np.ndarray, device: Device, block: int = 512) -> torch.Tensor:
    """The log-mels at `rows` on the GPU, float16 as the store has them: 5.6 GB at the paper's size."""
    parts = (torch.from_numpy(store.log_mel(rows[i : i + block])).half() for i in range(0, len(rows), block))
    return torch.cat([part.to(device.target) for part in parts])


def one_cycle(done: float, warm: float = 0.15) -> float:
    """Share of the peak rate after the share `done` of the training: linear up, cosine down (Smith 2018)."""
    if done < warm:
        return 0.1 + 0.9 * done / warm
    return max(0.5 * (1 + np.cos(np.pi * (done - warm) / (1 - warm))), 1e-3)


def _standardise(model: Encoder, store: Store, rows: np.ndarray, sample: int = 2000) -> None:
    """Sets the mean and deviation of the training log-mels, from at most `sample` clips spread over them."""
    chosen = rows[:: max(len(rows) // sample, 1)]
    parts = [store.log_mel(chosen[i : i + 64]) for i in range(0, len(chosen), 64)]
    count = sum(p.size for p in parts)
    mean = sum(p.sum(dtype=np.float64) for p in parts) / count
    model.mean.fill_(float(mean))
    model.deviation.fill_(float(np.sqrt(sum(np.square(p - mean, dtype=np.float64).sum() for p in parts) / count)))


def load(folder: Path | str, device: Device | None = None) -> Encoder:
    """The trained encoder of a stage's folder, frozen and in eval mode; its `classes` are set."""
    path = Path(folder) / FILE
    _, header = checkpoint.read(path)
    settings = EncoderSettings(**header["meta"]["settings"])
    model = Encoder(len(header["meta"]["classes"]), settings.width, settings.embedding, settings.pooling)
    checkpoint.load(path, {"model": model})
    model.classes = header["meta"]["classes"]
    return model.eval().requires_grad_(False).to((device or choose()).target)


@torch.no_grad()
def apply(
    model: Encoder, store: Store, rows: np.ndarray, *, generator: torch.Generator | None = None, batch: int = 64
) -> dict[str, np.ndarray]:
    """Embeddings float32 (n, embedding), descriptions (n, size), which begin with the embedding and are what a generator is
    told, probabilities (n, classes) and attention (n, steps) of the clips at `rows`.

    With a `generator` the clips are augmented first.
    """
    device = next(model.parameters()).device
    parts = []
    for i in range(0, len(rows), batch):
        log_mel = torch.from_numpy(store.log_mel(rows[i : i + batch]))[:, None].to(device)
        description, embedding, weights = model.describe(augment(log_mel, generator) if generator else log_mel)
        parts.append((embedding, description, model.classifier(embedding).softmax(1), weights))
    joined = [torch.cat(column).float().cpu().numpy() for column in zip(*parts)]
    return dict(zip(("embedding", "description", "probability", "attention"), joined))
