"""The shortest way from sounds of one's own to pictures, with the encoder and generator of a trained run."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from a2i.core import files
from a2i.core.errors import A2IError
from a2i.core.progress import Progress
from a2i.core.settings import check_value
from a2i.data.classes import title

if TYPE_CHECKING:
    import pandas as pd
    import torch

HOP = 2.5  # s between two of the ten seconds among which the telling ones are searched
SCALE = 4  # a strip shows each pixel as 4x4


class NothingHeard(A2IError):
    """There is no sound in it."""

    exit_code = 3


@dataclass(frozen=True)
class Imagined:
    """What ten seconds of sound led to."""

    sound: Path
    start: float  # s, where they begin in the file
    probability: dict[str, float]  # of each class, by the encoder
    pictures: np.ndarray  # uint8 (count, 64, 64, 3)
    remarks: tuple[str, ...]  # what is odd about the sound, of `media.quality.KINDS`

    @property
    def predicted(self) -> str:
        """The likeliest class."""
        return max(self.probability, key=self.probability.get)


class Pair:
    """The encoder and the generator of a run, which belong together."""

    def __init__(self, run: Path | str):
        """Raises A2IError where the run is not trained, and where its two networks do not belong together."""
        from a2i.training import encoder, gan

        run = Path(run)
        for stage, file in (("encoder", encoder.FILE), ("gan", gan.FILE)):
            if not (run / stage / file).is_file():
                raise A2IError(f"{run} holds no trained {stage}: finish that run first, or name another with --run")
        _check_pair(run)
        self.encoder, self.generator = encoder.load(run / "encoder"), gan.load(run / "gan")

    def imagine(self, sound: Path | str, *, start: float | None = None, seed: int = 0, count: int = 1) -> Imagined:
        """Draws `count` pictures of the ten seconds of `sound` from `start` (s), else of its most telling ones.

        Raises NothingHeard for silence, A2IError where the sound cannot be read.
        """
        from a2i.media import decode, quality
        from a2i.training import gan

        check_value("--count", count, "(1 to 64)")
        check_value("--seed", seed, "(0 to 999999999)")
        check_value("--start", start or 0.0, "(0 to 86400)")
        try:
            start = self.telling(sound) if start is None else start
            clip = decode.decode(sound, start, start + decode.SECONDS, frames=1, frame_sampling="spread", need_picture=False)
        except decode.MediaError as error:
            raise A2IError(f"{sound} cannot be heard ({error.reason}: {error.detail}): give a sound or video file") from error
        if quality.SILENT in clip.remarks:
            raise NothingHeard(f"{sound}: nothing heard")
        description, probability = self._describe(clip.samples)
        pictures = gan.draw_pictures(self.generator, description, count, seed)[0]
        return Imagined(Path(sound), start, dict(zip(self.encoder.classes, probability)), pictures, clip.remarks)

    def telling(self, sound: Path | str) -> float:
        """Where the ten seconds begin, s, to which the encoder pays most attention; 0 of a sound that has no more.

        An encoder without attention takes those of which it is surest. Raises MediaError.
        """
        best, found = -np.inf, 0.0
        for start, samples in _windows(sound):
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

    def _describe(self, samples: np.ndarray) -> tuple[np.ndarray, list[float]]:
        """The description float32 (1, size) of float32 (220500,), and the probability of each class."""
        import torch

        with torch.no_grad():
            description, embedding, _ = self.encoder.describe(self._log_mel(samples))
            return description.cpu().numpy(), self.encoder.classifier(embedding).softmax(1)[0].tolist()

    def _log_mel(self, samples: np.ndarray) -> "torch.Tensor":
        import torch

        from a2i.media import mel

        return torch.from_numpy(mel.log_mel(samples))[None, None].to(self.encoder.mean.device)


def _check_pair(run: Path) -> None:
    """Raises A2IError where the generator learnt from another encoder than the run's."""
    from a2i.training import checkpoint, encoder, gan, stages

    parts = encoder.load(run / "encoder").parts
    learnt = checkpoint.read(run / "gan" / gan.FILE)[1]["meta"]["embedding"]
    state = run / "gan" / stages.FILE
    inputs = json.loads(state.read_text(encoding="utf-8"))["request"]["inputs"] if state.is_file() else {}
    known = stages.fingerprint_of(run, "encoder")
    if learnt not in (parts[0], sum(parts)) or (known and inputs.get("encoder", known) != known):
        raise A2IError(f"{run}: its generator learnt from another encoder: finish that run, or name another with --run")


