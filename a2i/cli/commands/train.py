"""Train encoder and generator from a store or a packed one; torchrun works.

examples:
  a2i train data/mine.pack --out reports/mine -p encoder.epochs=30 -p gan.batch=128
  torchrun --nproc-per-node 4 -m a2i.cli train data/mine --out reports/mine --recipe stackgan
"""

import argparse
from dataclasses import asdict
from pathlib import Path

from a2i.cli.script import add_dry_run, add_json, answer
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
    add_dry_run(parser)
    add_json(parser)


def command(given: argparse.Namespace) -> None:
    from a2i.data.pack import open_any
    from a2i.evaluation.watch import Kid
    from a2i.training import device, distributed, encoder, recipes, run

    settings = _settings(given)
    distributed.join()
    store = open_any(given.data)
    full = {
        "encoder": asdict(encoder.settings(**settings["encoder"])),
        "gan": asdict(recipes.settings(recipes.choose(given.recipe, device.choose()), **settings["gan"])),
    }
    facts = {"run": given.out, "clips": len(store.ok), "classes": store.classes, **full}
    if given.dry_run:
        lines = [f"would train {given.out} on {len(store.ok)} clips of {len(store.classes)} classes"]
        lines += [f"  {part}.{name} = {value!r}" for part, own in full.items() for name, value in own.items()]
        return answer(given, facts, lines)
    how = {f"{part}_settings": own for part, own in settings.items()}
    run.train(store, given.out, given.recipe, **how, measure=Kid(store))
    if distributed.rank() == 0:
        answer(given, facts)


def _settings(given: argparse.Namespace) -> dict[str, dict]:
    """What -p sets, by part. Raises A2IError for what is of none."""
    from a2i.core.values import scalar

    settings: dict[str, dict] = {"encoder": {}, "gan": {}}
    for text in given.settings:
        name, _, value = text.partition("=")
        part, _, field = name.partition(".")
        if part not in settings or not field or not value:
            raise A2IError(f"-p {text!r} is not understood: give it as in  -p encoder.epochs=30  or  -p gan.batch=128")
        settings[part][field] = scalar(value)
    return settings
