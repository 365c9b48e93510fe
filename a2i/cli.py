"""The command `a2i`."""

import argparse
import contextlib
import dataclasses
import errno
import os
import re
import signal
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from a2i.core import memory
from a2i.core.errors import A2IError

if TYPE_CHECKING:
    from a2i.data.dataset import Dataset


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code: 0, 1 for a run that stopped, 2 for a mistake to mend, 3 for a sound in which
    there is nothing to hear, 130 for Ctrl-C."""
    arguments = _without_dashes(sys.argv[1:] if arguments is None else arguments)
    options = _parser(arguments[0] if arguments else "").parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite end, as Ctrl-C is
    try:
        options.command(options)
    except A2IError as error:
        print(f"a2i: {error}", file=sys.stderr)
        return _exit_code(error)
    except KeyboardInterrupt:
        print("a2i: interrupted; the same command goes on", file=sys.stderr)
        return 130
    except OSError as error:
        advice = "free some space and run the same command again" if error.errno == errno.ENOSPC else "name another place"
        print(f"a2i: {error.filename or error}: {error.strerror or 'cannot be read'}: {advice}", file=sys.stderr)
        return 2
    return 0


def _without_dashes(arguments: Sequence[str]) -> list[str]:
    """`arguments` with a `./` before the names of files that begin with a dash, which would look like options."""
    option = re.compile(r"-[hp]|--[a-z-]+")
    return [f"./{t}" if t[:1] == "-" and not option.fullmatch(t) and os.path.lexists(t) else t for t in arguments]


def _exit_code(error: A2IError) -> int:
    from a2i.imagine import NothingHeard
    from a2i.runner import run

    if isinstance(error, NothingHeard):
        return 3
    return 130 if isinstance(error, run.Interrupted) else 1 if isinstance(error, run.RunFailed) else 2


def _parser(command: str) -> argparse.ArgumentParser:
    """The parser of all commands. Options that are fields of settings are there where `command` has them, because to
    read them takes more time than to say what commands there are."""
    root = argparse.ArgumentParser(prog="a2i", description="Pictures from sound, and why they fail.")
    commands = root.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run the notebooks under a profile and write a report")
    run.add_argument("--profile", default="mini", help="a file in notebooks/profiles (mini)")
    run.add_argument("-p", dest="settings", metavar="NAME=VALUE", action="append", default=[], help="set a parameter")
    run.add_argument("--fresh", action="store_true", help="do again what is done, the store too; the former run stays until the new one stands")
    run.set_defaults(command=_run)

    imagine = commands.add_parser("imagine", help="draw what sound files sound like, with a trained run")
    imagine.add_argument("sounds", type=Path, nargs="+", metavar="SOUND", help="sound or video files, or folders of them")
    imagine.add_argument(
        "--out", type=Path, required=True, metavar="PICTURE.png", help="of several sounds a sheet, beside a CSV of its name"
    )
    imagine.add_argument("--start", type=float, metavar="S", help="where the ten seconds begin (the most telling ones)")
    imagine.add_argument("--run", type=Path, default=Path("reports/mini"), help="the run's folder (reports/mini)")
    imagine.add_argument("--seed", type=int, default=0, help="another seed, another picture (0)")
    imagine.add_argument("--count", type=int, default=1, help="pictures of a sound, side by side (1)")
    imagine.set_defaults(command=_imagine)

    verify = commands.add_parser("verify", help="check every byte of a store")
    verify.add_argument("data", type=Path, metavar="DATA")
    verify.set_defaults(command=_verify)

    pack = commands.add_parser("pack", help="a store in one small file, for a trip to a GPU machine")
    pack.add_argument("data", type=Path, metavar="DATA")
    pack.add_argument("--out", type=Path, required=True, metavar="FILE", help="such as data/mine.pack")
    pack.set_defaults(command=_pack)

    train = commands.add_parser("train", help="train encoder and generator from a store or a packed one; torchrun works")
    train.add_argument("data", type=Path, metavar="DATA", help="a store's folder or a packed store's file")
    train.add_argument("--out", type=Path, required=True, metavar="RUN", help="folder, such as reports/mine")
    train.add_argument("--recipe", default="auto", help="stackgan, modern or projected (projected on a GPU, else modern)")
    train.add_argument(
        "-p", dest="settings", metavar="NAME=VALUE", action="append", default=[],
        help="of the encoder or the recipe, such as encoder.epochs=30 or gan.batch=128",
    )  # fmt: skip
    train.set_defaults(command=_train)

    _add_sources(commands, command)
    return root


def _add_sources(commands: argparse._SubParsersAction, command: str) -> None:
    """The commands that bring clips in."""
    curate = commands.add_parser("curate", help="decode clips into a store")
    curate.add_argument("media", metavar="MEDIA", help="folder of media named by id, or of class-named folders")
    curate.add_argument(
        "--out", type=Path, required=True, metavar="DATA", help="folder of the store, such as data/mine"
    )
    curate.add_argument("--fresh", action="store_true", help="in place of what the folder holds")
    curate.set_defaults(command=_curate)

    fetch = commands.add_parser("fetch", help="download the clips of lists, slowly; goes on where it stopped")
    fetch.add_argument("media", type=Path, metavar="MEDIA", help="the folder to fill")
    fetch.set_defaults(command=_fetch)

    lists = commands.add_parser("lists", help="download AudioSet's lists, labels and ontology (100 MB)")
    lists.add_argument("folder", type=Path, metavar="FOLDER")
    lists.set_defaults(command=_lists)

    miniworld = commands.add_parser("miniworld", help="make the mini world's clips in a folder")
    miniworld.add_argument("folder", type=Path, metavar="FOLDER")
    miniworld.set_defaults(command=_miniworld)
    if command in ("curate", "fetch", "miniworld"):
        _add_settings({"curate": curate, "fetch": fetch, "miniworld": miniworld}[command], command)


def _add_settings(parser: argparse.ArgumentParser, command: str) -> None:
    """An option for each field of a command's dataset and settings."""
    memory.release_memory()  # best before what comes now is loaded
    from a2i.core.options import add_fields
    from a2i.core.settings import explained
    from a2i.data.dataset import Dataset

    if command == "miniworld":
        from a2i.miniworld.world import MiniWorldSettings

        return add_fields(parser, MiniWorldSettings, {"classes"})
    if command == "curate":
        from a2i.curation.curate import CurateSettings as Settings
    else:
        from a2i.download.fetch import FetchSettings as Settings
    others = [name for name, text in explained(Dataset).items() if command == "fetch" and text.startswith("folder:")]
    add_fields(parser.add_argument_group("which clips"), Dataset, {"source", "media", *others})
    add_fields(parser.add_argument_group("how"), Settings, {field.name for field in dataclasses.fields(Dataset)})


