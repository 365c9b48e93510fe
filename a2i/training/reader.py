"""The reader of the mini world's attributes: a regressor trained on REAL training frames, applied to any picture."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from a2i.core.progress import Progress
from a2i.models.reader import Reader
from a2i.training import checkpoint
from a2i.training.augment import to_tensor
from a2i.training.device import Device, choose
from a2i.training.passes import one_cycle

FILE = "reader.safetensors"


@dataclass(frozen=True)
class ReaderSettings:
    """How the reader is trained."""

    epochs: int = 8  # passes over the training frames (1 to 10000)
    batch: int = 64  # frames a step (2 to 4096)
    learning_rate: float = 3e-3  # peak of a one-cycle schedule, AdamW (1e-7 to 1)
    weight_decay: float = 0.02  # of AdamW (0 to 1)
    seed: int = 0  # of the weights, the order and the moves (0 to 999999999)


def train(
    frames: np.ndarray, values: np.ndarray, settings: ReaderSettings = ReaderSettings(), device: Device | None = None
) -> Reader:
    """A reader in eval mode, by least squares: uint8 frames (n, 64, 64, 3) -> float values (n, attributes), NaN where a
    frame has none of that attribute.

    Frames are moved by a pixel at most and never mirrored or resized, because sizes and places are what it reads.
    """
    device = device or choose()
    torch.manual_seed(settings.seed)
    model = Reader(values.shape[1]).to(device.target, memory_format=torch.channels_last)
    pictures, wanted = torch.from_numpy(frames), torch.from_numpy(np.asarray(values, np.float32))
    optimiser = torch.optim.AdamW(model.parameters(), settings.learning_rate, weight_decay=settings.weight_decay)
    generator = torch.Generator().manual_seed(settings.seed)
    progress = Progress("reader, epoch", settings.epochs)
    for epoch in range(settings.epochs):
        batches = [b for b in torch.randperm(len(pictures), generator=generator).split(settings.batch) if len(b) > 1]
        for i, pick in enumerate(batches):
            optimiser.param_groups[0]["lr"] = settings.learning_rate * one_cycle((epoch + i / len(batches)) / settings.epochs)
            moved = _moved(to_tensor(pictures[pick]).to(device.target), generator)
            loss = _error(model(moved), wanted[pick].to(device.target))
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()
        progress.update(note=f"loss {float(loss.detach()):.3f}")
    return model.eval().requires_grad_(False)


def save(model: Reader, folder: Path) -> None:
    """Writes a trained reader to `folder`."""
    checkpoint.save(folder / FILE, {"model": model}, values=model.head[-1].out_features)


def load(folder: Path, device: Device | None = None) -> Reader:
    """The reader that `save` wrote, frozen and in eval mode."""
    path = Path(folder) / FILE
    model = Reader(checkpoint.read(path)[1]["meta"]["values"])
    checkpoint.load(path, {"model": model})
    return model.eval().requires_grad_(False).to((device or choose()).target, memory_format=torch.channels_last)


def _moved(pictures: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Pictures (n, 3, h, w), all moved by the same -1, 0 or 1 pixels along either axis."""
    y, x = torch.randint(3, (2,), generator=generator).tolist()
    return F.pad(pictures, (1, 1, 1, 1), "replicate")[:, :, y : y + pictures.shape[2], x : x + pictures.shape[3]]


def _error(read: torch.Tensor, wanted: torch.Tensor) -> torch.Tensor:
    """The mean squared error of what there is to read."""
    known = ~wanted.isnan()
    return ((read - wanted.nan_to_num()).square() * known).sum() / known.sum().clamp_min(1)


@torch.no_grad()
def read(model: Reader, pictures: np.ndarray, batch: int = 256) -> np.ndarray:
    """uint8 pictures (..., 64, 64, 3) -> float32 readings (..., attributes)."""
    device = next(model.parameters()).device
    flat = pictures.reshape(-1, *pictures.shape[-3:])
    parts = [model(to_tensor(flat[i : i + batch]).to(device)).cpu().numpy() for i in range(0, len(flat), batch)]
    return np.concatenate(parts).reshape(*pictures.shape[:-3], -1)
