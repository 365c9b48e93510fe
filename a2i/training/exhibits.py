"""What a training is asked to show to those who learn from it: the layers of its networks, the discriminator's scores,
walks between sounds, and the training frames nearest to what was drawn."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import nn

from a2i.data.classes import title
from a2i.data.store import Store
from a2i.models import summary
from a2i.training import checkpoint, gan
from a2i.training.confidence import trusted
from a2i.training.augment import to_tensor, to_uint8
from a2i.training.device import choose
from a2i.training.recipes import Batch, GanSettings, Trainer, TrainingSet, trainer

COARSE = 16  # pixels of a side at which pictures are compared, so that a shift by a pixel is none


def trained(data: TrainingSet, folder: Path | str, settings: GanSettings) -> Trainer:
    """The networks of a finished stage as they were at the end of its training."""
    work = trainer(data, settings, choose(), graph=False)
    checkpoint.load(Path(folder) / gan.NETWORKS, {**work.networks, "ema": work.ema})
    return work


def batch(work: Trainer, classes: Sequence[str], count: int = 8) -> tuple[Batch, list[str]]:
    """A small batch of training clips, of as many of the `classes` as can be, and the class of each."""
    data = work.data
    rows = gan.watched(data.labels, count)
    own = data.labels[rows]
    other = (own[:, None] != own[None, :]).int()
    other = torch.stack([row.roll(-i).argmax() + i for i, row in enumerate(other)]) % len(rows)
    noise = torch.randn(len(rows), work.g.noise + work.g.condition, generator=torch.Generator().manual_seed(0))
    z, eps = noise.to(rows.device).split([work.g.noise, work.g.condition], 1)
    return Batch(to_tensor(data.frames[rows, 0]), data.embeddings[rows, 0], other, z, eps), [classes[i] for i in own.tolist()]


def scored(work: Trainer, drawn: Batch, names: Sequence[str]) -> tuple[dict[str, np.ndarray], dict[str, list[str]]]:
    """What the discriminator is shown of a batch, what it is told and what it says: rows and captions of a sheet.

    names: of the class of each picture.
    """
    scores = work.scores(drawn)
    real, told = to_uint8(drawn.pictures), [names[i] for i in drawn.other.tolist()]
    rows = {
        "real, own sound": (real, names, scores["real"]),
        "real, other sound": (real, told, scores["wrong"]),
        "generated": (to_uint8(scores["drawn"]), names, scores["fake"]),
    }
    captions = {
        name: [f"{title(word)}\n{score:+.2f}" for word, score in zip(words, values.tolist())]
        for name, (_, words, values) in rows.items()
    }
    return {name: pictures for name, (pictures, _, _) in rows.items()}, captions


def mean_scores(works: Mapping[str, Trainer], drawn: Batch) -> pd.DataFrame:
    """The discriminator's mean score of each kind of picture in a batch, a column a state of the networks."""
    kinds = {"real": "real, own sound", "wrong": "real, other sound", "fake": "generated"}
    scores = {state: work.scores(drawn) for state, work in works.items()}
    return pd.DataFrame({state: {kinds[k]: float(told[k].mean()) for k in kinds} for state, told in scores.items()})


def course(log: pd.DataFrame) -> pd.DataFrame:
    """The terms of the losses, a row each: the steps of the log from which on and up to which it is there, its first and
    last value, and at how many points between them it is missing. log: column `step`, then a column a term, `g_...` or
    `d_...`."""
    rows = {}
    for name, values in log.filter(regex="^[gd]_").items():
        there = values.loc[values.first_valid_index() : values.last_valid_index()]
        ends = log["step"][there.index[[0, -1]]].tolist()
        rows[name] = [*ends, there.iloc[0], there.iloc[-1], there.isna().sum()]
    whole = ["from step", "to step", "missing"]
    table = pd.DataFrame.from_dict(rows, "index", columns=["from step", "to step", "first", "last", "missing"])
    return table.astype(dict.fromkeys(whole, int))


def layers(work: Trainer, drawn: Batch) -> dict[str, pd.DataFrame]:
    """The layers that turn sound into pictures and pictures into scores, in the order in which `drawn` goes through them.

    A table for `generator` and `discriminator` each: index the layer, output (its shape, without the batch), parameters.
    """
    tables = summary.layers(lambda: work.scores(drawn), work.ema, work.d)
    return {
        name: pd.DataFrame(rows, columns=["layer", "output", "parameters"]).set_index("layer")
        for name, rows in zip(("generator", "discriminator"), tables, strict=True)
    }


def doubted(
    data: TrainingSet, folder: Path | str, store: Store, least: float, view: pd.DataFrame | None = None
) -> tuple[dict[str, np.ndarray], dict[str, list[str]], pd.DataFrame]:
    """The training frames that a stage's recipe did not believe to show their class: of each class the frame believed least,
    rows and captions of a sheet; and a row a class: frames, the share left out and, where it is known what is in `view` (a
    column a frame after the first, a row a clip of the store), of those with the source in view and of those without.

    least: the confidence below which a frame is left out, unless half of its class would be.
    """
    labels, frames, confidence = data.labels.cpu().numpy(), data.frames.cpu().numpy(), gan.confidence(folder, data)
    kinds = {"left out": np.ones(confidence.shape, bool)}
    if view is not None:
        seen = view.iloc[store.split_rows()[0], 1:].to_numpy(bool)
        kinds |= {"of those in view": seen, "of those out of view": ~seen}
    out, rows = ~trusted(confidence, labels, least), {}
    pictures, below = [], []
    for label in np.unique(labels):
        own, name = labels == label, store.classes[label]
        place = np.where(own[:, None], confidence, np.inf).argmin()
        pictures.append(frames[np.unravel_index(place, confidence.shape)])
        below.append(f"{title(name)}\n{confidence.flat[place]:.2f}")
        rows[name] = {"frames": int(own.sum() * frames.shape[1])}
        rows[name] |= {kind: out[own][of[own]].mean() if of[own].any() else np.nan for kind, of in kinds.items()}
    return {"least believed": np.stack(pictures)}, {"least believed": below}, pd.DataFrame.from_dict(rows, "index")


