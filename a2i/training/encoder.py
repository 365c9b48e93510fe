"""Training the sound's encoder as a classifier of log-mels, and applying it, frozen."""

from collections.abc import Callable, Mapping
from copy import deepcopy
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch.nn import functional as F
from torch.optim.swa_utils import AveragedModel

from a2i.core.errors import A2IError
from a2i.core.settings import check, made
from a2i.data.store import Store
from a2i.models.encoder import Encoder, Reminder
from a2i.models.simple_numbers import simple_numbers
from a2i.training import checkpoint, distributed, heard, loop
from a2i.training.augment_sound import augment, mix
from a2i.training.device import Device, choose
from a2i.training.holdout import hold_out
from a2i.training.passes import Passes, Terms

FILE = "encoder.safetensors"
VERSION = 2  # of what the network makes of the same weights; 2 adds the loudness to the attention's logits


@dataclass(frozen=True)
class EncoderSettings:
    """How the encoder is built and trained."""

    width: int = 16  # channels of the first block; doubles with each of three blocks (1 to 512)
    embedding: int = 256  # size of its part that tells the classes apart; the paper's is 1024 (1 to 8192)
    pooling: str = "attention"  # over time; mean is the paper's (one of mean, attention)
    epochs: int = 40  # passes over the training clips (1 to 10000)
    batch: int = 32  # clips a step (2 to 4096)
    learning_rate: float = 2e-3  # of Adam; the peak of a cycle (1e-7 to 1)
    weight_decay: float = 0.02  # of AdamW; 0 makes it Adam (0 to 1)
    augment: bool = True  # roll in time, level, SpecAugment masks, mixing of two clips
    seed: int = 0  # of the weights, the order and the augmentation (0 to 999999999)
    schedule: str = "one_cycle"  # of the learning rate (one of one_cycle, constant)
    auxiliary: float = 0.0  # weight of telling a log-mel's simple numbers from that part; 0: none (0 to 1000)
    ema: float = 0.0  # decay of the moving average of the weights, which is kept; 0: none (0 to 0.99999)
    balanced: bool = False  # draw as many clips of each class, whatever there are
    several: bool = False  # several classes a clip, by binary cross-entropy; for a store with keep_multi
    held_out: float = 0.0  # share of the training sources that choose the best epoch; 0: the last is kept (0 to 0.5)
    patience: int = 0  # epochs without a better one, by what is held out, that end the training; 0: none (0 to 10000)
    wide: bool = True  # the embedding also holds the features below, which keep what varies within a class


# What differs from the defaults. The paper kept the epoch that was best on evaluation clips; here the last or, with
# `held_out`, the best on training clips set apart, so that the measure on evaluation clips stays honest. It does not
# say how wide its blocks are.
RECIPES: dict[str, dict[str, Any]] = {
    "modern": {},
    "paper": {
        "embedding": 1024, "wide": False, "pooling": "mean", "epochs": 40, "batch": 64, "learning_rate": 8e-4,
        "schedule": "constant", "weight_decay": 0.0, "augment": False, "auxiliary": 0.0,
    },
}  # fmt: skip


def settings(recipe: str = "modern", **given: Any) -> EncoderSettings:
    """The settings of a recipe, but for what is `given`. Raises A2IError for names and values that are not allowed."""
    if recipe not in RECIPES:
        raise A2IError(f"the encoder has no recipe {recipe!r}: use one of {', '.join(RECIPES)}")
    return made(EncoderSettings, RECIPES[recipe] | given, "the encoder")


def train(
    store: Store,
    folder: Path,
    settings: EncoderSettings,
    device: Device | None = None,
    stop: Callable[[], bool] | None = None,
    graph: bool = True,
) -> Encoder:
    """Trains on the store's training clips, or goes on where `folder` stopped; saves the weights and the losses.

    Nothing is selected on the evaluation clips: their accuracy stays an honest estimate.
    """
    check(settings)
    work = _Training(store, settings, device or choose(), graph)
    enough = partial(_stale, settings.patience)
    course = loop.Course("encoder, epoch", settings.epochs, shown=("loss",), enough=enough)
    if not loop.run(work, folder, FILE, course, stop):
        return work.kept
    work.kept.eval()
    if distributed.rank() == 0:
        about = {"settings": asdict(settings), "classes": store.classes, "version": VERSION}
        checkpoint.save(Path(folder) / FILE, {"model": work.kept}, **about)
    loop.finish(folder, FILE)
    return work.kept


def _stale(patience: int, log: list[loop.Row]) -> bool:
    """Whether the last `patience` epochs brought nothing better."""
    scores = [row["held_out"] for row in log if "held_out" in row]
    return bool(patience) and len(scores) > patience and max(scores[-patience:]) < max(scores)


