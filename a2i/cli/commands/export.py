"""Write a run's model to a folder of its own, with a card of what it is and how good.

example:
  a2i export reports/mini --out models/mini
  a2i imagine call.wav --model models/mini --out call.png
"""

import argparse
from pathlib import Path

from a2i.cli.script import add_dry_run, add_json, answer


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("run", type=Path, metavar="RUN", help="the folder of a trained run, such as reports/mini")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER", help="a new folder, or a former export")
    add_dry_run(parser)
    add_json(parser)


def command(given: argparse.Namespace) -> None:
    from a2i.core.paths import resolve
    from a2i.export.model import export
    from a2i.imagine import load

    run = given.run if given.run.exists() else resolve(given.run)
    if given.dry_run:
        facts = {"run": run, "folder": given.out, "classes": load(run).classes}
        return answer(given, facts, [f"would write the model of {run} to {given.out}: {', '.join(facts['classes'])}"])
    folder = export(run, given.out)
    files = {path.name: path.stat().st_size for path in folder.iterdir()}
    text = f"{folder}: {sum(files.values()) / 1e6:.1f} MB; {folder / 'README.md'} says what it is"
    answer(given, {"folder": folder, "bytes": files}, [text])
