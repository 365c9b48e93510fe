"""Draw what sound files sound like, with a trained run or an exported model.

examples:
  a2i imagine call.wav --out call.png                the most telling ten seconds of a file
  a2i imagine - --out call.png                       what comes in on standard input
  a2i imagine sounds/ --out sheet.png --count 4      a folder: a sheet, and sheet.csv beside it
  a2i imagine --morph cat.wav sea.wav --out way.gif  a walk from one sound to another
  a2i imagine --mix cat.wav sea.wav --out mix.png    both at once, at several shares
  a2i imagine --volume sea.wav --out loud.png        softer and louder
  a2i imagine --slide day.wav --out day.mp4          a film along a recording, with its sound
"""

import argparse
import contextlib
import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from a2i.cli.script import add_dry_run, add_json, answer
from a2i.core.errors import A2IError

if TYPE_CHECKING:
    from a2i.imagine import Imagined, Study

STUDIES = ("morph", "mix", "volume", "slide")


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sounds", type=Path, nargs="*", metavar="SOUND", help="sound or video files, folders of them, or - (standard input)"
    )
    study = parser.add_argument_group("studies, with the same noise throughout").add_mutually_exclusive_group()
    study.add_argument("--morph", type=Path, nargs=2, metavar=("A", "B"), help="a walk from one sound's description to another's")
    study.add_argument("--mix", type=Path, nargs=2, metavar=("A", "B"), help="two sounds at once, at several shares")
    study.add_argument("--volume", type=Path, nargs=1, metavar="A", help="a sound from 24 dB softer to 12 dB louder")
    study.add_argument("--slide", type=Path, nargs=1, metavar="A", help="pictures along a recording of up to an hour")
    parser.add_argument("--steps", type=int, default=9, help="pictures from one sound to the other (9)")
    parser.add_argument("--hop", type=float, metavar="S", help="seconds between two pictures of a slide (by its length)")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="FILE",
        help=".png; of a study also .gif, of a slide .mp4 with its sound; a CSV lies beside that of many sounds and of a study",
    )  # fmt: skip
    parser.add_argument("--start", type=float, metavar="S", help="where the ten seconds begin (the most telling ones)")
    trained = parser.add_mutually_exclusive_group()
    trained.add_argument("--run", type=Path, default=Path("reports/mini"), help="a trained run's folder (reports/mini)")
    trained.add_argument("--model", type=Path, metavar="FOLDER", help="what a2i export wrote, in place of a run")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another picture (0)")
    parser.add_argument("--count", type=int, default=1, help="pictures of a sound, side by side (1)")
    add_dry_run(parser)
    add_json(parser)


def command(given: argparse.Namespace) -> None:
    from a2i.core.paths import resolve

    study = next((name for name in STUDIES if getattr(given, name)), "")
    if bool(given.sounds) == bool(study):
        raise A2IError("name sounds, or two for --morph or --mix, or one for --volume or --slide")
    folder = given.model or given.run
    folder = folder if folder.exists() or given.model else resolve(folder)
    if given.dry_run:
        _would(given, study, folder)
    elif study:
        _study(study, given, folder)
    else:
        _sounds(given, folder)


def _would(given: argparse.Namespace, study: str, folder: Path) -> None:
    """Says what would be drawn with what. Raises A2IError for a sound or a model that is not there."""
    from a2i.imagine import load, sounds_in

    sounds = sounds_in(getattr(given, study) if study else given.sounds)
    facts = {"sounds": sounds, "study": study, "model": folder, "classes": load(folder).classes, "out": given.out}
    lines = [f"would draw {given.out} with {folder}, from {len(sounds)} sounds:", *(f"  {sound}" for sound in sounds)]
    answer(given, facts, lines)


def _sounds(given: argparse.Namespace, folder: Path) -> None:
    from a2i.cli.watch import watched
    from a2i.imagine import imagine, imagine_all, sounds_in

    sounds = sounds_in(given.sounds)
    how = {"start": given.start, "seed": given.seed, "count": given.count}
    if sounds == given.sounds and len(sounds) == 1:
        with watched("imagine") if given.start is None else contextlib.nullcontext():
            found = imagine(sounds[0], folder, given.out, **how)
        facts = {name: getattr(found, name) for name in ("sound", "start", "when", "probability", "none", "remarks")}
        return answer(given, facts | {"out": given.out}, [_told(found), f"drawn: {given.out}"])
    with watched("imagine"):
        table = imagine_all(sounds, folder, given.out, **how)
    lost = table.loc[table["status"] != "ok", ["sound", "status"]].itertuples(index=False)
    lines = [f"drawn: {(table['status'] == 'ok').sum()} of {len(table)} sounds on {given.out}"]
    lines += [f"not drawn: {told if told.startswith(sound) else f'{sound}: {told}'}" for sound, told in lost]
    facts = {"out": given.out, "sounds": json.loads(table.to_json(orient="records"))}
    answer(given, facts, [*lines, f"heard: {given.out.with_suffix('.csv')}"])


def _told(found: "Imagined") -> str:
    """What was heard, how surely and when."""
    from a2i.data.classes import title
    from a2i.media.quality import OPPOSITE

    if OPPOSITE in found.remarks:
        print(f"a2i: {found.sound}: its channels cancel each other, so next to nothing of it is heard", file=sys.stderr)
    likely = sorted(found.probability, key=found.probability.get, reverse=True)[:3]
    told = ", ".join(f"{title(name)} {found.probability[name]:.2f}" for name in likely)
    place = f" (from {found.start:g} s on)" if found.start else ""
    when = f", most of all at {found.when[0]:.1f} to {found.when[1]:.1f} s" if found.when else ""
    return f"heard: {f'none of the classes; the nearest: {told}' if found.none else told}{place}{when}"


def _study(name: str, given: argparse.Namespace, folder: Path) -> None:
    from a2i.cli.watch import watched
    from a2i.imagine import film, read_sound, studies

    if given.start is not None:
        raise A2IError(f"--start goes with sounds alone: cut the sound of --{name} where it is to begin")
    film.named(given.out, with_sound=name == "slide")
    sounds = [read_sound(path) for path in getattr(given, name)]
    how = {"count": given.count, "seed": given.seed}
    if name in ("morph", "mix"):
        how["shares"] = studies.shares(given.steps)
    elif name == "slide":
        strip = given.hop is None and given.out.suffix.lower() == ".png"
        how["hop"] = studies.even_hop(sounds[0]) if strip else given.hop
    with watched("imagine") if name == "slide" else contextlib.nullcontext():
        study = _drawn(name, folder, sounds, how)
        film.write_study(study, given.out, sound=sounds[0] if name == "slide" else None)
    told = study.told()
    lines = [f"heard: {told[0]} at first, {told[-1]} at last; all of it: {given.out.with_suffix('.csv')}"]
    steps = json.loads(study.table().assign(heard=told).reset_index().to_json(orient="records"))
    answer(given, {"out": given.out, "steps": steps}, [*lines, f"drawn: {given.out}"])


def _drawn(name: str, folder: Path, sounds: list, how: dict) -> "Study":
    from a2i import imagine

    return getattr(imagine, name)(imagine.load(folder), *sounds, **how)
