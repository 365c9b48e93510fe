"""Failures that are planted, to prove that a cause is found where it is: one link of the chain from sound to picture is
spoiled for one class, and the causes that are found are counted."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
import torch
from torch import nn
from torch.nn import functional as F

from a2i.data.store import Store
from a2i.evaluation import causes
from a2i.evaluation.causes import Chain, Known
from a2i.training import classifier
from a2i.training.encoder import apply

DEAF = -100.0  # dB, the log-mel of digital silence


class Swapped:
    """A store some of whose clips have other sounds or frames, by their row; all else is as in `store`."""

    def __init__(
        self, store: Store, log_mels: Mapping[int, np.ndarray] | None = None, frames: Mapping[int, np.ndarray] | None = None
    ):
        self._store, self._log_mels, self._frames = store, log_mels or {}, frames or {}

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def log_mel(self, rows: np.ndarray) -> np.ndarray:
        """float32 (n, 128, 431), dB."""
        return _exchanged(self._store.log_mel(rows), rows, self._log_mels)

    def frames(self, rows: np.ndarray) -> np.ndarray:
        """uint8 (n, frames, size, size, 3)."""
        return _exchanged(self._store.frames(rows), rows, self._frames)


def _exchanged(arrays: np.ndarray, rows: np.ndarray, other: Mapping[int, np.ndarray]) -> np.ndarray:
    for i, row in enumerate(np.asarray(rows).tolist()):
        if row in other:
            arrays[i] = other[row]
    return arrays


class Listener(nn.Module):
    """What a generator is told, set against the training clips: the base of those that are spoiled."""

    def __init__(self, known: Known, noise: int = 2, condition: int = 1):
        super().__init__()
        self.noise, self.condition, self.hears = noise, condition, known.description.shape[1]
        self.register_buffer("description", torch.from_numpy(known.description).float())
        self.register_buffer("embedding", F.normalize(torch.from_numpy(known.embedding).float()))
        self.register_buffer("target", torch.from_numpy(known.target))
        self.anchor = nn.Parameter(torch.zeros(1), requires_grad=False)  # tells the device, as weights do

    def nearest(self, description: torch.Tensor, among: torch.Tensor | None = None) -> torch.Tensor:
        """The position of the training clip nearest by sound to each description (batch, size): int64 (batch,).

        among: bool (m,), the training clips that count; None: all.
        """
        likeness = F.normalize(description[:, : self.embedding.shape[1]]) @ self.embedding.T
        return (likeness if among is None else likeness.masked_fill(~among, -2)).argmax(1)


class Copier(Listener):
    """A generator without faults: it draws a frame of the training clip that sounds most alike.

    frames: uint8 (m, frames, 64, 64, 3), of the clips of `known`.
    """

    def __init__(self, known: Known, frames: np.ndarray):
        super().__init__(known)
        self.register_buffer("frames", torch.from_numpy(frames))

    def forward(self, description: torch.Tensor, z: torch.Tensor, eps: torch.Tensor | None = None):
        own = self.frames[self.nearest(description)]
        turn = (z.abs().sum(1) * 1000).long() % own.shape[1]
        picture = own[torch.arange(len(own)), turn].permute(0, 3, 1, 2).float() / 127.5 - 1
        return picture, None, None


class Ignorant(Listener):
    """`generator`, but for one class, which it cannot draw.

    Where a description is nearest to training clips of `label`, it draws as for the nearest clip of another class, as if it
    had never seen the class; or `instead`: one of these pictures, uint8 (k, 64, 64, 3).
    """

    def __init__(self, generator: nn.Module, known: Known, label: int, instead: np.ndarray | None = None):
        super().__init__(known, generator.noise, generator.condition)
        self.generator, self.label = generator, label
        self.instead = None if instead is None else torch.from_numpy(instead).permute(0, 3, 1, 2).float() / 127.5 - 1

    def forward(self, description: torch.Tensor, z: torch.Tensor, eps: torch.Tensor | None = None):
        its = self.target[self.nearest(description)] == self.label
        if self.instead is None:
            other = self.description[self.nearest(description, self.target != self.label)]
            description = torch.where(its[:, None], other, description)
        pictures, mu, logvar = self.generator(description[:, : self.generator.hears], z, eps)
        if self.instead is not None:
            turn = (z.abs().sum(1) * 1000).long() % len(self.instead)
            pictures = torch.where(its[:, None, None, None], self.instead.to(pictures.device)[turn], pictures)
        return pictures, mu, logvar


@dataclass(frozen=True)
class Plant:
    """One class of a world in which something is spoiled."""

    store: Any  # a Store, or one that is `Swapped`
    rows: np.ndarray  # int64 (n,): evaluation clips of the class
    label: int
    chain: Chain

    def found(self, known: Known) -> pd.Series:
        """How many of its clips have each cause, `none` first."""
        table = causes.explain(self.store, self.rows, np.full(len(self.rows), self.label), self.chain, known)
        return table["cause"].value_counts().reindex(["none", *causes.CAUSES], fill_value=0)


def subject(store: Store, table: pd.DataFrame, chain: Chain, most: int = 12) -> Plant:
    """The healthiest class, in which to plant: with the fewest failing clips in `causes.explain`'s `table`, and for which
    silence, noise as loud as its clips and pictures of noise are taken the least, since what they spoil would go unseen
    there; its first `most` clips."""
    rng, failing = np.random.default_rng(chain.seed), (table["cause"] != "none").groupby(table["label"]).mean()
    # Of equals another one with another seed.
    failing = failing.reindex(np.roll(store.classes, -chain.seed)).dropna()
    clips = {name: store.ok["clip_id"].isin(table.loc[table["label"] == name, "clip_id"]) for name in failing.index}
    own = {name: store.ok.index[there].to_numpy()[:most] for name, there in clips.items()}
    noises = {int(rows[0]): rng.normal(store.log_mel(rows).mean(), 4, (128, 431)) for rows in own.values()}
    first = np.array(list(noises))
    snowy = classifier.probabilities(chain.judge, snow(rng)[None]).argmax(2).ravel()
    taken = [np.repeat(snowy[None], len(first), 0)]
    for nothing in (noises, dict.fromkeys(noises, np.full((128, 431), DEAF))):
        outputs = apply(chain.encoder, Swapped(store, log_mels=nothing), first)
        taken += [outputs["probability"].argmax(1)[:, None], chain.drawn(outputs["description"], chain.pictures, chain.seed)]
    target = np.array([store.classes.index(name) for name in failing.index])[:, None]
    blind = np.mean([(classes == target).mean(1) for classes in taken], 0)
    name = (failing + blind).idxmin()
    return Plant(store, own[name], list(store.classes).index(name), chain)


def strangers(store: Store, label: int, view: pd.DataFrame | None, most: int = 64) -> np.ndarray:
    """Frames that do not show the class `label`, uint8 (k, 64, 64, 3): training frames of other classes, with the source out
    of view where `ground_truth.in_view` knows of any."""
    rows, target = store.split_rows()
    rows = rows[target != label]
    shown = np.ones((len(rows), 1), bool) if view is None else view.iloc[rows, 1:].to_numpy()
    away = np.flatnonzero(~shown.all(1))
    if len(away):
        chosen = away[:most]
        return store.frames(rows[chosen])[np.arange(len(chosen)), shown[chosen].argmin(1)]
    return store.frames(rows[:: max(len(rows) // most, 1)])[:, 0]


def noise(plant: Plant, rng: np.random.Generator, share: float = 1.0) -> Plant:
    """The sounds of the first `share` of the clips become noise of the same level."""
    first = plant.rows[: round(share * len(plant.rows))]
    mels = plant.store.log_mel(first)
    noisy = {int(row): rng.normal(mel.mean(), 4, mel.shape) for row, mel in zip(first, mels)}
    return replace(plant, store=Swapped(plant.store, log_mels=noisy))


def silence(plant: Plant, share: float = 1.0) -> Plant:
    """The sounds of the last `share` of the clips are silenced."""
    last = plant.rows[len(plant.rows) - round(share * len(plant.rows)) :]
    return replace(plant, store=Swapped(plant.store, log_mels={int(row): np.full((128, 431), DEAF) for row in last}))


def out_of_view(plant: Plant, known: Known, others: np.ndarray, rng: np.random.Generator) -> Plant:
    """The class's frames show what else there is, `others` uint8 (k, 64, 64, 3), and so does what was learnt from them."""
    count = plant.store.frames(plant.rows[:1]).shape[1]
    frames = {int(row): others[rng.integers(len(others), size=count)] for row in plant.rows}
    generator = Ignorant(plant.chain.generator, known, plant.label, others)
    return replace(plant, store=Swapped(plant.store, frames=frames), chain=replace(plant.chain, generator=generator))


