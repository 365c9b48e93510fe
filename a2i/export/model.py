"""A run's encoder and generator in a folder that needs nothing of the run: `a2i.imagine.load(FOLDER)` reads it."""

import shutil
from pathlib import Path

from a2i.core import files
from a2i.core.errors import A2IError
from a2i.export import model_card

CARD = "README.md"
SUMS = "SHA256SUMS"  # in the form that `sha256sum --check` reads


def export(run: Path | str, out: Path | str) -> Path:
    """Writes the model of the finished run in `run` to the folder `out`: weights as safetensors, the encoder's calibration
    where there is one, a model card made of the run's own numbers, checksums. Returns `out`.

    Raises A2IError where the run is not trained, and where `out` is there already and holds something else.
    """
    from a2i.evaluation import calibration
    from a2i.imagine import load
    from a2i.training import encoder, gan

    run, out = Path(run), Path(out)
    if (run / encoder.FILE).is_file():
        raise A2IError(f"{run} is an exported model already: name a run")
    pair = load(run)
    parts = [run / "encoder" / encoder.FILE, run / "gan" / gan.FILE, run / "encoder" / calibration.FILE]
    _free(out, {part.name for part in parts} | {CARD, SUMS})
    copied = [_copied(part, out) for part in parts if part.is_file()]
    files.write_text(out / CARD, model_card.text(run, pair))
    files.write_text(out / SUMS, "".join(f"{files.file_sha256(path)}  {path.name}\n" for path in [*copied, out / CARD]))
    return out


def _free(out: Path, ours: set[str]) -> None:
    """Raises A2IError where `out` is a file or a folder with anything but a former export; takes that away."""
    if out.is_dir():
        strange = sorted({path.name for path in out.iterdir()} - ours)
        if strange:
            raise A2IError(f"{out} holds {strange[0]}, which is no part of an exported model: name a new folder")
        for path in out.iterdir():
            path.unlink()
    elif out.exists():
        raise A2IError(f"{out} is a file: name a new folder")


def _copied(part: Path, out: Path) -> Path:
    with files.replacing(out / part.name) as temporary:
        shutil.copyfile(part, temporary)
    return out / part.name
