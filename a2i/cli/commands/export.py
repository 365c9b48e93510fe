"""Write a run's model to a folder of its own, with a card of what it is and how good.

example:
  a2i export reports/mini --out models/mini
  a2i imagine call.wav --model models/mini --out call.png
"""

import argparse
from pathlib import Path


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder of a trained run, such as reports/mini")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="a new folder, or a former export")


def command(given: argparse.Namespace) -> None:
    from a2i.core.paths import resolve
    from a2i.export.model import export

    run = given.run if given.run.exists() else resolve(given.run)
    folder = export(run, given.out)
    size = sum(path.stat().st_size for path in folder.iterdir())
    print(f"{folder}: {size / 1e6:.1f} MB; {folder / 'README.md'} says what it is")
