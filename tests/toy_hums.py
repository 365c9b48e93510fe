"""A toy world of five classes, each a hum of its own pitch with pictures of its own colour, and networks that know it."""

import numpy as np
import pandas as pd
from toy_store import ToyStore

from a2i.evaluation.causes import Chain, Known
from a2i.evaluation.planted import Copier
from a2i.training import classifier, encoder

COLOURS = ((220, 40, 40), (40, 200, 60), (60, 80, 230), (230, 210, 50), (200, 60, 210))


class Hums(ToyStore):
    """Five hums, `per_class` clips each, a third of them for evaluation; every clip a bit different."""

    classes = ("red", "green", "blue", "yellow", "violet")

    def __init__(self, per_class: int = 24, seed: int = 0):
        rng = np.random.default_rng(seed)
        labels = np.repeat(np.arange(5), per_class)
        n = len(labels)
        self._mel = rng.normal(-60, 3, (n, 128, 431)).astype(np.float32)
        self._frames = rng.integers(0, 60, (n, 3, 64, 64, 3)).astype(np.uint8)
        for i, label in enumerate(labels):
            band, begin, place = 10 + 24 * label + rng.integers(4), rng.integers(200), rng.integers(24)
            self._mel[i, band : band + 8, begin : begin + 200] += rng.uniform(25, 45)
            self._frames[i, :, place : place + 32, place : place + 32] = COLOURS[label]
        split = np.where(np.arange(n) % 3 == 2, "eval", "train")
        ids = [f"clip{i}" for i in range(n)]
        names = np.array(self.classes)[labels]
        several = [[name] for name in names]
        self.ok = pd.DataFrame({"clip_id": ids, "source_id": ids, "label": names, "labels": several, "split": split})
        self.clips = self.ok.assign(status="ok")
        self.has_sound, self.has_picture = np.ones(n, bool), np.ones(n, bool)


def chain(store: Hums, folder, seed: int = 0) -> tuple[Chain, Known]:
    """Encoder and judge trained on `store`, and a generator that copies its training frames."""
    settings = encoder.EncoderSettings(width=4, embedding=16, epochs=8, batch=16, seed=seed)
    ear = encoder.train(store, folder / "encoder", settings).eval()
    judge = classifier.train(store, folder / "judge", classifier.JudgeSettings(width=4, epochs=12, seed=seed))
    known = Known.of(ear, store)
    frames = store.frames(store.split_rows()[0])
    return Chain(ear, Copier(known, frames), judge, pictures=4, seed=seed), known
