"""Decode clips into a store.

examples:
  a2i curate sounds/ --out data/mine                                       a folder of class-named folders
  a2i curate media/ --out data/mine --train-segments train.csv --eval-segments eval.csv
"""

import argparse
from pathlib import Path

from a2i.core.memory import release_memory


def options(parser: argparse.ArgumentParser) -> None:
    release_memory()  # best before what comes now is loaded
    from a2i.cli.choice import add_choice
    from a2i.curation.curate import CurateSettings

    parser.add_argument("media", metavar="MEDIA", help="folder of media named by id, or of class-named folders")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="DATA", help="folder of the store, such as data/mine"
    )
    parser.add_argument("--fresh", action="store_true", help="in place of what the folder holds")
    add_choice(parser, CurateSettings)


def command(given: argparse.Namespace) -> None:
    from a2i.cli.choice import chosen
    from a2i.cli.watch import watched
    from a2i.core.options import filled
    from a2i.core.progress import Progress
    from a2i.curation import curate
    from a2i.curation.gather import gather

    settings = filled(curate.CurateSettings, given)
    gathered = gather(chosen(given), given.out, splits=())
    for note in gathered.notes:
        print(note)
    with watched("curate"):
        progress = Progress("clip", len(gathered.clips), quiet=True)
        store = curate.curate(
            gathered.clips, given.out, gathered.classes, settings, progress=progress, fresh=given.fresh
        )
    counts = dict(store.index["counts"])
    print(f"{given.out}: {counts.pop('ok', 0)} of {len(gathered.clips)} clips usable")
    for reason, count in sorted(counts.items(), key=lambda item: -item[1]):
        print(f"  {reason}: {count}")
