"""Set two runs side by side: pictures, and the differences of their numbers with intervals.

examples:
  a2i compare mini second                      a table, and reports/mini-and-second.html
  a2i compare mini reports/second --json       for scripts
"""

import argparse
import json
from pathlib import Path


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("one", metavar="RUN_A", help="a run's name or folder")
    parser.add_argument("other", metavar="RUN_B", help="another's")
    parser.add_argument("--out", type=Path, metavar="PAGE.html", help="(reports/RUN_A-and-RUN_B.html)")
    parser.add_argument("--json", action="store_true", help="the differences as JSON, no page unless --out names one")


def command(given: argparse.Namespace) -> None:
    import dataclasses

    from a2i.core.paths import root, shown
    from a2i.runner import compare

    one, other = compare.find(given.one), compare.find(given.other)
    found = compare.differences(one, other)
    out = given.out or root() / "reports" / f"{one.name}-and-{other.name}.html"
    if given.out or not given.json:
        compare.write(one, other, out)
    if given.json:
        print(json.dumps([dataclasses.asdict(row) for row in found], indent=1, ensure_ascii=False))
    else:
        print(compare.table(found))
        print(f"side by side: {shown(out)}")
