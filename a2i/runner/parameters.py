"""Strict parameters: what the notebooks declare is all that a profile or a command line may set.

Papermill itself only warns of a name that no notebook knows and passes any type on; here both are errors, found before
anything runs.
"""

import ast
import difflib
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from a2i.core.errors import A2IError
from a2i.core.paths import resolve

Value = str | int | float | bool
# Parameters that name files or folders to read: a run depends on what these hold, not on their names alone.
INPUTS = ("train_segments", "eval_segments", "labels", "ontology", "media", "exclude")
RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_TYPES = {bool: "true or false", int: "a whole number", float: "a number", str: "text"}


@dataclass(frozen=True)
class Parameter:
    """A parameter as a notebook declares it: its default gives the type, its comment the help."""

    name: str
    default: Value
    help: str


def declared(notebook: Path) -> dict[str, Parameter]:
    """The parameters in the cell of `notebook` that is tagged `parameters`, by name."""
    from papermill import inspect_notebook

    found = {}
    for name, entry in inspect_notebook(notebook).items():
        try:
            default = ast.literal_eval(entry["default"])
        except (ValueError, SyntaxError):
            default = None
        if type(default) not in _TYPES:
            raise A2IError(f"{notebook.name}: parameter '{name}' must be a literal number, text, True or False")
        found[name] = Parameter(name, default, entry["help"])
    return found


def union(notebooks: Iterable[Mapping[str, Parameter]]) -> dict[str, Parameter]:
    """The parameters of all notebooks together; the same name must have the same default everywhere."""
    together: dict[str, Parameter] = {}
    for parameters in notebooks:
        for name, parameter in parameters.items():
            known = together.setdefault(name, parameter)
            if (type(known.default), known.default) != (type(parameter.default), parameter.default):
                raise A2IError(
                    f"the notebooks disagree on the default of '{name}': {known.default!r} and {parameter.default!r}"
                )
    return together


def profiles(folder: Path) -> dict[str, str]:
    """The profiles in `folder` by name, with what the comment in the first line of each says about it."""
    found = {}
    for path in sorted(folder.glob("*.yaml")):
        first = path.read_text(encoding="utf-8").partition("\n")[0]
        found[path.stem] = first.lstrip("# ") if first.startswith("#") else ""
    return found


def expected_seconds(name: str, folder: Path) -> list[float]:
    """The seconds that each notebook takes under a profile, from its comment `# seconds: 40, 20, ...`, else none."""
    text = (folder / f"{name}.yaml").read_text(encoding="utf-8")
    comment = re.search(r"^# seconds[^:\n]*:([\d., ]+)$", text, re.MULTILINE)
    return [float(number) for number in comment[1].split(",")] if comment else []


def read_profile(name: str, folder: Path) -> dict[str, Any]:
    """What the profile `name` sets. Raises A2IError where there is no such file or where it is no mapping."""
    known = profiles(folder)
    if name not in known:
        raise A2IError(
            f"there is no profile '{name}'{_nearest(name, known)}: the profiles are {', '.join(known) or 'none'}"
        )
    path = folder / f"{name}.yaml"
    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except yaml.YAMLError as error:
        raise A2IError(f"{path.name} is not YAML: {' '.join(str(error).split())}") from error
    if not isinstance(content, dict | None):
        raise A2IError(f"{path.name} must hold lines of the form 'name: value'")
    return content or {}


def parse_overrides(settings: Iterable[str]) -> dict[str, Any]:
    """Reads the `name=value` settings of a command line: YAML scalars, as in a profile."""
    overrides = {}
    for setting in settings:
        name, equals, text = setting.partition("=")
        if not equals or not name.strip():
            raise A2IError(f"a parameter is set as name=value, not as '{setting}'")
        overrides[name.strip()] = _scalar(text)
    return overrides


