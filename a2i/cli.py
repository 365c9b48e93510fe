"""The command `a2i`."""

import argparse
import errno
import sys
from collections.abc import Sequence
from pathlib import Path

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

    miniworld = commands.add_parser("miniworld", help="make the mini world's clips in a folder")
    miniworld.add_argument("folder", type=Path, metavar="FOLDER")
    miniworld.add_argument("--seed", type=int, default=0)
    miniworld.set_defaults(command=_miniworld)
    return parser


def _run(options: argparse.Namespace) -> None:
    from a2i import parameters, report
    from a2i.paths import shown

    index = report.run(options.profile, parameters.parse_overrides(options.settings), fresh=options.fresh)
    print(f"the report: {shown(index)}")


def _imagine(options: argparse.Namespace) -> None:
    from a2i.imagine import imagine

    imagine(options.sound, options.run, options.out, seed=options.seed, count=options.count)
    print(options.out)


def _verify(options: argparse.Namespace) -> None:
    from a2i.store import Store

    store = Store.open(options.data)
    problems = store.verify()
    if problems:
        raise A2IError(f"{options.data}: {'; '.join(problems)}")
    print(f"{options.data}: {len(store.ok)} clips, every byte as it was written")


def _miniworld(options: argparse.Namespace) -> None:
    from a2i.miniworld import MiniWorldSettings, make

    world = make(options.folder, MiniWorldSettings(seed=options.seed))
    print(world.folder)


if __name__ == "__main__":
    sys.exit(main())
