"""What needs a GPU, in one call: the rates of training, then the recipe `projected` on packed real clips.

    python tests/benchmarks/gpu_check.py data/real.pack --out reports/gpu --seconds 580

Needs torch, numpy, pillow, pandas, pyarrow, safetensors and the extra `projected`, and no decoder. Each part is a process
of its own, so that one that fails costs only itself; rows are printed and kept in `--out` as they come.
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
PARTS = {"speed": 110, "quality": 445, "encoder": 25}  # s at most, or in this proportion
GFLOP = 20.6  # a picture and step of `stackgan` at GF 192 / DF 96, with 3x3 convolutions after nearest doubling
CANDIDATES = {"pixels beside the features": {}, "features alone": {"df": 0}}
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


# Other ways to double and convolve, to the same result as `UpsampledConv`.


def nearest(layer: blocks.UpsampledConv, x: torch.Tensor) -> torch.Tensor:
    """As it is written: 36 taps an input pixel."""
    return F.conv2d(F.interpolate(x, scale_factor=2, mode="nearest"), layer.weight, padding=1)


def transposed(layer: blocks.UpsampledConv, x: torch.Tensor) -> torch.Tensor:
    """One transposed convolution of 16 taps."""
    kernel = torch.einsum("ax,by,oixy->ioab", layer.spread, layer.spread, layer.weight)
    return F.conv_transpose2d(x, kernel, stride=2, padding=1)


WAYS = {"transposed": transposed, "nearest": nearest}


# Each step switched on in turn.
LADDER = [
    (recipe, batch, way, graph)
    for recipe, batch in (("stackgan", 64), ("stackgan", 256), ("projected", 64), ("projected", 256))
    for way, graph in (("nearest", False), ("transposed", False), ("transposed", True))
    if recipe == "stackgan" or way == "transposed"
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
    """The graph against the same steps kernel by kernel, on small networks."""
    if TINY:
        return
    for name in ("stackgan", "projected"):
        weights = []
        for graph in (True, False):
            work = recipes.trainer(data, recipes.settings(name, gf=8, df=8, batch=16), DEVICE, graph=graph)
            for number in range(3):
                work.step(number)
            weights.append(torch.cat([p.detach().flatten() for p in work.g.parameters()]))
        difference = float((weights[0] - weights[1]).norm() / weights[1].norm())
        equal = bool(torch.equal(*weights))
        report.add(what=f"{name}, graph against kernel by kernel, 3 steps", equal=equal, relative_difference=difference)


def quality(report: Report, pack: Path, out: Path, limit: float, plain: bool) -> None:
    """Two candidates for a while each, the better one by KID against TRAINING frames for what is left."""
    store = PackedStore.open(pack)
    frozen = trained_encoder(report, store, out)
    data = gan.training_set(store, frozen, views=2 if TINY else 8)
    rows, labels = store.split_rows("eval")
    rows, labels = (rows[::20], labels[::20]) if TINY else (rows, labels)
    heard = encoder.apply(frozen, store, rows)
    report.add(what="encoder on evaluation clips", accuracy=float((heard["probability"].argmax(1) == labels).mean()), n=len(rows))
    judge = Judge(store, DEVICE, 40 if TINY else 1)
    report.add(what="real evaluation frames", **judge.floor)
    sounds = torch.from_numpy(heard["embedding"]).to(DEVICE.target)
    small = {"gf": 4, "batch": 4, "size": 64} if TINY else {}
    best, works = {}, {}
    left = limit - (time.monotonic() - START)
    for name, change in CANDIDATES.items():
        begin = time.monotonic()
        settings = recipes.settings("projected", **small | change)
        works[name] = [recipes.trainer(data, settings, DEVICE, graph=not plain), 0]
        advance(report, works[name], name, judge, sounds, labels, begin + 0.3 * left, out)
        best[name] = report.rows[-1]["kid_training"]
    name = min(best, key=best.get)
    report.add(what=f"goes on: {name}", kid_training=best[name])
    advance(report, works[name], name, judge, sounds, labels, START + limit - 8, out)


def trained_encoder(report: Report, store: PackedStore, out: Path) -> torch.nn.Module:
    begin = time.monotonic()
    settings = encoder.EncoderSettings(epochs=1 if TINY else 30, **({"width": 4, "embedding": 8} if TINY else {}))
    (out / "encoder").mkdir(parents=True, exist_ok=True)
    encoder.train(store, out / "encoder", settings, DEVICE)
    wait()
    report.add(what=f"encoder, {settings.epochs} epochs", seconds=round(time.monotonic() - begin, 1))
    return encoder.load(out / "encoder", DEVICE)


def advance(report, work: list, name: str, judge: Judge, sounds, labels: np.ndarray, until: float, out: Path) -> None:
    """Trains until a time and measures; a row of the course half way."""
    trainer, first = work
    terms = trainer.step(first)  # the only one where preparing it has taken all the time
    wait()
    begin, steps, points = time.monotonic(), 1, [(time.monotonic() + until) / 2, until]
    number = first + 1
    for point in points:
        trained = time.monotonic()
        while time.monotonic() < point and not (TINY and steps > 4):
            for _ in range(1 if TINY else 20):
                terms = trainer.step(number)
                number, steps = number + 1, steps + 1
            wait()
        rate = trainer.settings.batch * (number - work[1]) / (time.monotonic() - trained)
        work[1] = number
        wait()
        measured = judge(drawn(trainer, sounds, 1 if TINY else 10), labels.repeat(1 if TINY else 10))
        losses = {key: round(float(value), 3) for key, value in terms.items()}
        report.add(
            what=name, steps=number, thousand_pictures=round(number * trainer.settings.batch / 1000, 1),
            pictures_s=round(rate), **measured, losses=losses,
        )  # fmt: skip
    grid(trainer, sounds, labels, out / f"{name.replace(' ', '_')}_{number}.png")
    keys = ("kid", "kid_training")
    report.add(what=f"{name}: in all", seconds=round(time.monotonic() - begin, 1), **{key: measured[key] for key in keys})


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


def encoder_rate(report: Report, limit: float) -> None:
    """Clips/s of the encoder at the paper's size, augmentation included, and of log-mels."""
    width, size = (4, 8) if TINY else (64, 1024)
    model = encoder.Encoder(10, width, size, "mean").to(DEVICE.target, memory_format=torch.channels_last)
    optimiser = torch.optim.AdamW(model.parameters(), 1e-3)
    mels = torch.randn(4 if TINY else 64, 1, 128, 431, device=DEVICE.target)
    targets = F.one_hot(torch.arange(len(mels), device=DEVICE.target) % 10, 10).float()
    for augmented in (True, False):
        generator = torch.Generator().manual_seed(0) if augmented else None

        def step(generator: torch.Generator | None = generator) -> None:
            x, y = encoder.mix(encoder.augment(mels, generator), targets, generator) if generator else (mels, targets)
            with DEVICE.autocast():
                loss = F.cross_entropy(model(x), y)
            optimiser.zero_grad(set_to_none=True)
            loss.backward()
            optimiser.step()

        rate = len(mels) / seconds(step, 20)
        report.add(what=f"encoder, width {width}, {'augmented' if augmented else 'plain'}", clips_s=round(rate))
    module = LogMel(torch.from_numpy(mel.filter_bank()), hop=mel.HOP, floor=mel.FLOOR, top_db=mel.TOP_DB).to(DEVICE.target)
    samples = torch.randn(len(mels), mel.SAMPLES, device=DEVICE.target)
    report.add(what="log-mels from waveforms", clips_s=round(len(samples) / seconds(lambda: module(samples), 20)))


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
    parser.add_argument("--plain", action="store_true", help="kernel by kernel, where a graph cannot be captured")
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    if options.part:
        report = Report(options.out / f"{options.part}.json")
        if options.part == "speed":
            speed(report, options.seconds)
        elif options.part == "quality":
            quality(report, options.pack, options.out, options.seconds, options.plain)
        else:
            encoder_rate(report, options.seconds)
        return
    for name, limit in parts(options):
        spent = run_part(name, options, limit)
        if spent is not None and spent < limit / 2 and name == "quality":  # it failed early
            run_part(name, options, limit - spent, "--plain")


def run_part(name: str, options: argparse.Namespace, limit: float, *more: str) -> float | None:
    """Runs a part in a process of its own; the seconds it took where it failed."""
    command = [sys.executable, "-u", __file__, str(options.pack), "--out", str(options.out), "--part", name, *more]
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
