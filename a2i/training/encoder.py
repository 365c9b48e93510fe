"""Training the sound's encoder as a classifier of log-mels, and applying it: cross-entropy over the classes, then frozen."""

from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from a2i.core.progress import Progress
from a2i.data.store import Store
from a2i.models.encoder import Encoder
from a2i.training import checkpoint
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
    draw = torch.rand(batch, 6, generator=generator)
    out = log_mel.clone()
    for i, (roll, level, t0, tw, f0, fw) in enumerate(draw.tolist()):
        out[i] = log_mel[i].roll(int(roll * frames), 2) + 12 * (level - 0.5)
        mean = out[i].mean()
        start, width = int(t0 * frames), int(tw * frames * 0.15)
        out[i, :, :, start : start + width] = mean
        start, width = int(f0 * bands), int(fw * bands * 0.15)
        out[i, :, start : start + width] = mean
    return out


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
    """Trains on the store's training clips, or goes on where `folder` stopped; saves the last weights.

    Nothing is selected on the evaluation clips: their accuracy stays an honest estimate.
    """
    device = device or choose()
    torch.manual_seed(settings.seed)
    model = Encoder(len(store.classes), settings.width, settings.embedding, settings.pooling).to(device.target, memory_format=torch.channels_last)
    rows, labels = store.split_rows(picture=False)
    _standardise(model, store, rows)
    optimiser = torch.optim.AdamW(model.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
    parts = {"model": model, "optimiser": optimiser}
    partial = Path(folder) / f"partial-{FILE}"
    first = checkpoint.load(partial, parts)["epoch"] if partial.exists() else 0
    progress = Progress("encoder, epoch", settings.epochs, done=first)
    for epoch in range(first, settings.epochs):
        loss = _epoch(model, optimiser, store, rows, labels, settings, epoch, device)
        checkpoint.save(partial, parts, epoch=epoch + 1)
        progress.update(note=f"loss {loss:.2f}")
        if stop and stop():
            return model
    model.eval()
    checkpoint.save(Path(folder) / FILE, {"model": model}, settings=asdict(settings), classes=store.classes)
    partial.unlink(missing_ok=True)
    return model


def _epoch(model, optimiser, store, rows, labels, settings: EncoderSettings, epoch: int, device: Device) -> float:
    """One pass in an order drawn from (seed, epoch); the mean loss."""
    model.train()
    torch.manual_seed(settings.seed * 100_003 + epoch)  # dropout
    generator = torch.Generator().manual_seed(settings.seed * 100_003 + epoch)
    order = torch.randperm(len(rows), generator=generator).numpy()
    batches = [order[i : i + settings.batch] for i in range(0, len(order), settings.batch)]
    batches = [b for b in batches if len(b) > 1]  # batch normalisation needs two
    losses = []
    for i, pick in enumerate(batches):
        for group in optimiser.param_groups:
            group["lr"] = settings.learning_rate * one_cycle((epoch + i / len(batches)) / settings.epochs)
        log_mel = torch.from_numpy(store.log_mel(rows[pick]))[:, None]
        target = torch.from_numpy(labels[pick]).to(device.target)
        generator_or_none = generator if settings.augment else None
        with device.autocast():
            loss = batch_loss(model, log_mel.to(device.target), target, generator_or_none)
        optimiser.zero_grad(set_to_none=True)
        loss.backward()
        optimiser.step()
        losses.append(loss.detach())
    return float(torch.stack(losses).mean())


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
    """Embeddings float32 (n, embedding), probabilities (n, classes) and attention (n, steps) of the clips at `rows`.

    With a `generator` the clips are augmented first.
    """
    device = next(model.parameters()).device
    parts = []
    for i in range(0, len(rows), batch):
        log_mel = torch.from_numpy(store.log_mel(rows[i : i + batch]))[:, None]
        features, weights = model.steps((augment(log_mel, generator) if generator else log_mel).to(device))
        embedding = (features * weights[:, None]).sum(2)
        parts.append((embedding, model.classifier(embedding).softmax(1), weights))
    joined = [torch.cat(column).float().cpu().numpy() for column in zip(*parts)]
    return dict(zip(("embedding", "probability", "attention"), joined))