def from_here(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """`overrides` with absolute paths for the files that lie in the current folder, which is what a shell means."""
    return {
        name: ",".join(str(Path(part).resolve()) if Path(part).exists() else part for part in split_paths(value))
        if name in INPUTS and isinstance(value, str)
        else value
        for name, value in overrides.items()
    }


def _scalar(text: str) -> Value:
    """`text` as a YAML scalar; what YAML takes for anything else (null, a list, a date) stays text."""
    try:
        value = yaml.safe_load(text)
    except yaml.YAMLError:
        return text
    return value if isinstance(value, Value) else text


def check(given: Mapping[str, Any], allowed: Mapping[str, Parameter]) -> dict[str, Value]:
    """All of `allowed` at the values of `given`, else at their defaults.

    Raises A2IError for a name that no notebook declares, naming the nearest that one does, and for a value of a wrong
    type.
    """
    for name in given:
        if name not in allowed:
            raise A2IError(f"no notebook has a parameter '{name}'{_nearest(name, allowed)}")
    return {
        name: _typed(parameter, given[name]) if name in given else parameter.default
        for name, parameter in allowed.items()
    }


def _typed(parameter: Parameter, value: Any) -> Value:
    """`value` if it has the parameter's type; a whole number will do for a number."""
    wanted = type(parameter.default)
    if type(value) is wanted:
        return value
    if wanted is float and type(value) is int:
        return float(value)
    hint = ""
    if isinstance(value, str) and wanted in (int, float) and _is_number(value):
        hint = f" (YAML reads '{value}' as text: write {_yaml_number(float(value))})"
    elif wanted is str and isinstance(value, Value):
        hint = f" (put it in quotes: \"'{value}'\")"
    raise A2IError(
        f"parameter '{parameter.name}' must be {_TYPES[wanted]} such as {parameter.default!r}, not {value!r}{hint}"
    )


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


def _nearest(name: str, known: Iterable[str]) -> str:
    match = difflib.get_close_matches(name, list(known), n=1, cutoff=0.5)
    return f"; did you mean '{match[0]}'?" if match else ""


def resolve_source(values: Mapping[str, Value]) -> dict[str, Value]:
    """`values` with `source: auto` decided: `lists` where a list is given, else `folder`.

    Raises A2IError where the source needs clips of one's own and they are not named.
    """
    values = dict(values)
    lists = [name for name in ("train_segments", "eval_segments") if values.get(name)]
    if values.get("source") == "auto":
        values["source"] = "lists" if lists else "folder"
    complete = {"lists": len(lists) == 2 and bool(values.get("media")), "folder": bool(values.get("media"))}
    if not complete.get(str(values.get("source")), True):
        raise A2IError(
            "name your clips: -p train_segments=LIST.csv -p eval_segments=LIST.csv -p media=FOLDER, "
            "or only -p media=FOLDER for a folder of class-named folders"
        )
    return values


def located(values: Mapping[str, Value]) -> dict[str, Value]:
    """`values` with absolute paths of the files and folders to read.

    Raises A2IError for one that is not there, for an empty folder, and for a run whose name is none for a folder.
    """
    if not RUN_NAME.fullmatch(str(values["run"])):
        raise A2IError(f"run: '{values['run']}' is no name for a folder: use letters, digits, dot, dash and underscore")
    return {name: _located(name, str(value)) if name in INPUTS else value for name, value in values.items()}


def _located(name: str, value: str) -> str:
    paths = []
    for part in split_paths(value):
        path = resolve(part)
        if not path.exists():
            raise A2IError(f"{name}: there is no {part} (relative paths count from the repository's root)")
        if path.is_dir() and not any(path.iterdir()):
            raise A2IError(f"{name}: the folder {part} is empty")
        paths.append(str(path))
    return ",".join(paths)


def split_paths(value: Value) -> list[str]:
    """The paths that a parameter names: one, or several with commas between them."""
    return [part.strip() for part in str(value).split(",") if part.strip()]
