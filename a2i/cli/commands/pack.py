"""Put a store in one small file, for a trip to a GPU machine.

example:
  a2i pack data/mine --out data/mine.pack
"""

import argparse
from pathlib import Path


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, metavar="DATA", help="a store's folder")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE", help="such as data/mine.pack")


def command(given: argparse.Namespace) -> None:
    from a2i.data.pack import pack
    from a2i.data.store import Store

    size = pack(Store.open(given.data), given.out)
    print(f"{given.out}: {size / 1e6:.1f} MB")
