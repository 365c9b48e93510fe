"""Draw what sound files sound like, with a trained run.

examples:
  a2i imagine call.wav --out call.png                the most telling ten seconds of a file
  a2i imagine sounds/ --out sheet.png --count 4      a folder: a sheet, and sheet.csv beside it
"""

import argparse
import sys
from pathlib import Path


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "sounds", type=Path, nargs="+", metavar="SOUND", help="sound or video files, or folders of them"
    )
    parser.add_argument(
        "--out",
        type=Path,
        required=True,
        metavar="PICTURE.png",
        help="of several sounds a sheet, beside a CSV of its name",
    )
    parser.add_argument("--start", type=float, metavar="S", help="where the ten seconds begin (the most telling ones)")
    parser.add_argument("--run", type=Path, default=Path("reports/mini"), help="the run's folder (reports/mini)")
    parser.add_argument("--seed", type=int, default=0, help="another seed, another picture (0)")
    parser.add_argument("--count", type=int, default=1, help="pictures of a sound, side by side (1)")


def command(given: argparse.Namespace) -> None:
    from a2i.cli.watch import watched
    from a2i.core.paths import resolve
    from a2i.data.classes import title
    from a2i.imagine import imagine, imagine_all, sounds_in
    from a2i.media.quality import OPPOSITE

    run = given.run if given.run.exists() else resolve(given.run)
    sounds = sounds_in(given.sounds)
    how = {"start": given.start, "seed": given.seed, "count": given.count}
    if sounds != given.sounds or len(sounds) > 1:
        with watched("imagine"):
            table = imagine_all(sounds, run, given.out, **how)
        print(f"drawn: {(table['status'] == 'ok').sum()} of {len(table)} sounds on {given.out}")
        print(f"heard: {given.out.with_suffix('.csv')}")
        return
    found = imagine(sounds[0], run, given.out, **how)
    if OPPOSITE in found.remarks:
        print(f"a2i: {sounds[0]}: its channels cancel each other, so next to nothing of it is heard", file=sys.stderr)
    likely = sorted(found.probability, key=found.probability.get, reverse=True)[:3]
    place = f" (from {found.start:g} s on)" if found.start else ""
    print("heard: " + ", ".join(f"{title(name)} {found.probability[name]:.2f}" for name in likely) + place)
    print(f"drawn: {given.out}")
