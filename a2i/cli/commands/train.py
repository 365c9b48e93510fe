"""Train encoder and generator from a store or a packed one; torchrun works.

examples:
  a2i train data/mine.pack --out reports/mine -p encoder.epochs=30 -p gan.batch=128
  torchrun --nproc-per-node 4 -m a2i.cli train data/mine --out reports/mine --recipe stackgan
"""

import argparse
from pathlib import Path

from a2i.core.errors import A2IError


def options(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("data", type=Path, metavar="DATA", help="a store's folder or a packed store's file")
    parser.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder, such as reports/mine")
    parser.add_argument(
        "--recipe", default="auto", help="stackgan, modern or projected (projected on a GPU, else modern)"
    )
    parser.add_argument(
        "-p", dest="settings", metavar="NAME=VALUE", action="append", default=[],
        help="of the encoder or the recipe, such as encoder.epochs=30 or gan.batch=128",
    )  # fmt: skip


def command(given: argparse.Namespace) -> None:
    from a2i.core.values import scalar
    from a2i.data.pack import open_any
    from a2i.evaluation.watch import Kid
    from a2i.training import distributed, run

    settings: dict[str, dict] = {"encoder": {}, "gan": {}}
    for text in given.settings:
        name, _, value = text.partition("=")
        part, _, field = name.partition(".")
        if part not in settings or not field or not value:
            raise A2IError(f"-p {text!r} is not understood: give it as in  -p encoder.epochs=30  or  -p gan.batch=128")
        settings[part][field] = scalar(value)
    distributed.join()
    store = open_any(given.data)
    run.train(
        store, given.out, given.recipe, encoder_settings=settings["encoder"], gan_settings=settings["gan"], measure=Kid(store)
    )
