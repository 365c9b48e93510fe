"""What needs a GPU, in one call: the rates of training, then the encoder and the recipe `projected` on packed real clips.

    python tests/benchmarks/gpu_check.py data/real.pack --out reports/gpu --seconds 580

Needs torch, numpy, pillow, pandas, pyarrow, safetensors and the extra `projected`, and no decoder. Each part is a process
of its own, so that one that fails costs only itself; rows are printed and kept in `--out` as they come. `projected` trains
alone for five minutes; with `--compare` candidates run at once, each in a stream of its own, then three seeds of the best: they
see the same number of pictures, and fill the GPU better than one.
"""

import argparse
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch.nn import functional as F

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT))

from a2i.data.pack import PackedStore  # noqa: E402
from a2i.media import mel  # noqa: E402
from a2i.models import blocks  # noqa: E402
from a2i.models.log_mel import LogMel  # noqa: E402
from a2i.training import encoder, gan, recipes  # noqa: E402
from a2i.training.augment import to_uint8  # noqa: E402
from a2i.training.device import choose  # noqa: E402
from gpu_judge import Judge, unmeasured  # noqa: E402

DEVICE = choose()
START = time.monotonic()
PARTS = {"speed": 80, "encoder": 40, "quality": 460}  # s at most, or in this proportion
GFLOP = 20.6  # a picture and step of `stackgan` at GF 192 / DF 96, with 3x3 convolutions after nearest doubling
CANDIDATES = {
    "a head on pixels": {"df": 64, "kl_weight": 1.0}, "features alone": {"df": 0, "kl_weight": 1.0},
    "a head on pixels, KL weight 4": {"df": 64, "kl_weight": 4.0}, "features alone, KL weight 4": {"df": 0, "kl_weight": 4.0},
}  # fmt: skip
SEEDS = 3  # of the encoder, and of the best candidate
MINUTES = 5  # of a training alone
SEEN = 10  # pictures a sound, when measured
CLIPS, EPOCHS = 49_643, 40  # the paper's training of the encoder
TINY = not DEVICE.is_cuda  # a rehearsal


class Report:
    """Rows as they come, on the screen and in a JSON file."""

    def __init__(self, path: Path):
        self.path, self.rows = path, []

    def add(self, **row: object) -> None:
        self.rows.append(row | {"after_s": round(time.monotonic() - START, 1)})
        print("  ".join(f"{key} {value}" for key, value in self.rows[-1].items()), flush=True)
        self.path.write_text(json.dumps({"device": DEVICE.reason, "torch": torch.__version__, "rows": self.rows}, indent=1))


def wait() -> None:
    if DEVICE.is_cuda:
        torch.cuda.synchronize()


def seconds(function: Callable[[], object], times: int) -> float:
    """Of one call, after two to warm up."""
    times = 1 if TINY else times
    for _ in range(2):
        function()
    wait()
    begin = time.perf_counter()
    for _ in range(times):
        function()
    wait()
    return (time.perf_counter() - begin) / times


def peak(size: int = 256 if TINY else 8192) -> float:
    """TFLOP/s of a bfloat16 matrix product."""
    a, b = (torch.randn(size, size, device=DEVICE.target, dtype=torch.bfloat16) for _ in range(2))
    return 2e-12 * size**3 / seconds(lambda: a @ b, 20)


def nearest(layer: blocks.UpsampledConv, x: torch.Tensor) -> torch.Tensor:
    """Doubling and convolution as they are written: 36 taps an input pixel."""
    return F.conv2d(F.interpolate(x, scale_factor=2, mode="nearest"), layer.weight, padding=1)


WAYS = {"transposed": blocks.UpsampledConv.forward, "nearest": nearest}


# Each step switched on in turn.
LADDER = [
    (recipe, batch, way, graph)
    for recipe, batch in (("stackgan", 64), ("stackgan", 256), ("projected", 64))
    for way, graph in (("nearest", False), ("transposed", False), ("transposed", True))
    if recipe == "stackgan" or graph
]


def noise_set(embedding: int = 32 if TINY else 1024, clips: int = 20 if TINY else 2000) -> recipes.TrainingSet:
    """Clips of noise: rates do not depend on what is learnt."""
    generator = torch.Generator().manual_seed(0)
    return recipes.TrainingSet(
        torch.randn(clips, 4, embedding, generator=generator),
        torch.randint(0, 256, (clips, 3, 64, 64, 3), dtype=torch.uint8, generator=generator),
        torch.arange(clips) % 10,
    )


