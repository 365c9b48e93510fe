"""Why pictures fail, clip by clip: what is exchanged on the way from sound to picture, and does that mend the picture?

A clip fails where the judge sees its class in fewer than half of its pictures. Each failing clip has one cause:

- `data`: its sound is not there, or its own real frames are not recognised either;
- `sound`: the encoder takes it for another class, or the training clips that sound most like it are of another class, which
  is what its pictures show; and with the descriptions of rightly heard training clips in place of its own they are right;
- `picture`: the description is right, or is exchanged for right ones, and the pictures are wrong whatever the noise;
- `unclear`: no exchange speaks.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from torch import nn

from a2i.data.store import Store
from a2i.evaluation.metrics import bootstrap, exact
from a2i.models.classifier import Judge
from a2i.models.encoder import Encoder
from a2i.training import classifier, gan
from a2i.training.encoder import apply

CAUSES = ("data", "sound", "picture", "unclear")
LOSSES = ("sound", "embedding", "picture")  # where on the way a class loses
SILENT = -80.0  # dB: a sound whose loudest band never rises above it is not there
DONORS = 4  # rightly heard training clips whose descriptions take a clip's place
KNOWN = 40  # training clips a class that the encoder is applied to
NEIGHBOURS = 5  # training clips nearest to a description, which say where it leads
TOLERATED = 0.05  # share of failing clips that accuses nobody
STREAM = 1_000_003  # of noise that no picture of the evaluation was drawn with


@dataclass(frozen=True)
class Chain:
    """The trained networks from a sound to the verdict on its pictures."""

    encoder: Encoder
    generator: nn.Module
    judge: Judge
    pictures: int = 10  # of each sound
    seed: int = 0

    def drawn(self, descriptions: np.ndarray, count: int, seed: int) -> np.ndarray:
        """The judge's class of `count` pictures of each description: int64 (n, count)."""
        pictures = gan.draw_pictures(self.generator, descriptions, count, seed)
        return classifier.probabilities(self.judge, pictures).argmax(2)


@dataclass(frozen=True)
class Known:
    """What the encoder makes of the training clips."""

    description: np.ndarray  # float32 (m, size)
    embedding: np.ndarray  # float32 (m, embedding)
    heard: np.ndarray  # int64 (m,): the class that each is taken for
    target: np.ndarray  # int64 (m,): the class of each

    @classmethod
    def of(cls, encoder: Encoder, store: Store) -> "Known":
        """Of at most `KNOWN` training clips a class that have sound and picture, the first of the store."""
        rows, target = store.split_rows()
        first = pd.Series(target).groupby(target).cumcount().to_numpy() < KNOWN
        rows, target = rows[first], target[first]
        found = apply(encoder, store, rows)
        return cls(found["description"], found["embedding"], found["probability"].argmax(1), target)

    def donors(self, label: int, other: bool = False) -> np.ndarray:
        """Descriptions (at most DONORS, size) of rightly heard clips of a class; with `other`, others than without, where
        there are as many."""
        own = np.flatnonzero((self.target == label) & (self.heard == label))
        spread = own[np.linspace(0, len(own) - 1, min(2 * DONORS, len(own))).round().astype(int)]
        return self.description[spread[1::2] if other and len(spread) > 1 else spread[::2]]

    def leads(self, embedding: np.ndarray, classes: int) -> np.ndarray:
        """The class of most of the `NEIGHBOURS` training clips nearest by cosine: embedding (n, size) -> int64 (n,)."""
        order = np.argsort(-_unit(embedding) @ _unit(self.embedding).T, 1, kind="stable")[:, :NEIGHBOURS]
        votes = self.target[order]
        return np.stack([(votes == c).sum(1) for c in range(classes)], 1).argmax(1)


def explain(
    store: Store,
    rows: np.ndarray,
    target: np.ndarray,
    chain: Chain,
    known: Known,
    outputs: dict[str, np.ndarray] | None = None,
    drawn: np.ndarray | None = None,
) -> pd.DataFrame:
    """One row a clip at `rows`, of the classes `target` int64 (n,): what each link of `chain` makes of it, and the cause.

    outputs: of the encoder on these clips, drawn: the judge's class of their pictures, int64 (n, pictures); where they are
    there already. Columns: clip_id, label, heard (the encoder's class), leads (the class of the training clips nearest by
    sound), shown (the class most often seen in its pictures), audible, real, accuracy and mended (the share right of its
    frames, its pictures and those of `DONORS` right descriptions), cause (`none` where it does not fail).
    """
    names, classes = np.array(store.classes), len(store.classes)
    outputs = outputs or apply(chain.encoder, store, rows)
    if drawn is None:
        drawn = chain.drawn(outputs["description"], chain.pictures, chain.seed)
    real = classifier.probabilities(chain.judge, store.frames(rows)).argmax(2)
    heard = outputs["probability"].argmax(1)
    shown = np.stack([(drawn == c).sum(1) for c in range(classes)], 1).argmax(1)
    loudest = np.concatenate([store.log_mel(rows[i : i + 64]).max((1, 2)) for i in range(0, len(rows), 64)])
    clips = store.ok.iloc[rows]
    table = pd.DataFrame({
        "clip_id": clips["clip_id"].to_numpy(), "label": clips["label"].to_numpy(), "heard": names[heard],
        "leads": names[known.leads(outputs["embedding"], classes)], "shown": names[shown], "audible": loudest > SILENT,
        "real": (real == target[:, None]).mean(1), "accuracy": (drawn == target[:, None]).mean(1),
        "mended": _mended(chain, known, target),
    })  # fmt: skip
    return table.assign(cause=cause(table))


