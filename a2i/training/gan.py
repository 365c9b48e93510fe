"""Training the generator from the descriptions of sounds, and drawing with it."""

from collections.abc import Callable, Mapping
from dataclasses import asdict
from functools import partial
from pathlib import Path

import numpy as np
import torch
from PIL import Image

from a2i.core import files
from a2i.data.store import Store
from a2i.models.encoder import Encoder
from a2i.training import checkpoint, distributed, loop, stages
from a2i.training.augment import to_tensor, to_uint8
from a2i.training.device import Device, choose
from a2i.training.encoder import apply
from a2i.training.recipes import RECIPES, GanSettings, Trainer, TrainingSet, trainer

LOSSES = loop.LOSSES
FILE = "generator.safetensors"
NETWORKS = "networks.safetensors"  # all that was trained, as it was at the end: the discriminator, too
CONFIDENCE = "confidence.npy"  # that each training frame shows its class: float (clips, frames)
SNAPSHOTS = "snapshots"  # folder of pictures of the same sounds and noise over time
SHOWN = ("g_pixels", "d_real", "d_fake", "g_adversarial", "g_flow")  # the losses that progress shows
SOUNDS, MEASURED = 20, 200  # of a snapshot, and of a measurement while the training goes on
SPREAD = 0.05  # of generated pictures against real ones, below which all pictures are the same picture
PATIENCE = 20  # rows of the log in which the discriminator may be right about everything


def training_set(store: Store, encoder: Encoder, views: int = 4, seed: int = 0) -> TrainingSet:
    """The store's training clips with their descriptions: `views` of each clip, the first as it is, the others rolled in
    time, masked and changed in level, so that the generator learns a sound's neighbourhood and not one point."""
    rows, labels = store.split_rows()
    parts = []
    for view in range(views):
        generator = torch.Generator().manual_seed(seed * 1_000_003 + view) if view else None
        parts.append(torch.from_numpy(apply(encoder, store, rows, generator=generator)["description"]))
    heard, frames = torch.stack(parts, 1), torch.from_numpy(store.frames(rows))
    return TrainingSet(heard, frames, torch.from_numpy(labels), encoder.parts, encoder.size)


