"""What a dataclass of settings says of its fields, read from the comments beside them: the one place that explains an
option, for its reader in the code and for the command line alike, and that says what it may be.

A comment names the least and the greatest value of a number as `(2 to 4096)`, the values of a text as
`(one of mean, attention)`. The comments of the notebooks' parameters do so, too.
"""

import difflib
import inspect
import re
from collections.abc import Iterable, Mapping
from dataclasses import fields
from numbers import Real
from typing import Any

from a2i.core.errors import A2IError
from a2i.core.values import typed

_RANGE = re.compile(r"\(([-+.\de]+) to ([-+.\de]+)\)")
_CHOICES = re.compile(r"\(one of ([^)]+)\)")


def explained(settings: type) -> dict[str, str]:
    """The comment of each field of a dataclass, by the field's name; "" where it has none."""
    told: dict[str, str] = {}
    for kind in reversed(settings.__mro__[:-1]):  # a field that is given another default keeps the comment it has
        found = re.findall(r"^    (\w+): .*?(?:  # (.*))?$", inspect.getsource(kind), re.MULTILINE)
        told |= {name: comment for name, comment in found if comment or name not in told}
    return told


def made(kind: type, given: Mapping[str, Any], owner: str) -> Any:
    """The dataclass `kind` with the values that are `given`, by the names of its fields.

    Raises A2IError, where it speaks of `owner`, for a name that is no field, and for a value of another type than the
    field's or that its comment does not allow.
    """
    known = {field.name: field.default for field in fields(kind)}
    for name in given:
        if name not in known:
            raise A2IError(f"{owner} has no setting '{name}'{nearest(str(name), known)}")
    result = kind(**{name: typed(f"{owner}'s {name}", known[name], value) for name, value in given.items()})
    check(result, f"{owner}'s ")
    return result


def check(settings: Any, before: str = "") -> None:
    """Raises A2IError for a field of a dataclass whose value its comment does not allow; `before` stands before its name."""
    comments = explained(type(settings))
    for field in fields(settings):
        check_value(before + field.name, getattr(settings, field.name), comments[field.name])


def check_value(name: str, value: Any, comment: str) -> None:
    """Raises A2IError for a value of the option `name` that its comment does not allow."""
    bounds, texts = _RANGE.search(comment), _CHOICES.search(comment)
    if bounds and not (isinstance(value, Real) and float(bounds[1]) <= value <= float(bounds[2])):
        raise A2IError(f"{name} must be {bounds[1]} to {bounds[2]}, not {value}")
    choices = [part.strip() for part in texts[1].split(",")] if texts else []
    if choices and value not in choices:
        raise A2IError(f"{name} must be one of {', '.join(choices)}, not '{value}'{nearest(str(value), choices)}")


def nearest(name: str, known: Iterable[str]) -> str:
    """The known name that a wrong one may mean, as the end of a sentence; "" where none is near."""
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean '{match[0]}'?" if match else ""
