"""Download the clips of lists, slowly; goes on where it stopped.

example:
  a2i fetch data/audioset/media --eval-segments data/audioset/lists/eval_segments.csv --classes cat,dog
"""

import argparse
from pathlib import Path

from a2i.core.errors import A2IError
from a2i.core.memory import release_memory


def options(parser: argparse.ArgumentParser) -> None:
    release_memory()  # best before what comes now is loaded
    from a2i.cli.choice import add_choice
    from a2i.core.settings import explained
    from a2i.data.dataset import Dataset
    from a2i.download.fetch import FetchSettings

    parser.add_argument("media", type=Path, metavar="MEDIA", help="the folder to fill")
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
    for note in refused(found.losses):
        print(note)
    with watched("fetch"):
        table = fetch.fetch(found.clips, given.media, settings, Progress("clip", len(found.clips), quiet=True))
    print(fetch.availability(table).to_string())
