"""What a dataclass of settings says of its fields, read from the comments beside them: the one place that explains an
option, for its reader in the code and for the command line alike, and that says what it may be.

A comment names the least and the greatest value of a number as `(2 to 4096)`, the values of a text as
`(one of mean, attention)`. The comments of the notebooks' parameters do so, too.
"""

import difflib
import inspect
import re
from collections.abc import Iterable
from dataclasses import fields
from typing import Any

from a2i.core.errors import A2IError

_RANGE = re.compile(r"\(([-+.\de]+) to ([-+.\de]+)\)")
_CHOICES = re.compile(r"\(one of ([^)]+)\)")


def explained(settings: type) -> dict[str, str]:
    """The comment of each field of a dataclass, by the field's name; "" where it has none."""
    found = re.findall(r"^    (\w+): .*?(?:  # (.*))?$", inspect.getsource(settings), re.MULTILINE)
    return dict(found)


def check(settings: Any) -> None:
    """Raises A2IError for a field of a dataclass whose value its comment does not allow."""
    comments = explained(type(settings))
    for field in fields(settings):
        check_value(field.name, getattr(settings, field.name), comments[field.name])


def check_value(name: str, value: Any, comment: str) -> None:
    """Raises A2IError for a value of the option `name` that its comment does not allow."""
    bounds, texts = _RANGE.search(comment), _CHOICES.search(comment)
    if bounds and not float(bounds[1]) <= value <= float(bounds[2]):
        raise A2IError(f"{name} must be {bounds[1]} to {bounds[2]}, not {value}")
    choices = [part.strip() for part in texts[1].split(",")] if texts else []
    if choices and value not in choices:
        raise A2IError(f"{name} must be one of {', '.join(choices)}, not '{value}'{nearest(str(value), choices)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that a wrong one may mean, as the end of a sentence; "" where none is near."""
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean '{match[0]}'?" if match else ""
