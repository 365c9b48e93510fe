"""An encoder and the generator that learnt from it: what it hears in a sound, and what it draws."""

import json
from dataclasses import dataclass
from numbers import Integral
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from a2i.core.errors import A2IError
from a2i.core.progress import Progress
from a2i.core.settings import check_value
from a2i.data.classes import title
from a2i.imagine.listen import NothingHeard, length, named, shown, ten_seconds, windows
from a2i.media.mel import SECONDS

if TYPE_CHECKING:
    import torch

    from a2i.evaluation.calibration import Calibration


@dataclass(frozen=True)
class Heard:
    """What the encoder makes of n sounds of ten seconds."""

    description: np.ndarray  # float32 (n, size), what the generator is told
    probability: np.ndarray  # float32 (n, classes), calibrated where the encoder is
    none: np.ndarray  # bool (n,): unlike all training clips, so none of the classes; never where not calibrated
    attention: np.ndarray  # float32 (n, steps), which sum to 1; even where the encoder has none


@dataclass(frozen=True)
class Imagined:
    """What ten seconds of sound led to."""

    sound: Path
    start: float  # s, where they begin in the file
    when: tuple[float, float] | None  # s of the file: the shortest stretch with half of the attention; None without any
    probability: dict[str, float]  # of each class, by the encoder
    none: bool  # it is unlike all that the encoder has learnt from: the class is a guess
    pictures: np.ndarray  # uint8 (count, 64, 64, 3)
    remarks: tuple[str, ...]  # what is odd about the sound, of `media.quality.KINDS`

    @property
    def predicted(self) -> str:
        """The likeliest class."""
        return max(self.probability, key=self.probability.get)

    @property
    def told(self) -> str:
        """What is heard, in a few words."""
        return "none of the classes" if self.none else f"{title(self.predicted)} {self.probability[self.predicted]:.2f}"


