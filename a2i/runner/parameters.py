"""Strict parameters: what the notebooks declare is all that a profile or a command line may set.

Papermill itself only warns of a name that no notebook knows and passes any type on; here both are errors, found before
anything runs.
"""

import ast
import csv
import io
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import yaml

from a2i.core.errors import A2IError
from a2i.core.paths import resolve
from a2i.core.settings import check_value, nearest
from a2i.core.values import TYPES, Value, scalar, typed
from a2i.data.dataset import split_names

# Parameters that name files or folders to read: a run depends on what these hold, not on their names alone.
INPUTS = ("train_segments", "eval_segments", "labels", "ontology", "media", "table", "exclude")
SEVERAL = ("train_segments", "eval_segments", "exclude")  # those that may name several, with commas between
RUN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")


@dataclass(frozen=True)
class Parameter:
    """A parameter as a notebook declares it: its default gives the type, its comment the help and what it may be."""

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
        if type(default) not in TYPES:
            raise A2IError(f"{notebook.name}: parameter '{name}' must be a literal number, text, True or False")
        found[name] = Parameter(name, default, entry["help"])
    if missed := _assigned(notebook) - set(found):
        raise A2IError(f"{notebook.name}: the comment of parameter '{min(missed)}' must hold no '='")  # papermill's limit
    return found


def _assigned(notebook: Path) -> set[str]:
    """The names that the cell tagged `parameters` assigns."""
    cells = nbformat.read(notebook, as_version=4).cells
    sources = [cell.source for cell in cells if "parameters" in cell.metadata.get("tags", ())]
    nodes = (node for source in sources for node in ast.walk(ast.parse(source)))
    return {node.id for node in nodes if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)}


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


def remark(name: str, folder: Path) -> str:
    """What a report under a profile must say of itself, from its comment `# remark: ...`, else ""."""
    comment = re.search(r"^# remark: (.+)$", (folder / f"{name}.yaml").read_text(encoding="utf-8"), re.MULTILINE)
    return comment[1] if comment else ""


def read_profile(name: str, folder: Path) -> dict[str, Any]:
    """What the profile `name` sets. Raises A2IError where there is no such file or where it is no mapping."""
    known = profiles(folder)
    if name not in known:
        raise A2IError(
            f"there is no profile '{name}'{nearest(name, known)}: the profiles are {', '.join(known) or 'none'}"
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
        overrides[name.strip()] = scalar(text)
    return overrides


def from_here(overrides: Mapping[str, Any]) -> dict[str, Any]:
    """`overrides` with absolute paths for the files that lie in the current folder, which is what a shell means."""
    return {
        name: _absolute(name, value) if name in INPUTS and isinstance(value, str) else value
        for name, value in overrides.items()
    }


def _absolute(name: str, value: str) -> str:
    parts = [str(Path(part).resolve()) if Path(part).exists() else part for part in paths(name, value, Path.cwd())]
    return _joined(parts) if name in SEVERAL else "".join(parts)


def with_store(overrides: Mapping[str, Any], allowed: Mapping[str, Parameter]) -> dict[str, Any]:
    """`overrides` with a folder for the store that is named after the run, where they name a run and no store.

    So the clips of a second run under the same profile do not meet those of the first.
    """
    if "data" in allowed and "run" in overrides and "data" not in overrides:
        return {**overrides, "data": f"data/{overrides['run']}"}
    return dict(overrides)


def check(given: Mapping[str, Any], allowed: Mapping[str, Parameter]) -> dict[str, Value]:
    """All of `allowed` at the values of `given`, else at their defaults.

    Raises A2IError for a name that no notebook declares, naming the nearest that one does, and for a value of a wrong
    type or out of its range.
    """
    for name in given:
        if name not in allowed:
            raise A2IError(f"no notebook has a parameter '{name}'{nearest(str(name), allowed)}")
    values = {name: typed(f"parameter '{name}'", p.default, given[name]) if name in given else p.default for name, p in allowed.items()}
    for name in given:
        check_value(f"parameter '{name}'", values[name], allowed[name].help)
    return values


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
    found = []
    for part in paths(name, value):
        path = resolve(part)
        if not path.exists():
            raise A2IError(f"{name}: there is no {part} (relative paths count from the repository's root)")
        if path.is_dir() != (name == "media"):
            raise A2IError(f"{name}: {part} is {'a folder' if path.is_dir() else 'no folder'}")
        if path.is_dir() and not any(path.iterdir()):
            raise A2IError(f"{name}: the folder {part} is empty")
        found.append(str(path))
    return _joined(found) if name in SEVERAL else "".join(found)


def paths(name: str, value: Value, folder: Path | None = None) -> list[str]:
    """The paths that a parameter names: one, or several with commas between them; one that is there, counted from
    `folder` (the root), may hold commas itself."""
    text = str(value).strip()
    whole = Path(folder, text) if folder else resolve(text)
    if name not in SEVERAL or whole.is_file():
        return [text] if text else []
    return list(split_names(text))


def _joined(parts: Iterable[str]) -> str:
    """`parts` with commas between them, as `split_names` takes them apart."""
    line = io.StringIO()
    csv.writer(line, lineterminator="").writerow(parts)
    return line.getvalue()