class _Training(Passes):
    """The encoder on its way."""

    graphed = True

    def __init__(self, store: Store, settings: EncoderSettings, device: Device, graph: bool = True):
        torch.manual_seed(settings.seed)
        model = build(len(store.classes), settings)
        beside = {"reminder": Reminder(settings.embedding)} if settings.auxiliary else {}
        self.store = store
        self.rows, self.held = hold_out(store, settings.held_out, settings.seed)
        _standardise(model, beside.get("reminder"), store, self.rows)
        super().__init__(model, len(self.rows), settings, device, graph=graph, **beside)
        self.targets = torch.from_numpy(_targets(store, self.rows, settings)).to(device.target)
        self.log_mels = _resident(store, self.rows, device) if device.is_cuda else None
        self.average = AveragedModel(self.model, avg_fn=partial(_averaged, settings.ema), use_buffers=True)
        self.best, self.record = deepcopy(self.model), {"score": torch.tensor(-1.0)}

    @property
    def parts(self) -> Mapping[str, Any]:
        extra = {"average": self.average} if self.settings.ema else {}
        return {**super().parts, **extra, **({"best": self.best, "record": self.record} if len(self.held) else {})}

    @property
    def latest(self) -> Encoder:
        """The encoder as it is now: its moving average, where there is one."""
        return self.average.module if self.settings.ema else self.model

    @property
    def kept(self) -> Encoder:
        """The encoder that is worth keeping."""
        return self.best if len(self.held) else self.latest

    def rate(self, done: float) -> float:
        return self.settings.learning_rate if self.settings.schedule == "constant" else super().rate(done)

    def order(self, generator: torch.Generator) -> torch.Tensor:
        if not self.settings.balanced:
            return super().order(generator)
        labels = self.store.ok["label"].iloc[self.rows]
        weight = torch.from_numpy(1 / labels.groupby(labels).transform("size").to_numpy())
        return torch.multinomial(weight, self.count, replacement=True, generator=generator)

    def step(self, number: int) -> Terms:
        terms = super().step(number)
        if len(self.held):
            score = self._held_score()
            if score >= self.record["score"]:
                self.best.load_state_dict(self.latest.state_dict())
                self.record["score"] = score
            terms["held_out"] = score
        return terms

    def terms(self, pick: torch.Tensor, generator: torch.Generator) -> Terms:
        log_mel, targets = self._log_mel(pick), self.targets[pick]
        if self.settings.augment:
            log_mel, targets = mix(augment(log_mel, generator), targets, generator)
        # Mixed before each process takes its part: two clips that are mixed may lie in two parts.
        log_mel, targets = distributed.own_part(log_mel), distributed.own_part(targets)
        telling = self.model.telling(log_mel)
        error = F.binary_cross_entropy_with_logits if self.settings.several else F.cross_entropy
        terms = {"classes": error(self.model.classifier(telling), targets)}
        if self.settings.auxiliary:
            terms["numbers"] = self.settings.auxiliary * self.beside["reminder"](telling, log_mel)
        return terms

    def _update(self, pick: torch.Tensor, rate: float, generator: torch.Generator) -> Terms:
        terms = super()._update(pick, rate, generator)
        if self.settings.ema:
            self.average.update_parameters(self.model)
        return terms

    def _log_mel(self, pick: torch.Tensor) -> torch.Tensor:
        if self.log_mels is None:
            return torch.from_numpy(self.store.log_mel(self.rows[pick.numpy()]))[:, None]
        return self.log_mels[pick].float()[:, None]

    @torch.no_grad()
    def _held_score(self) -> torch.Tensor:
        """Accuracy on the clips that are held out or, of several classes a clip, the mean average precision."""
        found = apply(self.latest.eval(), self.store, self.held)["probability"]
        targets = _targets(self.store, self.held, self.settings)
        score = mean_average_precision if self.settings.several else _accuracy
        return torch.tensor(score(targets, found))


def _targets(store: Store, rows: np.ndarray, settings: EncoderSettings) -> np.ndarray:
    """What the classifier should say of the clips at `rows`: float32 (n, classes) of 0 and 1."""
    if settings.several:
        return store.targets(rows).astype(np.float32)
    return (store.ok["label"].to_numpy()[rows, None] == np.array(store.classes, object)).astype(np.float32)


def _accuracy(targets: np.ndarray, probability: np.ndarray) -> float:
    return float((targets.argmax(1) == probability.argmax(1)).mean())


def mean_average_precision(targets: np.ndarray, probability: np.ndarray) -> float:
    """The mean over the classes that occur of each one's average precision, as AudioSet's taggers are measured.

    targets: 0 or 1 (n, classes); probability (n, classes).
    """
    from sklearn.metrics import average_precision_score

    there = targets.any(0)
    return float(average_precision_score(targets[:, there], probability[:, there], average="macro"))


