"""Make the mini world's clips in a folder.

example:
  a2i miniworld data/world --train-per-class 10 --eval-per-class 5
"""

import argparse
from pathlib import Path

from a2i.cli.script import add_dry_run, add_json, answer
from a2i.core.memory import release_memory


def options(parser: argparse.ArgumentParser) -> None:
    release_memory()  # best before what comes now is loaded
    from a2i.core.options import add_fields
    from a2i.miniworld.world import MiniWorldSettings

    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the clips and their lists go")
    add_dry_run(parser)
    add_json(parser)
    add_fields(parser, MiniWorldSettings, {"classes"})


def command(given: argparse.Namespace) -> None:
    from a2i.cli.watch import watched
    from a2i.core.options import filled
    from a2i.core.progress import Progress
    from a2i.miniworld.world import MiniWorldSettings, make, plan

    settings = filled(MiniWorldSettings, given)
    clips = len(plan(settings))
    facts = {"folder": given.folder, "clips": clips}
    if given.dry_run:
        return answer(given, facts, [f"would make {clips} clips in {given.folder}"])
    with watched("mini world"):
        world = make(given.folder, settings, progress=Progress("clip", clips, quiet=True))
    lists = {"train_segments": world.train_segments, "eval_segments": world.eval_segments}
    answer(given, facts | lists, [str(world.folder)])
