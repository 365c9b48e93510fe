"""What commands have for scripts: a dry run that writes nothing, and the outcome as JSON."""

import argparse
import json
from collections.abc import Iterable
from typing import Any


def add_dry_run(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--dry-run", action="store_true", help="say what would be done, and write nothing")


def add_json(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--json", action="store_true", help="for scripts: the outcome as JSON, progress on stderr")


def tell(given: argparse.Namespace, lines: Iterable[str]) -> None:
    """Prints lines for people as the work goes on; nothing where JSON is asked for."""
    for line in () if given.json else lines:
        print(line, flush=True)


def answer(given: argparse.Namespace, facts: Any, lines: Iterable[str] = ()) -> None:
    """Ends a command: prints `facts` as JSON where that is asked for, else `lines`."""
    tell(given, lines)
    if given.json:
        print(json.dumps(facts, indent=1, ensure_ascii=False, default=str))