def _averaged(decay: float, average: torch.Tensor, now: torch.Tensor, count: torch.Tensor) -> torch.Tensor:
    """The moving average after `count` steps. Its window grows, so that a short training is not all beginning."""
    share = 1 - ((1 + count) / (10 + count)).clamp(max=decay)  # stays on the device
    return torch.lerp(average, now, share) if now.is_floating_point() else now


def _resident(store: Store, rows: np.ndarray, device: Device, block: int = 512) -> torch.Tensor:
    """The log-mels at `rows` on the GPU, float16 as the store has them: 5.6 GB at the paper's size."""
    parts = (torch.from_numpy(store.log_mel(rows[i : i + block])).half() for i in range(0, len(rows), block))
    return torch.cat([part.to(device.target) for part in parts])


@torch.no_grad()
def _standardise(model: Encoder, reminder: Reminder | None, store: Store, rows: np.ndarray, sample: int = 2000) -> None:
    """Sets the mean and deviation of the training log-mels and of their simple numbers, from at most `sample` clips."""
    chosen = rows[:: max(len(rows) // sample, 1)]
    parts = [torch.from_numpy(store.log_mel(chosen[i : i + 64])) for i in range(0, len(chosen), 64)]
    mean = torch.stack([part.double().mean((1, 2)).sum() for part in parts]).sum() / len(chosen)
    square = torch.stack([(part.double() - mean).square().mean((1, 2)).sum() for part in parts]).sum() / len(chosen)
    model.mean.copy_(mean)
    model.deviation.copy_(square.sqrt())
    if reminder:
        numbers = torch.cat([simple_numbers(part[:, None]) for part in parts])
        reminder.mean.copy_(numbers.mean(0))
        reminder.deviation.copy_(numbers.std(0, correction=0).clamp_min(1e-3))


def build(classes: int, settings: EncoderSettings) -> Encoder:
    """An untrained encoder."""
    return Encoder(classes, settings.width, settings.embedding, settings.pooling, settings.several, settings.wide)


def load(folder: Path | str, device: Device | None = None) -> Encoder:
    """The trained encoder of a stage's folder, frozen and in eval mode; its `classes` are set.

    Raises A2IError where there is none that this version can read.
    """
    path = Path(folder) / FILE
    _, header = checkpoint.read(path)
    if header["meta"].get("version") != VERSION:
        raise A2IError(f"{path} holds an encoder of another version of Audio2Img, which listened otherwise: train it again")
    settings = EncoderSettings(**header["meta"]["settings"])
    model = build(len(header["meta"]["classes"]), settings)
    checkpoint.load(path, {"model": model})
    model.classes, model.folder = header["meta"]["classes"], Path(folder)
    return model.eval().requires_grad_(False).to((device or choose()).target)


@torch.no_grad()
def apply(
    model: Encoder, store: Store, rows: np.ndarray, *, generator: torch.Generator | None = None, batch: int = 64
) -> dict[str, np.ndarray]:
    """Embeddings float32 (n, embedding), descriptions (n, size), which begin with the embedding and are what a generator
    is told, logits and probabilities (n, classes), and attention (n, steps) of the clips at `rows`.

    With a `generator` the clips are augmented first; without one, what a trained encoder says of a store's clips is kept beside
    it, so that each notebook need not ask anew.
    """
    if not len(rows):  # the shapes are those of any clip
        return {name: values[:0] for name, values in apply(model, store, np.array([0])).items()}
    ask = partial(_ask, model, store, generator, batch)
    if generator is None and model.folder and isinstance(store, Store) and store.has_sound[rows].all():
        said = heard.kept(model.folder / heard.FILE, model, store, np.asarray(rows), ask)
    else:
        said = ask(rows)
    return {"embedding": said["description"][:, : model.size], **said}


def _ask(
    model: Encoder, store: Store, generator: torch.Generator | None, batch: int, rows: np.ndarray
) -> dict[str, np.ndarray]:
    """What `apply` gives, but for the embedding."""
    device = next(model.parameters()).device
    parts = []
    for i in range(0, len(rows), batch):
        log_mel = torch.from_numpy(store.log_mel(rows[i : i + batch]))[:, None].to(device)
        description, embedding, weights = model.describe(augment(log_mel, generator) if generator else log_mel)
        logits = model.classifier(embedding)
        parts.append((description, logits, model.probability(logits), weights))
    joined = [torch.cat(column).float().cpu().numpy() for column in zip(*parts)]
    return dict(zip(("description", "logit", "probability", "attention"), joined))