def train(
    data: TrainingSet,
    folder: Path,
    settings: GanSettings,
    device: Device | None = None,
    *,
    log_every: int = 25,
    snapshots: int = 8,
    measure: Callable[[np.ndarray], loop.Row] | None = None,
    save_seconds: float = 30.0,
    stop: Callable[[], bool] | None = None,
    graph: bool = True,
) -> torch.nn.Module:
    """Trains, or goes on where `folder` stopped, and saves the averaged generator and the course of its losses.

    The log has a row each `log_every` steps: step, then a column a term. So many `snapshots` are taken, evenly spread,
    of a few training sounds; with each of them `measure` may add columns, such as a KID: it is given uint8 pictures
    (n, 64, 64, 3) of more such sounds. Returns the averaged generator in eval mode.
    """
    work = trainer(data, settings, device or choose(), graph=graph)
    every = max(settings.steps // max(snapshots, 1), 1)
    watchers = {every: partial(_watch, work, Path(folder), measure)} if snapshots else {}
    course = loop.Course(
        "generator, step", settings.steps, log_every, save_seconds=save_seconds, shown=SHOWN, watchers=watchers, fault=fault
    )
    if not loop.run(work, folder, FILE, course, stop):
        return work.ema
    work.settle()
    if distributed.rank() == 0:
        embedding = work.data.embeddings.shape[2]
        checkpoint.save(Path(folder) / FILE, {"g": work.ema}, settings=asdict(settings), embedding=embedding)
        checkpoint.save(Path(folder) / NETWORKS, {**work.networks, "ema": work.ema})
        if work.confidence is not None:
            with files.replacing(Path(folder) / CONFIDENCE) as temporary:
                np.save(temporary, work.confidence)
    loop.finish(folder, FILE)
    return work.ema


def stage(
    run: Path | str, name: str, data: TrainingSet, settings: GanSettings, inputs: Mapping[str, str], snapshots: int,
    measure: Callable[[np.ndarray], loop.Row] | None = None,
) -> stages.Stage:  # fmt: skip
    """The finished stage `name` of a run's folder, trained where it is not there under the same request."""
    opened = stages.open_stage(run, name, settings, {**inputs, "views": str(data.embeddings.shape[1])})
    if not opened.complete:
        train(data, opened.folder, settings, snapshots=snapshots, measure=measure)
        opened.finish(FILE, LOSSES, NETWORKS)
    return opened


def fault(log: list[loop.Row]) -> str:
    """What the log says has gone wrong beyond repair: all pictures alike, or a discriminator that is always right."""
    spreads = [row["spread"] for row in log if "spread" in row]
    if max(spreads, default=0) > 4 * SPREAD and max(spreads[-2:]) < SPREAD:  # an untrained generator's are alike, too
        return f"the generator has collapsed: its pictures differ {spreads[-1]:.3f} times as much as real ones"
    last = [sum(value for name, value in row.items() if name.startswith("d_")) for row in log[-PATIENCE:] if "d_real" in row]
    if len(last) == PATIENCE and max(last) < 1e-4:
        return "the discriminator has won outright: its loss has long been 0, and the generator learns nothing from it"
    return ""


def confidence(folder: Path | str, data: TrainingSet) -> np.ndarray:
    """That each training frame shows its class, (clips, frames), as a stage's recipe found; 1 where it did not ask."""
    path = Path(folder) / CONFIDENCE
    return np.load(path) if path.is_file() else np.ones(tuple(data.frames.shape[:2]))


def watched(labels: torch.Tensor, count: int = SOUNDS) -> torch.Tensor:
    """The clips of the snapshots: positions in `labels` int64 (n,), as many of each class, class by class."""
    names = labels.cpu().numpy()
    turn = np.array([(names[:i] == name).sum() for i, name in enumerate(names)])  # the how manieth of its class
    rows = np.lexsort((names, turn))[:count]
    return torch.from_numpy(rows[np.lexsort((turn[rows], names[rows]))]).to(labels.device)


def snapshots(folder: Path | str) -> dict[int, np.ndarray]:
    """The snapshots of a stage's folder, uint8 (n, 64, 64, 3), by step."""
    strips = {int(path.stem.partition("-")[2]): np.asarray(Image.open(path)) for path in Path(folder, SNAPSHOTS).glob("*.png")}
    return {step: np.stack(np.split(strips[step], strips[step].shape[1] // 64, 1)) for step in sorted(strips)}


@torch.no_grad()
def _watch(work: Trainer, folder: Path, measure: Callable | None, step: int) -> loop.Row:
    """Draws a few training sounds with fixed noise to a picture file; how far the pictures spread against real ones."""
    rows = watched(work.data.labels)
    pictures, real = _preview(work, rows), to_tensor(work.data.frames[rows, 0])
    row = {"spread": round(float(pictures.std(0).mean() / real.std(0).mean()), 5)}
    if distributed.rank() == 0:
        strip = Image.fromarray(np.concatenate(to_uint8(pictures), 1))
        with files.replacing(folder / SNAPSHOTS / f"step-{step:07d}.png") as temporary:
            strip.save(temporary)
        if measure:
            row |= measure(to_uint8(_preview(work, watched(work.data.labels, MEASURED))))
    return row


def _preview(work: Trainer, rows: torch.Tensor) -> torch.Tensor:
    """What would be drawn for the training clips at `rows` at present, with fixed noise, (n, 3, 64, 64)."""
    noise = torch.randn(len(rows), work.g.noise + work.g.condition, generator=torch.Generator().manual_seed(0))
    z, eps = noise.to(work.device.target).split([work.g.noise, work.g.condition], 1)
    work.ema.eval()
    return torch.cat([work.preview(*part).float() for part in zip(rows.split(64), z.split(64), eps.split(64), strict=True)])


def load(folder: Path | str, device: Device | None = None) -> torch.nn.Module:
    """The trained generator of a stage's folder, frozen and in eval mode."""
    path = Path(folder) / FILE
    _, header = checkpoint.read(path)
    recipe = RECIPES[header["meta"]["settings"]["recipe"]]
    model = recipe.build(header["meta"]["embedding"], recipe.settings_type(**header["meta"]["settings"]))
    checkpoint.load(path, {"g": model})
    device = device or choose()
    return model.eval().requires_grad_(False).to(device.target, memory_format=torch.channels_last)


@torch.no_grad()
def draw_pictures(
    model: torch.nn.Module, sounds: np.ndarray, count: int, seed: int = 0, batch: int = 128, *, same_noise: bool = False
) -> np.ndarray:
    """`count` pictures for each sound: descriptions float32 (n, size) -> uint8 (n, count, 64, 64, 3).

    A generator that hears the embedding alone takes the description's first part. Row i's noise depends on (seed, i)
    alone, so a sound's pictures do not change with those drawn beside it; with `same_noise` it is that of row 0, so
    that nothing but the sound tells the rows apart.
    """
    device = next(model.parameters()).device
    repeated = torch.from_numpy(np.repeat(sounds[:, : model.hears], count, 0)).float()
    size = model.noise + model.condition
    seeds = (seed * 1_000_003 + i * (not same_noise) for i in range(len(sounds)))
    noise = torch.cat([torch.randn(count, size, generator=torch.Generator().manual_seed(s)) for s in seeds])
    parts = []
    for i in range(0, len(repeated), batch):
        z, eps = noise[i : i + batch].to(device).split([model.noise, model.condition], 1)
        parts.append(to_uint8(model(repeated[i : i + batch].to(device), z, eps)[0]))
    return np.concatenate(parts).reshape(len(sounds), count, 64, 64, 3)
