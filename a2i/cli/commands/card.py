"""Write a store's card: README.md for people, Croissant metadata for programs.

example:
  a2i card data/mine --licence CC-BY-4.0 --url https://example.org/mine
"""

import argparse
from pathlib import Path


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, metavar="DATA", help="a store's folder, into which both are written")
    parser.add_argument("--name", default="", help="of the data set (the folder's)")
    parser.add_argument("--licence", default="other", help="of the clips: MIT, CC0-1.0, CC-BY-4.0 or other (other)")
    parser.add_argument("--url", default="https://example.org", help="where it is published")


def command(given: argparse.Namespace) -> None:
    from a2i.export.dataset_card import CARD, CROISSANT, write_cards

    folder = write_cards(given.data, name=given.name, licence=given.licence, url=given.url)
    print(f"{folder / CARD}\n{folder / CROISSANT}")
