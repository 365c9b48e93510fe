"""Run the notebooks under a profile and write a report.

examples:
  a2i run                                     the embedded mini world, into reports/mini
  a2i run --profile taste                     the whole way in minutes, small and rough
  a2i run --profile clips -p media=FOLDER     your own clips, a folder a class
  a2i run -p run=second -p gan_steps=8000     another run, into reports/second
  a2i run --seeds 3                           three trainings on the same clips; numbers over all of them
  a2i run --dry-run --json                    parameters, and which notebooks would run, for a script

What has not changed is not run again; the same command goes on where one stopped.
"""

import argparse
import sys

from a2i.cli import known
from a2i.cli.script import add_dry_run, add_json, answer


def options(parser: argparse.ArgumentParser) -> None:
    profile = parser.add_argument("--profile", default="mini", help="a file in notebooks/profiles (mini)")
    profile.completer = known.profiles
    setting = parser.add_argument(
        "-p", dest="settings", metavar="NAME=VALUE", action="append", default=[], help="set a parameter"
    )
    setting.completer = known.parameters
    parser.add_argument("--seeds", type=int, default=1, metavar="N", help="train so often, with other seeds (1)")
    parser.add_argument(
        "--fresh", action="store_true",
        help="do again what is done, the store too; the former run stays until the new one stands",
    )  # fmt: skip
    add_dry_run(parser)
    add_json(parser)


def command(given: argparse.Namespace) -> None:
    from a2i.runner import parameters
    from a2i.runner.plan import planned

    overrides = parameters.from_here(parameters.parse_overrides(given.settings))
    if given.dry_run:
        plans = [plan.described(fresh=given.fresh) for plan in planned(given.profile, overrides, seeds=given.seeds)]
        answer(given, plans, map(_told, plans))
    else:
        _run(given, overrides)


def _run(given: argparse.Namespace, overrides: dict) -> None:
    from a2i.core.paths import shown
    from a2i.evaluation import metrics
    from a2i.runner import run

    out = sys.stderr if given.json else sys.stdout
    index = run.run(given.profile, overrides, fresh=given.fresh, seeds=given.seeds, out=out)
    answer(given, {"report": shown(index), "metrics": metrics.read(index.parent)}, [f"the report: {shown(index)}"])


def _told(plan: dict) -> str:
    """A plan for people: places, parameters, notebooks."""
    from a2i.runner.status_line import duration

    lines = [f"{plan['report']}: profile {plan['profile']}, store {plan['store']}"]
    lines += [f"  {name} = {value!r}" for name, value in plan["parameters"].items()]
    for book in plan["notebooks"]:
        known = f" (about {duration(book['seconds'])})" if book["seconds"] else ""
        lines.append(f"{book['notebook']}: " + (f"would run{known}" if book["runs"] else "unchanged, would not run"))
    return "\n".join(lines)
