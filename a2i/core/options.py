"""Options of a command line that are the fields of a dataclass of settings: their comments are the help, their ranges hold."""

import argparse
from collections.abc import Collection
from dataclasses import Field, fields
from typing import Any

from a2i.core.settings import check, explained

_METAVARS = {int: "N", float: "X", str: "TEXT"}


def add_fields(group: argparse._ArgumentGroup, settings: type, without: Collection[str] = ()) -> None:
    """Adds an option for each field of the dataclass `settings` that is not one of `without`."""
    comments = explained(settings)
    for field in fields(settings):
        if field.name not in without:
            _add(group, field, comments[field.name].replace("%", "%%"))


def _add(group: argparse._ArgumentGroup, field: Field, comment: str) -> None:
    name, kind = "--" + field.name.replace("_", "-"), type(field.default)
    if kind is bool:
        action = argparse.BooleanOptionalAction if field.default else "store_true"
        group.add_argument(name, action=action, default=field.default, help=comment)
    else:
        shown = f" [{field.default}]" if field.default != "" else ""
        group.add_argument(name, type=kind, default=field.default, metavar=_METAVARS[kind], help=comment + shown)


def filled(settings: type, given: argparse.Namespace, **others: Any) -> Any:
    """The settings that the options name, with `others`. Raises A2IError for a value out of its range."""
    named = {field.name: getattr(given, field.name) for field in fields(settings) if hasattr(given, field.name)}
    result = settings(**named | others)
    check(result)
    return result
