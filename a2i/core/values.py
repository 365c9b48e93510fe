"""Values as a profile or a command line gives them: YAML scalars, each of the type that its default has."""

import json
from datetime import date
from typing import Any

from a2i.core.errors import A2IError

Value = str | int | float | bool
TYPES = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


def scalar(text: str) -> Value:
    """`text` as a YAML scalar; what YAML takes for anything else (null, a list, a date) stays text."""
    import yaml

    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    return value if isinstance(value, Value) else text


def pairs(text: str) -> dict[str, Value]:
    """The values that `name=value, name=value` gives, by name; "" gives none. Raises A2IError for text of another form."""
    given = [part.partition("=") for part in text.split(",") if part.strip()]
    for name, sign, value in given:
        if not (name.strip() and sign and value.strip()):
            raise A2IError(f"'{name.strip()}' in '{text}' is not understood: give names and values, as in warm=0.3,flow=0.25")
    return {name.strip(): scalar(value.strip()) for name, _, value in given}


def typed(name: str, default: Value, value: Any) -> Value:
    """`value` if it has the type of `default`; a whole number will do for a number. Raises A2IError, about `name`."""
    wanted = type(default)
    if type(value) is wanted:
        return value
    if wanted is float and type(value) is int:
        return float(value)
    raise A2IError(f"{name} must be {TYPES[wanted]} such as {default!r}, not {_shown(value)}{_hint(wanted, value)}")


def _shown(value: Any) -> str:
    """A value as YAML has it: `2026-01-01`, `false`, `null`, `[1, 2]`."""
    return json.dumps(value, default=str, ensure_ascii=False) if not isinstance(value, date) else str(value)


def _hint(wanted: type, value: Any) -> str:
    """What to write in place of a value of another type."""
    if isinstance(value, str) and wanted in (int, float) and _is_number(value):
        return f" (YAML reads '{value}' as text: write {_yaml_number(float(value))})"
    if wanted is not str:
        return ""
    if isinstance(value, bool):
        return " (YAML reads on, off, yes and no as true and false: put the word in quotes, or leave the line out)"
    if isinstance(value, date):
        return f" (YAML reads a date: put it in quotes: \"'{value}'\")"
    return f" (put it in quotes: \"'{value}'\")" if isinstance(value, Value) else ""


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def _yaml_number(value: float) -> str:
    """`value` written so that YAML 1.1 reads a number: it wants a dot before the exponent."""
    text = repr(value)
    return text if "." in text or "e" not in text else text.replace("e", ".0e")
