"""Set two runs side by side: pictures, and the differences of their numbers with intervals.

examples:
  a2i compare mini second                      a table, and reports/mini-and-second.html
  a2i compare mini reports/second --json       for scripts
"""

import argparse
from pathlib import Path

from a2i.cli import known
from a2i.cli.script import add_dry_run, add_json, answer


def options(parser: argparse.ArgumentParser) -> None:
    for name, metavar, text in (("one", "RUN_A", "a run's name or folder"), ("other", "RUN_B", "another's")):
        parser.add_argument(name, metavar=metavar, help=text).completer = known.runs
    parser.add_argument("--out", type=Path, metavar="PAGE.html", help="(reports/RUN_A-and-RUN_B.html)")
    add_dry_run(parser)
    add_json(parser)


def command(given: argparse.Namespace) -> None:
    import dataclasses

    from a2i.core.paths import root, shown
    from a2i.runner import compare

    one, other = compare.find(given.one), compare.find(given.other)
    found = compare.differences(one, other)
    out = given.out or root() / "reports" / f"{one.name}-and-{other.name}.html"
    if not given.dry_run:
        compare.write(one, other, out)
    facts = {"page": shown(out), "differences": [dataclasses.asdict(row) for row in found]}
    answer(given, facts, [compare.table(found), f"{'would write' if given.dry_run else 'side by side:'} {shown(out)}"])
