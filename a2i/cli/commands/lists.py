"""Download AudioSet's lists, labels and ontology (100 MB).

example:
  a2i lists data/audioset/lists
"""

import argparse
from pathlib import Path

from a2i.cli.script import add_dry_run, add_json, answer, tell


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the files go")
    add_dry_run(parser)
    add_json(parser)


def command(given: argparse.Namespace) -> None:
    from a2i.download.audioset import ADDRESSES, fetch_lists

    if given.dry_run:
        wanted = {name: address for name, address in ADDRESSES.items() if not (given.folder / name).exists()}
        lines = [f"would fetch {address}" for address in wanted.values()] or ["all of them are there"]
        return answer(given, wanted, lines)
    found = {}
    for name, holds in fetch_lists(given.folder):
        found[name] = holds
        tell(given, [f"{given.folder / name}: {holds}"])
    answer(given, found)
