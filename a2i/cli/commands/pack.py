"""Put a store in one small file, for a trip to a GPU machine.

example:
  a2i pack data/mine --out data/mine.pack
"""

import argparse
from pathlib import Path

from a2i.cli.script import add_dry_run, add_json, answer


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, metavar="DATA", help="a store's folder")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="such as data/mine.pack")
    add_dry_run(parser)
    add_json(parser)


def command(given: argparse.Namespace) -> None:
    from a2i.data.pack import pack
    from a2i.data.store import Store

    store = Store.open(given.data)
    facts = {"pack": given.out, "clips": len(store.ok)}
    if given.dry_run:
        return answer(given, facts, [f"would put {len(store.ok)} clips into {given.out}"])
    size = pack(store, given.out)
    answer(given, facts | {"bytes": size}, [f"{given.out}: {size / 1e6:.1f} MB"])
