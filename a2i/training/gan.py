"""Training the generator from the embeddings of sounds, and drawing with it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from a2i.core import files
from a2i.core.progress import Progress
from a2i.data.store import Store
from a2i.models.generator import Generator
from a2i.training import checkpoint
from a2i.training.augment import to_uint8
from a2i.training.device import Device, choose
from a2i.training.encoder import Encoder, apply
from a2i.training.recipes import RECIPES, GanSettings, Trainer, TrainingSet, trainer

FILE = "generator.safetensors"
LOSSES = "losses.csv"
SHOWN = ("g_pixels", "d_real", "d_fake", "g_adversarial")  # the losses that progress shows


def training_set(store: Store, encoder: Encoder, views: int = 4, seed: int = 0) -> TrainingSet:
    """The store's training clips with their embeddings: `views` of each clip, the first as it is, the others rolled in
    time, masked and changed in level, so that the generator learns the embedding's neighbourhood and not one point."""
    rows, labels = store.split_rows()
    parts = []
    for view in range(views):
        generator = torch.Generator().manual_seed(seed * 1_000_003 + view) if view else None
        parts.append(torch.from_numpy(apply(encoder, store, rows, generator=generator)["embedding"]))
    return TrainingSet(torch.stack(parts, 1), torch.from_numpy(store.frames(rows)), torch.from_numpy(labels))


def train(
    data: TrainingSet,
    folder: Path,
    settings: GanSettings,
    device: Device | None = None,
    *,
    log_every: int = 25,
    save_every: int = 200,
    stop: Callable[[], bool] | None = None,
) -> Generator:
    """Trains, or goes on where `folder` stopped, and saves the averaged generator and the course of its losses.

    `LOSSES` has a row each `log_every` steps: step, then a column a term. Returns the averaged generator in eval mode.
    """
    work = trainer(data, settings, device or choose())
    partial = Path(folder) / f"partial-{FILE}"
    first, log = 0, []
    if partial.exists():
        meta = checkpoint.load(partial, work.parts)
        first, log = meta["step"], meta["log"]
    progress = Progress("generator, step", settings.steps, done=first)
    for number in range(first, settings.steps):
        terms = work.step(number)
        done = number + 1
        if done % log_every == 0 or done == settings.steps:
            log.append({"step": done} | {name: round(float(value), 5) for name, value in terms.items()})
        if done % save_every == 0 and done < settings.steps:
            checkpoint.save(partial, work.parts, step=done, log=log)
        progress.update(note=_note(log))
        if stop and stop():
            checkpoint.save(partial, work.parts, step=done, log=log)
            return work.ema
    work.settle()
    _save(work, Path(folder), log)
    partial.unlink(missing_ok=True)
    return work.ema


def _note(log: list[Mapping[str, float]]) -> str:
    """The last logged losses in a few words."""
    return "  ".join(f"{name} {log[-1][name]:.2f}" for name in SHOWN if name in log[-1]) if log else ""


def _save(work: Trainer, folder: Path, log: list[Mapping[str, float]]) -> None:
    """The finished generator and the course of its losses."""
    files.write_text(folder / LOSSES, pd.DataFrame(log).to_csv(index=False))
    embedding = work.data.embeddings.shape[2]
    checkpoint.save(folder / FILE, {"g": work.ema}, settings=asdict(work.settings), embedding=embedding)


def load(folder: Path | str, device: Device | None = None) -> Generator:
    """The trained generator of a stage's folder, frozen and in eval mode."""
    path = Path(folder) / FILE
    _, header = checkpoint.read(path)
    settings = header["meta"]["settings"]
    model = Generator(header["meta"]["embedding"], settings["gf"], shuffle=RECIPES[settings["recipe"]].shuffle)
    checkpoint.load(path, {"g": model})
    device = device or choose()
    return model.eval().requires_grad_(False).to(device.target, memory_format=torch.channels_last)


@torch.no_grad()
def draw_pictures(model: Generator, embeddings: np.ndarray, count: int, seed: int = 0, batch: int = 128) -> np.ndarray:
    """`count` pictures for each sound: embeddings float32 (n, embedding) -> uint8 (n, count, 64, 64, 3).

    Row i's noise depends on (seed, i) alone, so a sound's pictures do not change with those drawn beside it.
    """
    device = next(model.parameters()).device
    repeated = torch.from_numpy(np.repeat(embeddings, count, 0)).float()
    size = model.noise + model.condition
    seeds = (seed * 1_000_003 + i for i in range(len(embeddings)))
    noise = torch.cat([torch.randn(count, size, generator=torch.Generator().manual_seed(s)) for s in seeds])
    parts = []
    for i in range(0, len(repeated), batch):
        z, eps = noise[i : i + batch].to(device).split([model.noise, model.condition], 1)
        parts.append(to_uint8(model(repeated[i : i + batch].to(device), z, eps)[0]))
    return np.concatenate(parts).reshape(len(embeddings), count, 64, 64, 3)
