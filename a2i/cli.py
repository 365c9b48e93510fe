"""The command `a2i`."""

import argparse
import errno
import signal
import sys
from collections.abc import Sequence
from pathlib import Path

from a2i import memory
from a2i.errors import A2IError


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code: 0, 1 for a run that stopped, 2 for a mistake to mend, 130 for Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        options.command(options)
    except A2IError as error:
        print(f"a2i: {error}", file=sys.stderr)
        return _exit_code(error)
    except KeyboardInterrupt:
        print("a2i: interrupted; the same command goes on", file=sys.stderr)
        return 130
    except OSError as error:
        advice = ": free some space and run the same command again" if error.errno == errno.ENOSPC else ""
        print(f"a2i: {error}{advice}", file=sys.stderr)
        return 2
    return 0


def _exit_code(error: A2IError) -> int:
    from a2i import report

    return 130 if isinstance(error, report.Interrupted) else 1 if isinstance(error, report.RunFailed) else 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="a2i", description="Pictures from sound, and why they fail.")
    commands = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")

    run = commands.add_parser("run", help="run the notebooks under a profile and write a report")
    run.add_argument("--profile", default="mini", help="a file in notebooks/profiles (mini)")
    run.add_argument("-p", dest="settings", metavar="NAME=VALUE", action="append", default=[], help="set a parameter")
    run.add_argument("--fresh", action="store_true", help="do again what is done")
    run.set_defaults(command=_run)

    imagine = commands.add_parser("imagine", help="draw what a sound file sounds like, with a trained run")
    imagine.add_argument("sound", type=Path, metavar="SOUND")
    imagine.add_argument("--out", type=Path, required=True, metavar="PICTURE.png")
    imagine.add_argument("--run", type=Path, default=Path("reports/mini"), help="the run's folder (reports/mini)")
    imagine.add_argument("--seed", type=int, default=0, help="another seed, another picture (0)")
    imagine.add_argument("--count", type=int, default=1, help="pictures side by side (1)")
    imagine.set_defaults(command=_imagine)

    verify = commands.add_parser("verify", help="check every byte of a store")
    verify.add_argument("data", type=Path, metavar="DATA")
    verify.set_defaults(command=_verify)

    curate = commands.add_parser("curate", help="decode clips into a store")
    curate.add_argument("media", metavar="MEDIA", help="folder of media named by id, or of class-named folders")
    curate.add_argument(
        "--out", type=Path, required=True, metavar="DATA", help="folder of the store, such as data/mine"
    )
    _add_lists(curate)
    curate.add_argument("--frame-choice", default="random", help="random, spread or sounding (random)")
    curate.add_argument("--workers", type=int, default=0, help="processes (one a core)")
    curate.add_argument("--seed", type=int, default=0)
    curate.add_argument("--cluster", default="", metavar="ADDRESS", help="of a Dask scheduler, such as tcp://host:8786")
    curate.add_argument("--fresh", action="store_true", help="in place of what the folder holds")
    curate.set_defaults(command=_curate)

    fetch = commands.add_parser("fetch", help="download the clips of lists, slowly; goes on where it stopped")
    fetch.add_argument("media", type=Path, metavar="MEDIA", help="the folder to fill")
    _add_lists(fetch)
    fetch.add_argument("--workers", type=int, default=1, help="processes, each with its own pause (1)")
    fetch.add_argument("--pause", type=float, default=10.0, help="seconds between two clips of a process (10)")
    fetch.add_argument("--cookies", default="", metavar="FILE", help="cookies.txt of a signed-in browser")
    fetch.set_defaults(command=_fetch)

    miniworld = commands.add_parser("miniworld", help="make the mini world's clips in a folder")
    miniworld.add_argument("folder", type=Path, metavar="FOLDER")
    miniworld.add_argument("--seed", type=int, default=0)
    miniworld.set_defaults(command=_miniworld)
    return parser


def _add_lists(command: argparse.ArgumentParser) -> None:
    command.add_argument("--train-segments", default="", metavar="LIST", help="in AudioSet's form; several with commas")
    command.add_argument("--eval-segments", default="", metavar="LIST", help="the same, for evaluation")
    command.add_argument("--labels", default="", metavar="FILE", help="class_labels_indices.csv, for other classes")
    command.add_argument("--classes", default="", metavar="NAMES", help="with commas (those of the paper's ten)")


def _run(options: argparse.Namespace) -> None:
    from a2i import parameters, report
    from a2i.paths import shown

    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite end, as Ctrl-C is
    overrides = parameters.from_here(parameters.parse_overrides(options.settings))
    index = report.run(options.profile, overrides, fresh=options.fresh)
    print(f"the report: {shown(index)}")


def _imagine(options: argparse.Namespace) -> None:
    from a2i.classes import title
    from a2i.imagine import imagine
    from a2i.paths import resolve

    run = options.run if options.run.exists() else resolve(options.run)
    heard = imagine(options.sound, run, options.out, seed=options.seed, count=options.count).heard
    likely = sorted(heard, key=heard.get, reverse=True)[:3]
    print("heard: " + ", ".join(f"{title(name)} {heard[name]:.2f}" for name in likely))
    print(f"drawn: {options.out}")


def _verify(options: argparse.Namespace) -> None:
    from a2i.store import Store

    store = Store.open(options.data)
    problems = store.verify()
    if problems:
        raise A2IError(f"{options.data}: {'; '.join(problems)}")
    print(f"{options.data}: {len(store.ok)} clips, every byte as it was written")


def _curate(options: argparse.Namespace) -> None:
    memory.give_back()
    from a2i import curate, sources
    from a2i.progress import Progress

    kind = "lists" if options.train_segments or options.eval_segments else "folder"
    lists = (options.train_segments, options.eval_segments, options.labels)
    gathered = sources.gather(
        sources.Source(kind, *lists, options.media, options.classes, seed=options.seed), options.out
    )
    settings = curate.CurateSettings(
        choice=options.frame_choice, workers=options.workers, seed=options.seed, cluster=options.cluster
    )
    progress = Progress("clip", len(gathered.clips))
    store = curate.curate(
        gathered.clips, options.out, gathered.classes, settings, progress=progress, fresh=options.fresh
    )
    counts = dict(store.index["counts"])
    print(f"{options.out}: {counts.pop('ok', 0)} of {len(gathered.clips)} clips usable")
    for reason, count in sorted(counts.items(), key=lambda item: -item[1]):
        print(f"  {reason}: {count}")


def _fetch(options: argparse.Namespace) -> None:
    memory.give_back()
    from a2i import fetch, segments, selection
    from a2i.parameters import split_paths
    from a2i.progress import Progress

    given = (split_paths(options.train_segments), split_paths(options.eval_segments))
    if not any(given):
        raise A2IError("name a list: --train-segments LIST.csv, --eval-segments LIST.csv or both")
    train, evaluation = ([segments.read_segments(path) for path in paths] for paths in given)
    labels = segments.read_labels(options.labels) if options.labels else None
    chosen = selection.SelectionSettings(classes=tuple(split_paths(options.classes)))
    clips = selection.select(train, evaluation, chosen, labels=labels).clips
    settings = fetch.FetchSettings(workers=options.workers, pause=options.pause, cookies=options.cookies)
    table = fetch.fetch(clips, options.media, settings, Progress("clip", len(clips)))
    print(fetch.availability(table).to_string())


def _miniworld(options: argparse.Namespace) -> None:
    from a2i.miniworld import MiniWorldSettings, make

    world = make(options.folder, MiniWorldSettings(seed=options.seed))
    print(world.folder)


if __name__ == "__main__":
    sys.exit(main())