def _mended(chain: Chain, known: Known, target: np.ndarray, other: bool = False) -> np.ndarray:
    """The share right of the pictures of each clip with other descriptions of its class: (n,), NaN where there are none."""
    share = np.full(len(target), np.nan)
    for label in np.unique(target):
        own, donors = np.flatnonzero(target == label), known.donors(label, other)
        if len(donors):
            # The donors take turns, so that every clip has each of them once, with noise of its own.
            seed = chain.seed + STREAM * (1 + other) + int(label)
            seen = chain.drawn(np.tile(donors, (len(own), 1)), 1, seed)
            share[own] = (seen.reshape(len(own), len(donors)) == label).mean(1)
    return share


def cause(table: pd.DataFrame) -> np.ndarray:
    """The cause of each row of `explain`'s table."""
    heard, mended = table["heard"] == table["label"], table["mended"] >= 0.5
    astray = ~heard | ((table["leads"] != table["label"]) & (table["shown"] == table["leads"]))
    exchanged = ~heard & (table["mended"] < 0.5)
    kept = heard & ((table["leads"] == table["label"]) | (table["mended"] < 0.5))
    rules = {
        "none": table["accuracy"] >= 0.5,
        "data": ~table["audible"] | ((table["real"] < 0.5) & ~(astray & mended)),
        "sound": astray & mended,
        "picture": exchanged | kept,
    }
    return np.select(list(rules.values()), list(rules), "unclear")


def shares(table: pd.DataFrame, classes: Sequence[str]) -> pd.DataFrame:
    """One row a class and cause: n clips, count, share that fails for it, and its exact 95 % interval (low, high)."""
    rows = []
    for name in classes:
        own = table.loc[table["label"] == name, "cause"]
        for one in CAUSES if len(own) else ():
            count = int((own == one).sum())
            rows.append((name, one, len(own), count, count / len(own), *exact(count, len(own))))
    return pd.DataFrame(rows, columns=["label", "cause", "n", "count", "share", "low", "high"])


def wide(shares: pd.DataFrame) -> pd.DataFrame:
    """`shares`' table with a row a class, in its order, and a column a cause: the share that fails for it."""
    table = shares.pivot(index="label", columns="cause", values="share").loc[shares["label"].unique(), list(CAUSES)]
    return table.rename_axis(columns=None)


def accused(table: pd.DataFrame, classes: Sequence[str]) -> dict[str, str]:
    """The classes that fail more often than `TOLERATED`, beyond chance, and the cause of most of their failures."""
    found = {}
    for name in classes:
        own = table.loc[(table["label"] == name) & (table["cause"] != "none"), "cause"]
        if len(own) and exact(len(own), int((table["label"] == name).sum()))[0] > TOLERATED:
            found[name] = own.value_counts().reindex(CAUSES, fill_value=0).idxmax()
    return found


def losses(table: pd.DataFrame, classes: Sequence[str], seed: int = 0) -> pd.DataFrame:
    """Where on the way each class loses how much of its pictures, a row a class and place: loss, low, high (95 %, clips
    resampled), n.

    `picture` is what fails even with right descriptions; `sound` and `embedding` what its own description adds to that,
    where the encoder takes the clip for another class, and where it does not. The three add up to all that fails.
    """
    rows = []
    for name in classes:
        own = table[table["label"] == name]
        if own.empty or own["mended"].isna().any():
            continue
        added, misheard = own["mended"] - own["accuracy"], own["heard"] != name
        parts = {"sound": added.where(misheard, 0), "embedding": added.where(~misheard, 0), "picture": 1 - own["mended"]}
        rows += [(name, place, part.mean(), *bootstrap(part.to_numpy(), seed=seed), len(own)) for place, part in parts.items()]
    return pd.DataFrame(rows, columns=["label", "place", "loss", "low", "high", "n"])


def mending(table: pd.DataFrame, store: Store, chain: Chain, known: Known) -> np.ndarray:
    """For each clip of which sound is the cause, whether its pictures are right with right descriptions: bool (n,).

    With other descriptions and other noise than those that found the cause: a mended cause must mend the picture.
    """
    labels = table.loc[table["cause"] == "sound", "label"].map({name: i for i, name in enumerate(store.classes)})
    share = _mended(chain, known, labels.to_numpy(dtype=np.int64), other=True)
    return share >= 0.5


def _unit(vectors: np.ndarray) -> np.ndarray:
    return vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
