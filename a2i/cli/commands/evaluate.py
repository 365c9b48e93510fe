"""Measure the pictures of a trained run, with controls and real frames beside them.

examples:
  a2i evaluate reports/mini                    measures; writes evaluation.csv and metrics.json there
  a2i evaluate reports/mini --json             the same, told as JSON
  a2i evaluate reports/mini --markdown         what is in metrics.json already, as tables for a README
  a2i evaluate reports/mini reports/mini-seed1 reports/mini-seed2 --markdown      seeds together, as one
"""

import argparse
from pathlib import Path
from typing import Any

from a2i.cli.script import add_dry_run, add_json, answer
from a2i.core.errors import A2IError


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("runs", type=Path, nargs="+", metavar="RUN", help="a run's folder, such as reports/mini")
    parser.add_argument("--data", type=Path, metavar="DATA", help="its store (the one that the run names)")
    parser.add_argument("--samples", type=int, default=2, help="pictures of each sound (2)")
    parser.add_argument("--few", type=int, default=20, help="clips a class that ImageNet's judge looks at; 0: none (20)")
    parser.add_argument("--seed", type=int, default=0, help="of the pictures (0)")
    parser.add_argument("--markdown", action="store_true", help="measure nothing; tell the numbers there are as Markdown")
    add_dry_run(parser)
    add_json(parser)


def command(given: argparse.Namespace) -> None:
    from a2i.core.paths import resolve
    from a2i.evaluation import metrics, seeds
    from a2i.runner.markdown import markdown

    if given.samples < 1 or given.few < 0:
        raise A2IError("--samples is 1 or more, --few 0 or more")
    runs = [run if run.exists() else resolve(run) for run in given.runs]
    if given.dry_run and not given.markdown:
        planned = [_planned(run, given) for run in runs]
        told = "would measure {pictures} pictures of {sounds} sounds and write what is found to {run}"
        return answer(given, planned, [told.format(**facts) for facts in planned])
    lines = [] if given.markdown else [_measured(run, given) for run in runs]
    if missing := [run for run in runs if not metrics.read(run)]:
        raise A2IError(f"{missing[0]} holds no numbers: finish that run, or measure it without --markdown")
    found = [metrics.read(run) for run in runs]
    numbers = seeds.merge(found) if len(found) > 1 else found[0]
    answer(given, numbers, lines or [markdown(numbers)])


def _planned(run: Path, given: argparse.Namespace) -> dict[str, Any]:
    """What would be measured of a run. Raises A2IError where it or its store is not whole."""
    from a2i.data.store import Store
    from a2i.evaluation.coverage import cover
    from a2i.evaluation.evaluate import store_of
    from a2i.imagine import load

    load(run)
    sounds = len(cover(Store.open(given.data or store_of(run))).rows)
    return {"run": run, "sounds": sounds, "pictures": given.samples * sounds}


def _measured(run: Path, given: argparse.Namespace) -> str:
    """Measures a run; what was found, for the terminal."""
    from a2i.cli.watch import watched
    from a2i.evaluation.evaluate import evaluate

    with watched("evaluate"):
        found = evaluate(run, given.data, samples=given.samples, few=given.few, seed=given.seed)
    columns = ["value", "low", "high", "floor", "ceiling", "chance", "n", "worst", "its value"]
    table = found.summary()[columns].round(3).to_string(na_rep="")
    return "\n".join([f"{run}: pictures of {len(found.drawn)} sounds", table, *found.verdicts, *found.notes])
