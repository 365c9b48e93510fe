"""Real clips on a CPU: trains encoder and generator on a packed store and measures what is drawn from evaluation sounds.

    python tests/benchmarks/cpu_check.py data/real.pack --out reports/real

With the defaults about twenty minutes of training on two cores and three of measuring. Work that was stopped goes on. Writes
`measured.json` and `grid.png` (a row a class: twelve evaluation sounds, one picture each) beside the trained stages.
"""

import argparse
import json
import sys
import time
from pathlib import Path

import numpy as np
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from a2i.data.pack import PackedStore  # noqa: E402
from a2i.evaluation.watch import Kid  # noqa: E402
from a2i.training import encoder, gan, run  # noqa: E402
from a2i.training.device import choose  # noqa: E402
from gpu_judge import Judge  # noqa: E402

COLUMNS = 12


def grid(pictures: np.ndarray, labels: np.ndarray, path: Path) -> None:
    """A row a class of its first pictures, uint8 (n, 64, 64, 3)."""
    rows = [pictures[np.resize(np.flatnonzero(labels == i), COLUMNS)] for i in np.unique(labels)]
    sheet = Image.fromarray(np.concatenate([np.concatenate(list(row), 1) for row in rows]))
    sheet.resize((2 * sheet.width, 2 * sheet.height), Image.Resampling.BICUBIC).save(path)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pack", type=Path, help="a packed store (a2i pack)")
    parser.add_argument("--out", type=Path, default=Path("reports/real"), help="folder of the run")
    parser.add_argument("--recipe", default="modern")
    parser.add_argument("--steps", type=int, default=6000, help="of the generator")
    parser.add_argument("--epochs", type=int, default=30, help="of the encoder")
    parser.add_argument("--width", type=int, default=32, help="of the generator and the discriminator")
    parser.add_argument("--share", type=int, default=2, help="of the real frames one in so many is looked at")
    parser.add_argument("--count", type=int, default=4, help="pictures of a sound")
    given = parser.parse_args()
    store, device, began = PackedStore.open(given.pack), choose("cpu"), time.monotonic()
    # Photographs have no left and right, and are harder to draw than to choose: less of the time for the flow.
    acts = {"warm": 0.3, "flow": 0.25} if given.recipe == "modern" else {}
    settings = {"gf": given.width, "df": given.width, "steps": given.steps, "batch": 32, "flip": True} | acts
    listener, generator = run.train(
        store, given.out, given.recipe, encoder_settings={"epochs": given.epochs}, gan_settings=settings, device=device,
        measure=Kid(store, device),
    )  # fmt: skip
    trained = time.monotonic() - began
    rows, labels = store.split_rows("eval")
    heard = encoder.apply(listener, store, rows)
    drawn = gan.draw_pictures(generator, heard["description"], given.count)
    grid(drawn[:, 0], labels, given.out / "grid.png")
    judge = Judge(store, device, given.share)
    measured = judge(drawn.reshape(-1, 64, 64, 3), labels.repeat(given.count))
    found = {
        "trained_s": round(trained), "steps": given.steps, "n": len(rows), "pictures": drawn.shape[0] * drawn.shape[1],
        "encoder": round(float((heard["probability"].argmax(1) == labels).mean()), 3), "drawn": measured, "real": judge.floor,
    }  # fmt: skip
    (given.out / "measured.json").write_text(json.dumps(found, indent=1))
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
