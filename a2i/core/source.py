"""The package's own source as what a result depends on: the rooms that some code reaches, and a hash of rooms."""

import ast
import hashlib
from collections.abc import Iterable
from functools import cache
from pathlib import Path

PACKAGE = Path(__file__).resolve().parents[1]


def fingerprint(rooms: Iterable[str]) -> str:
    """Changes when any module of these rooms of the package does; a module beside the rooms counts as one."""
    digest = hashlib.sha256()
    for path in (path for room in sorted(rooms) for path in _modules(room)):
        digest.update(f"{path.relative_to(PACKAGE).as_posix()}\n".encode() + path.read_bytes())
    return digest.hexdigest()


def reached(code: str) -> set[str]:
    """The rooms that `code` imports, and all that these import in turn; every one where it is no plain Python."""
    found: set[str] = set()
    try:
        todo = _imported(code)
    except SyntaxError:  # such as a notebook's %magic
        todo = {path.stem for path in PACKAGE.iterdir() if _modules(path.stem)}
    while todo:
        room = todo.pop()
        if room not in found:
            found.add(room)
            todo |= _imported_by(room)
    return found


@cache
def _imported_by(room: str) -> frozenset[str]:
    return frozenset().union(*(_imported(path.read_text(encoding="utf-8")) for path in _modules(room)))


def _imported(code: str) -> set[str]:
    """The rooms that `code` itself imports, also inside functions."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and node.module:
            names |= {f"{node.module}.{alias.name}" for alias in node.names}
        elif isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
    rooms = {name.split(".")[1] for name in names if name.startswith("a2i.")}
    return {room for room in rooms if _modules(room)}


def _modules(room: str) -> list[Path]:
    beside = PACKAGE / f"{room}.py"
    return [beside] if beside.is_file() else sorted((PACKAGE / room).rglob("*.py"))