def walks(sounds: np.ndarray, labels: np.ndarray, classes: Sequence[str], steps: int = 9) -> dict[str, np.ndarray]:
    """Straight lines between the descriptions of two sounds, float32 (steps, size), by what lies at the two ends.

    At most three lead from one class to the next, and two between those sounds of one class that lie furthest apart.
    sounds: descriptions, float32 (n, size). labels: int64 (n,), positions in `classes`.
    """
    there = np.unique(labels)
    pairs = {}
    for one, other in zip(there[:6:2], there[1:6:2]):
        ends = np.flatnonzero(labels == one)[0], np.flatnonzero(labels == other)[0]
        pairs[f"{title(classes[one])} to {title(classes[other]).lower()}"] = ends
    several = [label for label in there if (labels == label).sum() > 1]
    for label in several[:2]:
        rows = np.flatnonzero(labels == label)
        apart = torch.cdist(*[torch.from_numpy(sounds[rows])] * 2)
        pairs[f"Within {title(classes[label]).lower()}"] = rows[list(divmod(int(apart.argmax()), len(rows)))]
    shares = np.linspace(0, 1, steps, dtype=np.float32)[:, None]
    return {name: (1 - shares) * sounds[a] + shares * sounds[b] for name, (a, b) in pairs.items()}


def nearest(pictures: np.ndarray, frames: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each of `pictures` uint8 (n, 64, 64, 3) the position of the nearest of `frames` uint8 (m, 64, 64, 3) and its
    distance: the root mean square difference, grey levels, of both shrunk to 16x16."""
    apart = torch.cdist(_coarse(pictures), _coarse(frames)) / (3 * COARSE * COARSE) ** 0.5
    distance, place = apart.min(1)
    return place.numpy(), distance.numpy()


def _coarse(pictures: np.ndarray) -> torch.Tensor:
    """Pictures as rows of the mean of each 4x4: float32 (n, 768)."""
    n, side = len(pictures), pictures.shape[1] // COARSE
    parts = pictures.reshape(n, COARSE, side, COARSE, side, 3)
    return torch.from_numpy(parts.mean((2, 4), dtype=np.float32).reshape(n, -1))


def by_sound(
    model: nn.Module, sounds: np.ndarray, groups: Mapping[str, np.ndarray], seed: int, count: int = 10
) -> dict[str, np.ndarray]:
    """A picture of each of the first `count` sounds of each group, all drawn with ONE noise: uint8 (n, 64, 64, 3) by group.

    sounds: descriptions, float32 (n, size). groups: positions in it.
    """
    return {
        name: gan.draw_pictures(model, sounds[own[:count]], 1, seed, same_noise=True)[:, 0] for name, own in groups.items()
    }


def spreads(kinds: Mapping[str, Mapping[str, np.ndarray]]) -> pd.DataFrame:
    """How far pictures of a class differ, a row a class, a column a kind: the deviation of a pixel over the pictures,
    uint8 (n, 64, 64, 3), mean over the picture, grey levels."""
    return pd.DataFrame(
        {kind: {name: own.std(0, dtype=np.float64).mean() for name, own in by_class.items()} for kind, by_class in kinds.items()}
    )


def several(
    model: nn.Module, sounds: np.ndarray, groups: Mapping[str, np.ndarray], seed: int, count: int = 10
) -> dict[str, np.ndarray]:
    """`count` pictures of the first sound of each group, each with noise of its own: uint8 (count, 64, 64, 3) by group."""
    return {name: gan.draw_pictures(model, sounds[own[:1]], count, seed)[0] for name, own in groups.items()}


def rising(truth: pd.DataFrame, frames: np.ndarray, in_view: np.ndarray, drawn: np.ndarray, count: int = 5) -> dict[str, list]:
    """For each attribute, `count` real frames by its rising value, a gap, and the pictures drawn from the same sounds.

    truth: a row a clip, a column an attribute, NaN where a clip has none of it. frames: uint8 (n, frames, 64, 64, 3),
    in_view: bool (n, frames), whether the source is; clips without are left out. drawn: uint8 (n, 64, 64, 3).
    """
    gap = [np.full(drawn.shape[1:], 255, np.uint8)]
    rows = {}
    for name, values in truth.items():
        there = np.flatnonzero(values.notna().to_numpy() & in_view.any(1))
        ordered = there[values.to_numpy()[there].argsort(kind="stable")]
        chosen = ordered[np.linspace(0, len(ordered) - 1, min(count, len(ordered))).round().astype(int)]
        real = [frames[i, in_view[i].argmax()] for i in chosen]
        rows[name] = [*real, *gap, *drawn[chosen]]
    return rows
