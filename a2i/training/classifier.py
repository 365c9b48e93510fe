"""The picture judge: a small classifier trained on REAL training frames, which says what a generated picture shows.

It never sees a generated picture in training, nor any evaluation frame; its accuracy on real evaluation frames is the
ceiling of what its verdict on generated ones can mean.
"""

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import torch
from torch.nn import functional as F

from a2i.core.settings import check
from a2i.data.store import Store
from a2i.models.classifier import Judge
from a2i.training import checkpoint, distributed, loop
from a2i.training.augment import crop_and_flip, to_tensor
from a2i.training.device import Device, choose
from a2i.training.passes import Passes, Terms

FILE = "judge.safetensors"


@dataclass(frozen=True)
class JudgeSettings:
    """How the judge is built and trained."""

    width: int = 32  # channels of the first of four convolutions; doubles with each (1 to 512)
    epochs: int = 12  # passes over the training frames (1 to 10000)
    batch: int = 64  # frames a step (2 to 4096)
    learning_rate: float = 3e-3  # peak of a one-cycle schedule, AdamW (1e-7 to 1)
    weight_decay: float = 0.02  # of AdamW (0 to 1)
    seed: int = 0  # of the weights, the order and the augmentation (0 to 999999999)


def train(store: Store, folder: Path, settings: JudgeSettings, device: Device | None = None) -> Judge:
    """Trains on the frames of the store's training clips, or goes on where `folder` stopped; saves the last weights and
    the losses."""
    check(settings)
    work = _Training(store, settings, device or choose())
    loop.run(work, folder, FILE, loop.Course("judge, epoch", settings.epochs, shown=("loss",)))
    work.model.eval()
    checkpoint.save(Path(folder) / FILE, {"model": work.model}, settings=asdict(settings), classes=store.classes)
    loop.finish(folder, FILE)
    return work.model


class _Training(Passes):
    """The judge on its way."""

    def __init__(self, store: Store, settings: JudgeSettings, device: Device):
        torch.manual_seed(settings.seed)
        rows, labels = store.split_rows(sound=False)
        frames = torch.from_numpy(store.frames(rows))
        self.labels, self.frames = torch.from_numpy(labels).repeat_interleave(frames.shape[1]), frames.flatten(0, 1)
        super().__init__(Judge(len(store.classes), settings.width), len(self.frames), settings, device)

    def terms(self, pick: torch.Tensor, generator: torch.Generator) -> Terms:
        pictures = crop_and_flip(to_tensor(self.frames[pick]), flip=True, generator=generator)
        pictures, labels = (distributed.own_part(x).to(self.device.target) for x in (pictures, self.labels[pick]))
        return {"classes": F.cross_entropy(self.model(pictures), labels, label_smoothing=0.1)}


def load(folder: Path | str, device: Device | None = None) -> Judge:
    """The trained judge of a stage's folder, frozen and in eval mode."""
    path = Path(folder) / FILE
    _, header = checkpoint.read(path)
    model = Judge(len(header["meta"]["classes"]), header["meta"]["settings"]["width"])
    checkpoint.load(path, {"model": model})
    return model.eval().requires_grad_(False).to((device or choose()).target)


@torch.no_grad()
def probabilities(model: Judge, pictures: np.ndarray, batch: int = 256) -> np.ndarray:
    """uint8 pictures (..., 64, 64, 3) -> float32 probabilities (..., classes)."""
    device = next(model.parameters()).device
    flat = pictures.reshape(-1, *pictures.shape[-3:])
    parts = [
        model(to_tensor(flat[i : i + batch]).to(device)).softmax(1).cpu().numpy() for i in range(0, len(flat), batch)
    ]
    return np.concatenate(parts).reshape(*pictures.shape[:-3], -1)
