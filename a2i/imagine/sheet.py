"""Pictures of one sound as a strip, and of many on one sheet beside a CSV of what was heard."""

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from a2i.core import files
from a2i.core.errors import A2IError
from a2i.core.progress import Progress
from a2i.imagine.listen import NothingHeard
from a2i.imagine.pair import Imagined, Pair, load

if TYPE_CHECKING:
    import pandas as pd

SCALE = 4  # a strip shows each pixel as 4x4


def imagine(
    sound: Path | str, run: Path | str, out: Path | str, *, start: float | None = None, seed: int = 0, count: int = 1,
    scale: int = SCALE,
) -> Imagined:  # fmt: skip
    """Draws `count` pictures of `sound`, as `Pair.imagine` does, and writes them side by side to `out`, a PNG.

    `run` is the folder of a trained run or of an exported model. `scale` enlarges each picture.
    """
    from PIL import Image

    out = ending(out, ".png")
    found = load(run).imagine(sound, start=start, seed=seed, count=count)
    strip = Image.fromarray(np.concatenate(list(found.pictures), 1))
    with files.replacing(out) as temporary:
        strip.resize((strip.width * scale, strip.height * scale), Image.Resampling.LANCZOS).save(temporary)
    return found


def imagine_all(
    sounds: Sequence[Path | str], run: Path | str, out: Path | str, *, start: float | None = None, seed: int = 0,
    count: int = 1,
) -> "pd.DataFrame":  # fmt: skip
    """Draws `count` pictures of each sound on one sheet, `out`, and writes what was heard to a CSV of its name.

    Its rows, which are returned: sound, status ("ok" or why there is no picture), start (s), from and to (s, when it is
    heard), predicted, none (whether it is unlike all training clips), the probability of each class. Raises A2IError where
    none can be drawn, NothingHeard where all are silent.
    """
    import pandas as pd

    if not len(sounds):
        raise A2IError("there is no sound to imagine: name one at least")
    out, pair = ending(out, ".png"), load(run)
    rows, drawn, faults = [], [], []
    progress = Progress("sound", len(sounds), quiet=True)
    for sound in sounds:
        try:
            found = pair.imagine(sound, start=start, seed=seed, count=count)
            drawn.append(found)
            rows.append({"sound": str(sound), "status": "ok", **_told(found)})
        except A2IError as error:
            faults.append(error)
            rows.append({"sound": str(sound), "status": "nothing heard" if isinstance(error, NothingHeard) else str(error)})
        progress.update()
    if not drawn:
        raise NothingHeard("nothing heard in any of the sounds") if all(isinstance(e, NothingHeard) for e in faults) else faults[0]
    columns = ["sound", "status", "start", "from", "to", "predicted", "none", *pair.classes]
    table = pd.DataFrame(rows, columns=columns)
    files.write_text(out.with_suffix(".csv"), table.round(4).to_csv(index=False))
    _write_sheet(drawn, out)
    return table


def audible(pair: Pair, sounds: Sequence[Path | str], *, seed: int = 0) -> list[Imagined]:
    """A picture of each of the sounds in which there is something to hear. Raises NothingHeard where there is none, A2IError
    where one cannot be read."""
    found = []
    for sound in sounds:
        with contextlib.suppress(NothingHeard):
            found.append(pair.imagine(sound, seed=seed))
    if not found:
        raise NothingHeard("nothing heard in any of the sounds")
    return found


def _told(found: Imagined) -> dict[str, float | str | None]:
    """A row of what was heard."""
    begin, end = found.when or (None, None)
    return {"start": found.start, "from": begin, "to": end, "predicted": found.predicted, "none": found.none, **found.probability}


def _write_sheet(drawn: Sequence[Imagined], out: Path) -> None:
    titles = [f"{one.sound.stem}\n{one.told}" for one in drawn for _ in one.pictures]
    write_strip([picture for one in drawn for picture in one.pictures], titles, out)


def write_strip(pictures: Sequence[np.ndarray], titles: Sequence[str], out: Path, columns: int = 8) -> None:
    """Writes pictures, uint8 (64, 64, 3), each under its title, to a PNG."""
    import matplotlib.pyplot as plt

    from a2i.viz import sheets

    # A dollar sign would begin a formula.
    figure = sheets.strip(pictures, [text.replace("$", r"\$") for text in titles], columns)
    with files.replacing(out) as temporary:
        figure.savefig(temporary, dpi=150)
    plt.close(figure)


def ending(out: Path | str, *allowed: str) -> Path:
    """`out` as a path. Raises A2IError where its name does not end as one of `allowed`."""
    if Path(out).suffix.lower() not in allowed:
        raise A2IError(f"--out {out}: name a {' or '.join(allowed)} file")
    return Path(out)