def _dataset(options: argparse.Namespace) -> "Dataset":
    """The dataset that the options name."""
    from a2i.core.options import filled
    from a2i.data.dataset import Dataset

    return filled(Dataset, options, source="auto", media=str(options.media))


@contextlib.contextmanager
def _watched(label: str) -> Iterator[None]:
    """Shows on the terminal how far the `Progress` of the block is."""
    from a2i.core.progress import FILE
    from a2i.runner.status_line import StatusLine

    with tempfile.TemporaryDirectory() as folder:
        os.environ[FILE] = str(Path(folder) / "progress")
        try:
            with StatusLine(label, Path(os.environ[FILE]), sys.stderr):
                yield
        finally:
            del os.environ[FILE]


def _run(options: argparse.Namespace) -> None:
    from a2i.core.paths import shown
    from a2i.runner import parameters, run

    overrides = parameters.from_here(parameters.parse_overrides(options.settings))
    index = run.run(options.profile, overrides, fresh=options.fresh)
    print(f"the report: {shown(index)}")


def _imagine(options: argparse.Namespace) -> None:
    from a2i.core.paths import resolve
    from a2i.data.classes import title
    from a2i.imagine import imagine, imagine_all, sounds_in
    from a2i.media.quality import OPPOSITE

    run = options.run if options.run.exists() else resolve(options.run)
    sounds = sounds_in(options.sounds)
    how = {"start": options.start, "seed": options.seed, "count": options.count}
    if sounds != options.sounds or len(sounds) > 1:
        with _watched("imagine"):
            table = imagine_all(sounds, run, options.out, **how)
        print(f"drawn: {(table['status'] == 'ok').sum()} of {len(table)} sounds on {options.out}")
        print(f"heard: {options.out.with_suffix('.csv')}")
        return
    found = imagine(sounds[0], run, options.out, **how)
    if OPPOSITE in found.remarks:
        print(f"a2i: {sounds[0]}: its channels cancel each other, so next to nothing of it is heard", file=sys.stderr)
    likely = sorted(found.probability, key=found.probability.get, reverse=True)[:3]
    place = f" (from {found.start:g} s on)" if found.start else ""
    print("heard: " + ", ".join(f"{title(name)} {found.probability[name]:.2f}" for name in likely) + place)
    print(f"drawn: {options.out}")