def _windows(sound: Path | str) -> Iterator[tuple[float, np.ndarray]]:
    """Ten seconds every `HOP` that are not silent: where they begin, s, and float32 (220500,). Raises MediaError."""
    from a2i.media import quality, stream
    from a2i.media.mel import SAMPLE_RATE, SECONDS

    last, held = -np.inf, np.zeros(0, np.float32)
    for start, wave in stream.blocks(sound):
        samples = wave.samples()
        if start > last + SECONDS:  # the first, or one behind a gap
            held = np.zeros(0, np.float32)
        joined = np.concatenate([held, samples])
        for place in range(0, len(joined) - len(samples) + 1, int(HOP * SAMPLE_RATE)):
            window = joined[place : place + len(samples)]
            begin = start - len(held) / SAMPLE_RATE + place / SAMPLE_RATE
            if (not len(held) or place) and not quality.silent(window):
                yield begin, window
        last, held = start, samples


def imagine(
    sound: Path | str, run: Path | str, out: Path | str, *, start: float | None = None, seed: int = 0, count: int = 1,
    scale: int = SCALE,
) -> Imagined:  # fmt: skip
    """Draws `count` pictures of `sound`, as `Pair.imagine` does, and writes them side by side to `out`, a PNG.

    `run` is the folder of a run whose encoder and generator are trained. `scale` enlarges each picture.
    """
    from PIL import Image

    out = _png(out)
    found = Pair(run).imagine(sound, start=start, seed=seed, count=count)
    strip = Image.fromarray(np.concatenate(list(found.pictures), 1))
    with files.replacing(out) as temporary:
        strip.resize((strip.width * scale, strip.height * scale), Image.Resampling.LANCZOS).save(temporary)
    return found


def imagine_all(
    sounds: Sequence[Path | str], run: Path | str, out: Path | str, *, start: float | None = None, seed: int = 0,
    count: int = 1,
) -> "pd.DataFrame":  # fmt: skip
    """Draws `count` pictures of each sound on one sheet, `out`, and writes what was heard to a CSV of its name.

    Its rows, which are returned: sound, status ("ok" or why there is no picture), start (s), predicted, the probability
    of each class. Raises A2IError where none can be drawn, NothingHeard where all are silent.
    """
    import pandas as pd

    out, pair = _png(out), Pair(run)
    rows, drawn, faults = [], [], []
    progress = Progress("sound", len(sounds), quiet=True)
    for sound in sounds:
        try:
            found = pair.imagine(sound, start=start, seed=seed, count=count)
            drawn.append(found)
            rows.append({"sound": str(sound), "status": "ok", "start": found.start, "predicted": found.predicted, **found.probability})
        except A2IError as error:
            faults.append(error)
            rows.append({"sound": str(sound), "status": "nothing heard" if isinstance(error, NothingHeard) else str(error)})
        progress.update()
    if not drawn:
        raise NothingHeard("nothing heard in any of the sounds") if all(isinstance(e, NothingHeard) for e in faults) else faults[0]
    columns = ["sound", "status", "start", "predicted", *pair.encoder.classes]
    table = pd.DataFrame(rows, columns=columns)
    files.write_text(out.with_suffix(".csv"), table.round(4).to_csv(index=False))
    _write_sheet(drawn, out)
    return table


def _write_sheet(drawn: Sequence[Imagined], out: Path) -> None:
    import matplotlib.pyplot as plt

    from a2i.viz import sheets

    pictures = [picture for one in drawn for picture in one.pictures]
    # A dollar sign would begin a formula.
    titles = [
        f"{one.sound.stem}\n{title(one.predicted)} {one.probability[one.predicted]:.2f}".replace("$", r"\$")
        for one in drawn
        for _ in one.pictures
    ]
    figure = sheets.strip(pictures, titles)
    with files.replacing(out) as temporary:
        figure.savefig(temporary, dpi=150)
    plt.close(figure)


def _png(out: Path | str) -> Path:
    if Path(out).suffix.lower() != ".png":
        raise A2IError(f"--out {out}: name a .png file")
    return Path(out)


def sounds_in(paths: Sequence[Path]) -> list[Path]:
    """The files that `paths` name, each folder by the sound and video files anywhere in it. Raises A2IError for one that
    is not there, and for a folder without any."""
    from a2i.media import extensions

    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise A2IError(f"there is no {path}")
        if not path.is_dir():
            found.append(path)
            continue
        inside = sorted(
            file
            for file in path.rglob("*")
            if file.suffix.lower() in extensions.SOUND | extensions.VIDEO and file.name[0] != "." and file.is_file()
        )
        if not inside:
            raise A2IError(f"the folder {path} holds no sound or video file")
        found += inside
    return found
