"""A store of two classes, in memory, that a small network learns in seconds."""

import json
from pathlib import Path

import numpy as np
import pandas as pd

from a2i.data.store import Store


class ToyStore:
    """Low hums with dark red pictures, high hums with bright blue ones: what `a2i.data.store.Store` offers to readers."""

    classes = ("low", "high")
    fingerprint = "toy"
    folder = "data/toy"

    def __init__(self, per_class: int = 12, seed: int = 0):
        rng = np.random.default_rng(seed)
        labels = np.repeat([0, 1], per_class)
        n = len(labels)
        self._mel = rng.normal(-60, 3, (n, 128, 431)).astype(np.float32)
        self._frames = rng.integers(0, 40, (n, 3, 64, 64, 3)).astype(np.uint8)
        for i, label in enumerate(labels):
            self._mel[i, 20 + 60 * label : 30 + 60 * label, 100:300] += 40
            self._frames[i, :, 16:48, 16:48, 2 * label] += 200
        split = np.where(np.arange(n) % 3 == 2, "eval", "train")
        names = np.array(self.classes)[labels]
        ids = [f"clip{i}" for i in range(n)]
        labels = [[name] for name in names]
        self.ok = pd.DataFrame({"clip_id": ids, "source_id": ids, "label": names, "labels": labels, "split": split})
        self.clips = self.ok.assign(status="ok")
        self.has_sound, self.has_picture = np.ones(n, bool), np.ones(n, bool)

    split_rows, targets = Store.split_rows, Store.targets

    def log_mel(self, rows) -> np.ndarray:
        """float32 (n, 128, 431), dB."""
        return self._mel[np.asarray(rows)]

    def frames(self, rows) -> np.ndarray:
        """uint8 (n, 3, 64, 64, 3)."""
        return self._frames[np.asarray(rows)]

    def write(self, folder: Path) -> Store:
        """The same as a store on the disk, of one shard."""
        folder.mkdir(parents=True)
        np.save(folder / "log_mel-00000.npy", self._mel.astype(np.float16))
        np.save(folder / "frames-00000.npy", self._frames)
        n = len(self.ok)
        times = [[1.0, 2.0, 3.0] if there else [] for there in self.has_picture]
        rates = np.where(self.has_sound, 22050, 0)
        self.clips.assign(shard=0, row=range(n), frame_times=times, sample_rate=rates).to_parquet(folder / "clips.parquet")
        shapes = {"log_mel": [128, 431], "frames": [3, 64, 64, 3]}
        index = {"schema": 1, "classes": list(self.classes), "shapes": shapes, "files": {}}
        (folder / "store.json").write_text(json.dumps(index))
        return Store.open(folder)
