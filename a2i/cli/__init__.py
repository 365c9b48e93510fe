"""The command `a2i`: its commands are the modules of `a2i.cli.commands`, and adding one is adding a module there.

A command is a module with a docstring, which is its help (the first line) and its examples (the rest); with
`options(parser)`, which adds its options and is called only where the command is the one asked for; and with
`command(given)`, which does it.
"""

import argparse
import errno
import importlib
import os
import pkgutil
import re
import signal
import sys
from collections.abc import Sequence
from types import ModuleType

from a2i.cli import commands
from a2i.core.errors import A2IError

EPILOG = """\
first steps:
  a2i run                                make a small world, learn it, draw it, and write reports/mini/index.html
  a2i imagine call.wav --out call.png    what the trained run sees in a sound of yours
  a2i COMMAND --help                     options and examples
  eval "$(register-python-argcomplete a2i)"    the shell completes commands, options, runs and profiles

exit codes: 0 done; 1 a run that stopped; 2 a mistake to mend; 3 a sound in which there is nothing to hear; 130 Ctrl-C
"""


def main(arguments: Sequence[str] | None = None) -> int:
    """Runs a command; returns its exit code, as EPILOG tells them."""
    if "_ARGCOMPLETE" in os.environ:
        _complete()
    arguments = _without_dashes(sys.argv[1:] if arguments is None else arguments)
    given = parser(arguments[0] if arguments else "").parse_args(arguments)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a polite end, as Ctrl-C is
    try:
        given.command(given)
    except A2IError as error:
        print(f"a2i: {error}", file=sys.stderr)
        return error.exit_code
    except KeyboardInterrupt:
        print("a2i: interrupted; the same command goes on", file=sys.stderr)
        return 130
    except OSError as error:
        advice = (
            "free some space and run the same command again" if error.errno == errno.ENOSPC else "name another place"
        )
        print(f"a2i: {error.filename or error}: {error.strerror or 'cannot be read'}: {advice}", file=sys.stderr)
        return 2
    return 0


def _complete() -> None:
    """Answers the shell, which asks how the line goes on, and leaves."""
    import argcomplete

    words = os.environ.get("COMP_LINE", "").split()
    argcomplete.autocomplete(parser(words[1] if len(words) > 1 else ""))


def _without_dashes(arguments: Sequence[str]) -> list[str]:
    """`arguments` with a `./` before the names of files that begin with a dash, which would look like options."""
    option = re.compile(r"-[hp]|--[a-z-]+")
    return [f"./{t}" if t[:1] == "-" and not option.fullmatch(t) and os.path.lexists(t) else t for t in arguments]


def names() -> list[str]:
    """The names of all commands."""
    return sorted(module.name for module in pkgutil.iter_modules(commands.__path__))


def parser(command: str) -> argparse.ArgumentParser:
    """The parser of all commands, with the options of `command` alone: to know those that are fields of settings takes
    more time than to say what commands there are."""
    root = argparse.ArgumentParser(
        prog="a2i", description="Pictures from sound, and why they fail.", epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    added = root.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for name in names():
        module = importlib.import_module(f"{commands.__name__}.{name}")
        own = added.add_parser(name, **_help(module))
        own.set_defaults(command=module.command)
        if name == command:
            module.options(own)
    return root


def _help(module: ModuleType) -> dict:
    """What argparse shows of a command: the first line of its module's docstring and, below, the rest, its examples."""
    first, _, rest = (module.__doc__ or "").partition("\n")
    return {
        "help": first.rstrip(".").replace("%", "%%"),
        "description": first,
        "epilog": rest.strip(),
        "formatter_class": argparse.RawDescriptionHelpFormatter,
    }