def speed(report: Report, limit: float) -> None:
    """Rates of training at the paper's width, each step switched on in turn."""
    tera = peak()
    report.add(what="matrix product, bfloat16", tflops=round(tera, 1))
    data = noise_set()
    for recipe, batch, way, graph in LADDER:
        if time.monotonic() - START > limit - 15:
            return
        blocks.UpsampledConv.forward = WAYS[way]
        settings = recipes.settings(recipe, **{"batch": 4, "gf": 4, "df": 4} if TINY else {"batch": batch})
        number, work = iter(range(10**9)), recipes.trainer(data, settings, DEVICE, graph=graph)
        rate = settings.batch / seconds(lambda work=work, number=number: work.step(next(number)), 30)
        kind = f"{'one CUDA graph' if graph else 'kernel by kernel'}, doubling by {way}"
        share = {"nominal_share": round(rate * GFLOP / 1000 / tera, 3)} if recipe == "stackgan" else {}
        report.add(what=f"{recipe}, batch {batch}, {kind}", pictures_s=round(rate), **share)
        del work
        free()
    same_result(report, data)


def free() -> None:
    if DEVICE.is_cuda:
        torch.cuda.empty_cache()


def same_result(report: Report, data: recipes.TrainingSet) -> None:
    """The graph against the same steps kernel by kernel, on small networks; what is computed otherwise on a GPU against the CPU."""
    for name, layer, shape in (
        ("doubling", blocks.UpsampledConv(16, 8), (4, 16, 8, 8)),
        ("pooling", blocks.AveragePool((2, 2)), (4, 16, 8, 12)),
    ):
        layer, x = layer.double(), torch.randn(shape, dtype=torch.float64).contiguous(memory_format=torch.channels_last)
        there = layer.to(DEVICE.target)(x.to(DEVICE.target)).cpu()
        report.add(what=f"{name}, on the GPU against the CPU", difference=float((there - layer.cpu()(x)).abs().max().detach()))
    if TINY:
        return
    for name in ("stackgan", "projected"):
        weights = []
        for graph in (True, False):
            work = recipes.trainer(data, recipes.settings(name, gf=8, df=8, batch=16), DEVICE, graph=graph)
            for number in range(3):
                work.step(number)
            weights.append(work.g)
        _compare(report, f"{name}, graph against kernel by kernel, 3 steps", *weights)


def _compare(report: Report, what: str, *networks: torch.nn.Module) -> None:
    one, other = (torch.cat([p.detach().flatten() for p in network.parameters()]) for network in networks)
    difference = float((one - other).norm() / other.norm())
    report.add(what=what, equal=bool(torch.equal(one, other)), relative_difference=difference)


class Endless(encoder._Training):
    """The encoder's training by passes of whole batches, however few clips there are."""

    def order(self, generator: torch.Generator) -> torch.Tensor:
        return torch.randint(self.count, (self.settings.batch * (2 if TINY else 60),), generator=generator)


def encoder_part(report: Report, pack: Path, out: Path, limit: float) -> None:
    """Clips/s of the encoder's training at the paper's size, kernel by kernel and as one graph, and of log-mels; the encoder
    of the packed clips, of several seeds."""
    store = PackedStore.open(pack)
    for seed in range(SEEDS):
        frozen = trained_encoder(report, store, out / f"encoder{seed}", seed)
        rows, labels = _evaluated(store)
        right = encoder.apply(frozen, store, rows)["probability"].argmax(1) == labels
        by_class = {store.classes[i]: round(float(right[labels == i].mean()), 3) for i in np.unique(labels)}
        report.add(what=f"encoder on evaluation clips, seed {seed}", accuracy=float(right.mean()), n=len(rows), **by_class)
    size = {"width": 4, "embedding": 8, "batch": 4} if TINY else {"width": 64, "embedding": 1024}
    for name, change in (
        ("paper, augmented", {"augment": True}), ("paper", {}), ("paper, augmented, batch 256", {"augment": True, "batch": 256}),
        ("paper, augmented, attention, wide", {"augment": True, "pooling": "attention", "wide": True}),
    ):  # fmt: skip
        for graph in (False, True) if name == "paper, augmented" else (True,):
            if time.monotonic() - START > limit - 6:
                return
            work = Endless(store, encoder.settings("paper", **change | size), DEVICE, graph=graph)
            number = iter(range(10**9))
            rate = len(work.order(torch.Generator())) / seconds(lambda work=work, number=number: work.step(next(number)), 2)
            kind = "one CUDA graph" if graph else "kernel by kernel"
            report.add(what=f"encoder, {name}, {kind}", clips_s=round(rate), minutes=round(CLIPS * EPOCHS / rate / 60, 2))
            del work
            free()
    networks = []
    for graph in (True, False):
        work = Endless(store, encoder.settings(width=4, embedding=16, batch=16), DEVICE, graph=graph)
        work.step(0)
        networks.append(work.model)
    _compare(report, "encoder, graph against kernel by kernel, a pass", *networks)
    module = LogMel(torch.from_numpy(mel.filter_bank()), hop=mel.HOP, floor=mel.FLOOR, top_db=mel.TOP_DB).to(DEVICE.target)
    samples = torch.randn(4 if TINY else 64, mel.SAMPLES, device=DEVICE.target)
    report.add(what="log-mels from waveforms", clips_s=round(len(samples) / seconds(lambda: module(samples), 20)))


