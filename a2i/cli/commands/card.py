"""Write a store's card: README.md for people, Croissant metadata for programs.

example:
  a2i card data/mine --licence CC-BY-4.0 --url https://example.org/mine
"""

import argparse
from pathlib import Path

from a2i.cli.script import add_dry_run


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, metavar="DATA", help="a store's folder, into which both are written")
    parser.add_argument("--name", default="", help="of the data set (the folder's)")
    parser.add_argument("--licence", default="other", help="of the clips: MIT, CC0-1.0, CC-BY-4.0 or other (other)")
    parser.add_argument("--url", default="https://example.org", help="where it is published")
    add_dry_run(parser)


def command(given: argparse.Namespace) -> None:
    from a2i.export.dataset_card import CARD, CROISSANT, write_cards

    about = {"name": given.name, "licence": given.licence, "url": given.url}
    folder = write_cards(given.data, **about, dry_run=given.dry_run)
    for name in (CARD, CROISSANT):
        print(f"would write {folder / name}" if given.dry_run else folder / name)
