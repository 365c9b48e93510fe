"""Check every byte of a store.

example:
  a2i verify data/mini
"""

import argparse
from pathlib import Path

from a2i.cli.script import add_json, answer
from a2i.core.errors import A2IError


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, metavar="DATA", help="a store's folder")
    add_json(parser)


def command(given: argparse.Namespace) -> None:
    from a2i.data.store import Store

    store = Store.open(given.data)
    problems = store.verify()
    if problems:
        raise A2IError(f"{given.data}: {'; '.join(problems)}")
    facts = {"store": given.data, "clips": len(store.ok), "classes": store.classes, "problems": problems}
    answer(given, facts, [f"{given.data}: {len(store.ok)} clips, every byte as it was written"])