def _pack(options: argparse.Namespace) -> None:
    from a2i.data.pack import pack
    from a2i.data.store import Store

    size = pack(Store.open(options.data), options.out)
    print(f"{options.out}: {size / 1e6:.1f} MB")


def _train(options: argparse.Namespace) -> None:
    import yaml

    from a2i.data.pack import open_any
    from a2i.training import distributed, run

    given: dict[str, dict] = {"encoder": {}, "gan": {}}
    for text in options.settings:
        name, _, value = text.partition("=")
        part, _, field = name.partition(".")
        if part not in given or not field or not value:
            raise A2IError(f"-p {text!r} is not understood: give it as in  -p encoder.epochs=30  or  -p gan.batch=128")
        given[part][field] = yaml.safe_load(value)
    distributed.join()
    store = open_any(options.data)
    run.train(store, options.out, options.recipe, encoder_settings=given["encoder"], gan_settings=given["gan"])


def _verify(options: argparse.Namespace) -> None:
    from a2i.data.store import Store

    store = Store.open(options.data)
    problems = store.verify()
    if problems:
        raise A2IError(f"{options.data}: {'; '.join(problems)}")
    print(f"{options.data}: {len(store.ok)} clips, every byte as it was written")


def _curate(options: argparse.Namespace) -> None:
    from a2i.core.options import filled
    from a2i.core.progress import Progress
    from a2i.curation import curate
    from a2i.curation.gather import gather

    settings = filled(curate.CurateSettings, options)
    gathered = gather(_dataset(options), options.out, splits=())
    for note in gathered.notes:
        print(note)
    with _watched("curate"):
        progress = Progress("clip", len(gathered.clips), quiet=True)
        store = curate.curate(
            gathered.clips, options.out, gathered.classes, settings, progress=progress, fresh=options.fresh
        )
    counts = dict(store.index["counts"])
    print(f"{options.out}: {counts.pop('ok', 0)} of {len(gathered.clips)} clips usable")
    for reason, count in sorted(counts.items(), key=lambda item: -item[1]):
        print(f"  {reason}: {count}")


def _fetch(options: argparse.Namespace) -> None:
    from a2i.core.options import filled
    from a2i.core.progress import Progress
    from a2i.curation.gather import choose, refused
    from a2i.download import fetch

    if not (options.train_segments or options.eval_segments):
        raise A2IError("name a list: --train-segments LIST.csv, --eval-segments LIST.csv or both")
    settings = filled(fetch.FetchSettings, options)
    chosen, _ = choose(_dataset(options))
    clips = chosen.clips
    for note in refused(chosen.losses):
        print(note)
    with _watched("fetch"):
        table = fetch.fetch(clips, options.media, settings, Progress("clip", len(clips), quiet=True))
    print(fetch.availability(table).to_string())


def _lists(options: argparse.Namespace) -> None:
    from a2i.download.audioset import fetch_lists

    for name, holds in fetch_lists(options.folder):
        print(f"{options.folder / name}: {holds}", flush=True)


def _miniworld(options: argparse.Namespace) -> None:
    from a2i.core.options import filled
    from a2i.core.progress import Progress
    from a2i.miniworld.world import MiniWorldSettings, make, plan

    settings = filled(MiniWorldSettings, options)
    with _watched("mini world"):
        world = make(options.folder, settings, progress=Progress("clip", len(plan(settings)), quiet=True))
    print(world.folder)


if __name__ == "__main__":
    sys.exit(main())
