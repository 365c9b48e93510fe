"""Download the clips of lists, slowly; goes on where it stopped.

example:
  a2i fetch data/audioset/media --eval-segments data/audioset/lists/eval_segments.csv --classes cat,dog
"""

import argparse
from pathlib import Path

from a2i.cli.script import add_dry_run, add_json, answer, tell
from a2i.core.errors import A2IError
from a2i.core.memory import release_memory


def options(parser: argparse.ArgumentParser) -> None:
    release_memory()  # best before what comes now is loaded
    from a2i.cli.choice import add_choice
    from a2i.core.settings import explained
    from a2i.data.dataset import Dataset
    from a2i.download.fetch import FetchSettings

    parser.add_argument("media", type=Path, metavar="MEDIA", help="the folder to fill")
    add_dry_run(parser)
    add_json(parser)
    folders = [name for name, text in explained(Dataset).items() if text.startswith("folder:")]
    add_choice(parser, FetchSettings, without=folders)


def command(given: argparse.Namespace) -> None:
    from a2i.cli.choice import chosen
    from a2i.cli.watch import watched
    from a2i.core.options import filled
    from a2i.core.progress import Progress
    from a2i.curation.gather import choose, refused
    from a2i.download import fetch

    if not (given.train_segments or given.eval_segments):
        raise A2IError("name a list: --train-segments LIST.csv, --eval-segments LIST.csv or both")
    settings = filled(fetch.FetchSettings, given)
    found, _ = choose(chosen(given))
    notes, clips = refused(found.losses), found.clips
    tell(given, notes)
    if given.dry_run:
        counts = clips["label"].value_counts().to_dict()
        told = f"would fetch what is not yet there of {len(clips)} clips into {given.media}"
        lines = [told, *(f"  {label}: {count}" for label, count in counts.items())]
        return answer(given, {"media": given.media, "clips": counts, "notes": notes}, lines)
    with watched("fetch"):
        table = fetch.fetch(clips, given.media, settings, Progress("clip", len(clips), quiet=True))
    ended = fetch.availability(table)
    facts = {"media": given.media, "notes": notes, "clips": ended.to_dict("index")}
    answer(given, facts, [ended.to_string()])
