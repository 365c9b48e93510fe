"""Download AudioSet's lists, labels and ontology (100 MB).

example:
  a2i lists data/audioset/lists
"""

import argparse
from pathlib import Path


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the files go")


def command(given: argparse.Namespace) -> None:
    from a2i.download.audioset import fetch_lists

    for name, holds in fetch_lists(given.folder):
        print(f"{given.folder / name}: {holds}", flush=True)