def _evaluated(store: PackedStore) -> tuple[np.ndarray, np.ndarray]:
    rows, labels = store.split_rows("eval")
    return (rows[::20], labels[::20]) if TINY else (rows, labels)


def trained_encoder(report: Report, store: PackedStore, folder: Path, seed: int = 0, plain: bool = False) -> torch.nn.Module:
    """The encoder of a folder, trained where it is not there."""
    if (folder / encoder.FILE).is_file():
        return encoder.load(folder, DEVICE)
    begin = time.monotonic()
    small = {"epochs": 1, "width": 4, "embedding": 8} if TINY else {"epochs": 30}
    settings = encoder.EncoderSettings(seed=seed, **small)
    folder.mkdir(parents=True, exist_ok=True)
    encoder.train(store, folder, settings, DEVICE, graph=not plain)
    wait()
    report.add(what=f"encoder, {settings.epochs} epochs", seconds=round(time.monotonic() - begin, 1))
    return encoder.load(folder, DEVICE)


def quality(report: Report, options: argparse.Namespace) -> None:
    """`projected` on the packed clips from one seed, or with `compare` the candidates, then `SEEDS` seeds of the best by KID
    against TRAINING frames."""
    store, seed, end = PackedStore.open(options.pack), options.seed, START + options.seconds - 8
    frozen = trained_encoder(report, store, options.out / f"encoder{seed}", seed, plain=options.plain)
    data = gan.training_set(store, frozen, views=2 if TINY else 8)
    rows, labels = _evaluated(store)
    sounds = torch.from_numpy(encoder.apply(frozen, store, rows)["embedding"]).to(DEVICE.target)
    judge = Judge(store, DEVICE, 40 if TINY else 1)
    report.add(what="real evaluation frames", **judge.floor)
    race = Race(report, data, judge, sounds, labels, options.plain)
    if not options.compare:
        race.run({f"projected, seed {seed}": {"seed": seed}}, min(time.monotonic() + 60 * MINUTES, end), 5)
        race.grids(options.out)
        return
    race.run(CANDIDATES, time.monotonic() + 0.3 * (end - time.monotonic()), 2)
    best = min(CANDIDATES, key=lambda name: race.measured[name]["kid_training"])
    race.grids(options.out)
    race.run({f"{best}, seed {seed}": CANDIDATES[best] | {"seed": seed} for seed in range(SEEDS)}, end, 5)
    race.grids(options.out)


class Race:
    """Trainings of `projected` at once, measured now and then."""

    def __init__(self, report: Report, data: recipes.TrainingSet, judge: Judge, sounds: torch.Tensor, labels: np.ndarray, plain: bool):
        self.report, self.data, self.judge, self.sounds, self.labels = report, data, judge, sounds, labels
        self.plain, self.works, self.measured = plain, {}, {}

    def run(self, candidates: dict[str, dict], until: float, points: int) -> None:
        """Trains until a time, all the same number of steps; a row of each at so many evenly spread points."""
        small = {"gf": 4, "batch": 4, "size": 64} if TINY else {}
        self.works.clear()
        free()
        for name, change in candidates.items():
            settings = recipes.settings("projected", **small | change | ({"df": 4} if TINY and change.get("df", 64) else {}))
            self.works[name] = recipes.trainer(self.data, settings, DEVICE, graph=not self.plain)
        last = {name: work.step(0) for name, work in self.works.items()}  # the graphs are made here
        streams = {name: torch.cuda.Stream() for name in self.works} if DEVICE.is_cuda else {}
        wait()
        begin, number, spent = time.monotonic(), 1, 0.0
        for i in range(points):
            started, mark = time.monotonic(), begin + (until - begin) * (i + 1) / points
            while time.monotonic() < mark and not (TINY and number > 2 * (i + 1)):
                for _ in range(1 if TINY else 10):
                    for name, work in self.works.items():
                        with torch.cuda.stream(streams.get(name)):
                            last[name] = work.step(number)
                    number += 1
                wait()
            spent += time.monotonic() - started
            for name, work in self.works.items():
                self._measure(name, work, number, number / spent, last[name])

    def _measure(self, name: str, work: recipes.Trainer, steps: int, rate: float, terms: dict) -> None:
        count = 1 if TINY else SEEN
        self.measured[name] = self.judge(drawn(work, self.sounds, count), self.labels.repeat(count))
        self.report.add(
            what=name, steps=steps, thousand_pictures=round(steps * work.settings.batch / 1000, 1),
            pictures_s=round(rate * work.settings.batch), of_trainings=len(self.works), **self.measured[name],
            losses={key: round(float(value), 3) for key, value in terms.items()},
        )  # fmt: skip

    def grids(self, out: Path) -> None:
        for name, work in self.works.items():
            grid(work, self.sounds, self.labels, out / f"{name.replace(' ', '_').replace(',', '')}.png")


