"""The study `mean` against `attention` on a hard mini world, straight from its scripts: no files, no pictures.

    python tests/benchmarks/study_pooling.py --out FOLDER [--difficulty 1.5] [--train 100] [--eval 50] [--seeds 3]

Writes pooling.csv and pooling.md to FOLDER, and the encoders, with which it goes on where it was stopped. With the default
values it takes about 20 minutes on two cores.
"""

import argparse
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import pandas as pd

from a2i.data.store import Store
from a2i.evaluation import ground_truth, pooling
from a2i.media import mel
from a2i.miniworld.clip import draw
from a2i.miniworld.mix import synthesise
from a2i.miniworld.scene import scenes, stream
from a2i.training.encoder import EncoderSettings

CALLS = ("cat", "dog", "rooster", "baby")


class Scripted(Store):
    """The sounds of a mini world that was never written: what `Store` offers to the training of an encoder."""

    def __init__(self, each: dict[str, int], difficulty: float, seed: int = 0):
        names = [(split, label, k) for split, count in each.items() for label in scenes() for k in range(count)]
        self.folder, self.index = Path("scripted"), {"classes": list(scenes())}
        with ProcessPoolExecutor() as pool:
            made = list(pool.map(partial(_made, difficulty, seed), names, chunksize=20))
        self._mels = np.stack([clip for clip, _ in made])
        ids = ["-".join(map(str, name)) for name in names]
        self.ok = pd.DataFrame({
            "clip_id": ids, "source_id": ids, "label": [name[1] for name in names], "split": [name[0] for name in names],
            "sample_rate": mel.SAMPLE_RATE, "frame_times": [[]] * len(ids), "sounding": [spans for _, spans in made],
        })  # fmt: skip

    def log_mel(self, rows: np.ndarray | slice) -> np.ndarray:
        """float32 (n, 128, 431), dB."""
        return self._mels[rows].astype(np.float32)


def _made(difficulty: float, seed: int, name: tuple[str, str, int]) -> tuple[np.ndarray, list[list[float]]]:
    """The log-mel, float16 (128, 431), of one clip, and when its source sounds, s."""
    split, label, number = name
    spec = draw(label, int(stream(seed, split, label, number).integers(1 << 32)), difficulty)
    first = round(spec.start * mel.SAMPLE_RATE)
    spans = [[max(a - spec.start, 0.0), min(b - spec.start, mel.SECONDS)] for a, b in spec.calls]
    return mel.log_mel(synthesise(spec)[first : first + mel.SAMPLES]).astype(np.float16), spans


def main() -> None:
    """Trains, compares, writes."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--out", type=Path, required=True, help="folder of the encoders and of the tables")
    parser.add_argument("--difficulty", type=float, default=1.5)
    parser.add_argument("--train", type=int, default=100, help="training clips a class")
    parser.add_argument("--eval", type=int, default=50, help="evaluation clips a class")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=16)
    parser.add_argument("--width", type=int, default=16)
    asked = parser.parse_args()
    asked.out.mkdir(parents=True, exist_ok=True)
    store = Scripted({"train": asked.train, "eval": asked.eval}, asked.difficulty)
    print(f"{len(store.ok)} sounds of difficulty {asked.difficulty:g}", flush=True)
    right = pooling.heard(store, asked.out, EncoderSettings(width=asked.width, epochs=asked.epochs), range(asked.seeds))
    rows, _ = store.split_rows("eval", picture=False)
    clips = store.ok.iloc[rows]
    truth = asked.out / "truth.parquet"
    clips[["clip_id", "sounding"]].to_parquet(truth)
    label = clips["label"].to_numpy()
    groups = {"all": np.ones(len(rows), bool), "the four short calls": np.isin(label, CALLS)}
    groups |= {"the six others": ~np.isin(label, CALLS)} | {name: label == name for name in store.classes}
    table = pooling.compared(right, groups | pooling.by_length(ground_truth.events(clips, truth)))
    table.to_csv(asked.out / "pooling.csv")
    lines = ["| clips | n | seeds | mean | attention | difference | 95 % interval |", "| --- | --- | --- | --- | --- | --- | --- |"]
    lines += [
        f"| {name} | {row['n']:.0f} | {row['seeds']:.0f} | {row['mean']:.3f} | {row['attention']:.3f} | {row['difference']:+.3f} "
        f"| {row['low']:+.3f} to {row['high']:+.3f} |"
        for name, row in table.iterrows()
    ]
    (asked.out / "pooling.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