def unseen(plant: Plant, known: Known) -> Plant:
    """The generator never saw the class."""
    return replace(plant, chain=replace(plant.chain, generator=Ignorant(plant.chain.generator, known, plant.label)))


def spoiled(plant: Plant, known: Known, rng: np.random.Generator) -> Plant:
    """The generator's weights are spoiled where it draws the class: what comes of them is noise."""
    generator = Ignorant(plant.chain.generator, known, plant.label, snow(rng))
    return replace(plant, chain=replace(plant.chain, generator=generator))


def snow(rng: np.random.Generator) -> np.ndarray:
    """Pictures of noise alone: uint8 (8, 64, 64, 3)."""
    return rng.integers(0, 256, (8, 64, 64, 3), dtype=np.uint8)


def planted(plant: Plant, known: Known, others: np.ndarray, seed: int = 0) -> pd.DataFrame:
    """A row a failure planted in the class: its cause, n clips, how many clips have each cause, and whether what was planted
    was found: that cause the largest; of the mixture both, in their order; where all is well, no class accused.

    others: pictures of what is not the class, uint8 (k, 64, 64, 3), such as frames with the source out of view.
    """
    rng = np.random.default_rng(seed)
    made = {
        ("nothing", "none"): plant,
        ("noise for sound", "sound"): noise(plant, rng),
        ("silence", "data"): silence(plant),
        ("frames out of view", "data"): out_of_view(plant, known, others, rng),
        ("class never seen", "picture"): unseen(plant, known),
        ("weights spoiled", "picture"): spoiled(plant, known, rng),
        ("2/3 noise, 1/3 silence", "sound, data"): silence(noise(plant, rng, 2 / 3), 1 / 3),
    }
    rows = {}
    for (name, cause), one in made.items():
        found = one.found(known)
        rows[name] = {"cause": cause, "n": len(one.rows), **found, "found": is_found(cause, found)}
    return pd.DataFrame.from_dict(rows, "index").rename_axis("planted")


def is_found(cause: str, found: pd.Series) -> bool:
    """Whether the counts of a class's causes, `none` among them, tell the `cause` that was planted."""
    order = found.drop("none").sort_values(ascending=False, kind="stable")
    if cause == "none":
        failed = order.sum()
        return bool(causes.exact(int(failed), int(found.sum()))[0] <= causes.TOLERATED)
    names = cause.split(", ")
    return bool(order.index[: len(names)].tolist() == names and order.iloc[len(names) - 1] > 0)