@torch.no_grad()
def drawn(trainer: recipes.Trainer, sounds: torch.Tensor, count: int, seed: int = 1) -> np.ndarray:
    """uint8 pictures (n * count, 64, 64, 3) by the averaged generator, a sound's side by side."""
    generator, network = torch.Generator(DEVICE.target).manual_seed(seed), trainer.ema.eval()
    parts = []
    for part in sounds.repeat_interleave(count, 0).split(256):
        z, eps = (torch.randn(len(part), n, device=DEVICE.target, generator=generator) for n in (network.noise, network.condition))
        with DEVICE.autocast(), unmeasured():
            parts.append(to_uint8(network(part, z, eps)[0]))
    return np.concatenate(parts)


def grid(trainer: recipes.Trainer, sounds: torch.Tensor, labels: np.ndarray, path: Path, columns: int = 12) -> None:
    """A row a class, a column an evaluation sound; as PNG and as a small JPEG."""
    chosen = np.concatenate([np.resize(np.flatnonzero(labels == i), columns) for i in np.unique(labels)])
    pictures = drawn(trainer, sounds[chosen], 1, seed=7).reshape(-1, columns, 64, 64, 3)
    sheet = Image.fromarray(np.concatenate([np.concatenate(row, 1) for row in pictures]))
    sheet.save(path)
    sheet.resize((2 * sheet.width, 2 * sheet.height), Image.Resampling.BICUBIC).save(path.with_suffix(".jpg"), quality=85)


def parts(options: argparse.Namespace) -> Iterator[tuple[str, float]]:
    """Each part and the seconds it may take."""
    scale = options.seconds / sum(PARTS.values())
    for name, share in PARTS.items():
        yield name, share * scale


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("pack", type=Path, help="a packed store (a2i pack)")
    parser.add_argument("--out", type=Path, default=Path("reports/gpu"))
    parser.add_argument("--seconds", type=float, default=580, help="for everything")
    parser.add_argument("--part", choices=PARTS, help="this one alone")
    parser.add_argument("--seed", type=int, default=0, help="of the encoder and of `projected`")
    parser.add_argument("--compare", action="store_true", help="candidates of `projected` against each other, then seeds of the best")
    parser.add_argument("--plain", action="store_true", help="kernel by kernel, where a graph cannot be captured")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.part:
        report = Report(options.out / f"{options.part}{options.seed or ''}.json")
        if options.part == "speed":
            speed(report, options.seconds)
        elif options.part == "quality":
            quality(report, options)
        else:
            encoder_part(report, options.pack, options.out, options.seconds)
        return
    for name, limit in parts(options):
        spent = run_part(name, options, limit)
        if spent is not None and spent < limit / 2 and name == "quality":  # it failed early
            run_part(name, options, limit - spent, "--plain")


def run_part(name: str, options: argparse.Namespace, limit: float, *more: str) -> float | None:
    """Runs a part in a process of its own; the seconds it took where it failed."""
    command = [sys.executable, "-u", __file__, str(options.pack), "--out", str(options.out), "--part", name, *more]
    command += ["--seed", str(options.seed)] + ["--compare"] * options.compare
    began = time.monotonic()
    try:
        code = subprocess.run([*command, "--seconds", str(limit)], timeout=limit + 4).returncode
    except subprocess.TimeoutExpired:
        code = "stopped"
    spent = time.monotonic() - began
    print(f"-- {name} {' '.join(more)}: {code} after {spent:.0f} s", flush=True)
    return spent if code else None


if __name__ == "__main__":
    main()
