"""Decode clips into a store.

examples:
  a2i curate sounds/ --out data/mine                                       a folder of class-named folders
  a2i curate media/ --out data/mine --train-segments train.csv --eval-segments eval.csv
"""

import argparse
from pathlib import Path

from a2i.cli.script import add_dry_run, add_json, answer, tell
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
    add_dry_run(parser)
    add_json(parser)
    add_choice(parser, CurateSettings)


def command(given: argparse.Namespace) -> None:
    from a2i.cli.choice import chosen
    from a2i.cli.watch import watched
    from a2i.core.options import filled
    from a2i.core.progress import Progress
    from a2i.curation import curate
    from a2i.curation.gather import gather
    from a2i.data import attrition

    settings = filled(curate.CurateSettings, given)
    gathered = gather(chosen(given), given.out, splits=())
    tell(given, gathered.notes)
    clips = gathered.clips
    facts = {"store": given.out, "clips": len(clips), "classes": gathered.classes, "notes": gathered.notes}
    if given.dry_run:
        splits = clips["split"].value_counts().to_dict()
        told = f"would decode {len(clips)} clips of {len(gathered.classes)} classes into {given.out}"
        lines = [told, *(f"  {split}: {count}" for split, count in splits.items())]
        return answer(given, facts | {"splits": splits}, lines)
    with watched("curate"):
        progress = Progress("clip", len(clips), quiet=True)
        store = curate.curate(clips, given.out, gathered.classes, settings, progress=progress, fresh=given.fresh)
    counts = dict(store.index["counts"])
    lines = [f"{given.out}: {counts.get('ok', 0)} of {len(clips)} clips usable"]
    lost = sorted(((reason, count) for reason, count in counts.items() if reason != "ok"), key=lambda item: -item[1])
    answer(given, facts | {"counts": counts}, lines + [f"  {reason}: {count}" for reason, count in lost])
    attrition.need_usable(store.clips)