class Pair:
    """The encoder and the generator of a run or of an exported model, which belong together; `load` reads them."""

    def __init__(self, encoder: "torch.nn.Module", generator: "torch.nn.Module", calibration: "Calibration | None" = None):
        self.encoder, self.generator, self.calibration = encoder, generator, calibration

    @property
    def classes(self) -> tuple[str, ...]:
        """What it tells apart, in the order of its probabilities."""
        return tuple(self.encoder.classes)

    def imagine(self, sound: Path | str, *, start: float | None = None, seed: int = 0, count: int = 1) -> Imagined:
        """Draws `count` pictures of the ten seconds of `sound` from `start` (s), else of its most telling ones.

        `-` is standard input. Raises NothingHeard for silence, A2IError where the sound cannot be read.
        """
        from a2i.media import decode, quality

        if not isinstance(sound, str | Path):
            raise A2IError("a sound to imagine is a file; an array of samples goes to `hear`, and what that says to `draw`")
        check_value("--start", start or 0.0, "(0 to 86400)")
        with named(sound) as path:
            start = self.telling(path) if start is None else start
            clip = decode.decode(path, start, start + SECONDS, frames=1, frame_sampling="spread", need_picture=False)
        if quality.SILENT in clip.remarks:
            raise NothingHeard(f"{shown(sound)}: nothing heard")
        heard = self.hear(clip.samples)
        pictures = self.draw(heard.description, count=count, seed=seed)[0]
        probability = dict(zip(self.classes, heard.probability[0].tolist()))
        when = self._when(heard.attention[0], start)
        return Imagined(Path(sound), start, when, probability, bool(heard.none[0]), pictures, clip.remarks)

    def hear(self, *sounds: np.ndarray) -> Heard:
        """What is heard in the first ten seconds of each sound, float (samples,), 22,050 Hz. Raises A2IError."""
        import torch

        if not sounds:
            raise A2IError("there is no sound to hear: give one at least")
        found = []
        with torch.no_grad():
            for samples in map(ten_seconds, sounds):  # one by one: a batch rounds otherwise, and same is to mean same
                found.append(self.encoder.describe(self._log_mel(samples)))
        description, embedding, attention = (torch.cat(part).float().cpu().numpy() for part in zip(*found))
        return Heard(description, *self.judged(embedding), attention)

    def judged(self, embedding: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """What embeddings float32 (n, embedding) stand for: probabilities (n, classes), and whether each is none of them."""
        import torch

        with torch.no_grad():
            logits = self.encoder.classifier(torch.from_numpy(embedding).to(self.encoder.mean.device))
        if self.calibration is None:
            return self.encoder.probability(logits).cpu().numpy(), np.zeros(len(embedding), bool)
        return self.calibration.probability(logits.cpu().numpy()), self.calibration.none(embedding)

    def draw(self, description: np.ndarray, *, count: int = 1, seed: int = 0) -> np.ndarray:
        """`count` pictures of each description float32 (n, size): uint8 (n, count, 64, 64, 3).

        All rows get the same noise, so that nothing but the sound tells them apart: same sound, same picture.
        """
        from a2i.training import gan

        check_value("--count", count, "(1 to 64)")
        check_value("--seed", seed, "(0 to 999999999)")
        if not (isinstance(count, Integral) and isinstance(seed, Integral)):
            raise A2IError(f"--count and --seed are whole numbers, not {count} and {seed}")
        return np.concatenate([gan.draw_pictures(self.generator, row[None], count, seed) for row in description])

    def telling(self, path: Path) -> float:
        """Where the ten seconds begin, s, to which the encoder pays most attention; 0 of a sound that has no more.

        An encoder without attention takes those of which it is surest. Raises MediaError.
        """
        best, found = -np.inf, 0.0
        progress = Progress("second of the sound", length(path), quiet=True)
        for start, samples in windows(path):
            progress.update(int(start) - progress.done)
            value = self._attention(samples)
            if value > best:
                best, found = value, start
        return found

    def _attention(self, samples: np.ndarray) -> float:
        """How telling ten seconds are: the attention of their steps before it is shared out among them, summed."""
        import torch

        with torch.no_grad():
            features, weights = self.encoder.steps(self._log_mel(samples))
            if self.encoder.attention is None:
                return float(self.encoder.classifier((features * weights[:, None]).sum(2)).softmax(1).max())
            return float(self.encoder.attention(features).logsumexp(2))

    def _when(self, attention: np.ndarray, start: float) -> tuple[float, float] | None:
        """The shortest stretch of a file, s, that holds half of the attention (steps,) paid from `start` on."""
        if self.encoder.attention is None:
            return None
        first, last = shortest(attention, 0.5)
        step = SECONDS / len(attention)
        return start + first * step, start + last * step

    def _log_mel(self, samples: np.ndarray) -> "torch.Tensor":
        import torch

        from a2i.media import mel

        return torch.from_numpy(mel.log_mel(samples))[None, None].to(self.encoder.mean.device)


def shortest(weights: np.ndarray, share: float) -> tuple[int, int]:
    """The shortest stretch (first, behind the last) of `weights` (n,), at least 0, that holds `share` of their sum."""
    total = np.concatenate([[0.0], np.cumsum(weights, dtype=np.float64)])
    # A little less, as sums are rounded.
    behind = np.searchsorted(total, total[:-1] + (share - 1e-6) * total[-1])
    lengths = np.where(behind < len(total), behind - np.arange(len(weights)), len(total))
    first = int(lengths.argmin())
    return first, int(behind[first])


def load(folder: Path | str) -> Pair:
    """The encoder and the generator of the run in `folder`, or of the model that `a2i export` wrote there.

    Raises A2IError where there is none, and where its two networks do not belong together.
    """
    from a2i.evaluation import calibration
    from a2i.training import encoder, gan

    folder = Path(folder)
    if (folder / encoder.FILE).is_file() and (folder / gan.FILE).is_file():
        return Pair(encoder.load(folder), gan.load(folder), calibration.load(folder))
    if not folder.is_dir():
        raise A2IError(f"there is no folder {folder}: make it by a2i run, or name another (--run) or a model (--model)")
    for stage, file in (("encoder", encoder.FILE), ("gan", gan.FILE)):
        if not (folder / stage / file).is_file():
            raise A2IError(f"{folder} holds no trained {stage}: finish that run first, or name another with --run")
    _check_pair(folder)
    return Pair(encoder.load(folder / "encoder"), gan.load(folder / "gan"), calibration.load(folder / "encoder"))


def _check_pair(run: Path) -> None:
    """Raises A2IError where the generator learnt from another encoder than the run's."""
    from a2i.training import checkpoint, encoder, gan, stages

    model = encoder.load(run / "encoder")
    learnt = checkpoint.read(run / "gan" / gan.FILE)[1]["meta"]["embedding"]
    state = run / "gan" / stages.FILE
    inputs = json.loads(state.read_text(encoding="utf-8"))["request"]["inputs"] if state.is_file() else {}
    known = stages.fingerprint_of(run, "encoder")
    if learnt not in (model.size, sum(model.parts)) or (known and inputs.get("encoder", known) != known):
        raise A2IError(f"{run}: its generator learnt from another encoder: finish that run, or name another with --run")
