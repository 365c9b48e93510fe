"""The rooms of the package and the one direction between them, which a planted wrong import breaks."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "a2i"
# What each room may import of the project beside itself.
MAY = {
    "core": set(),
    "media": {"core"},
    "data": {"core", "media"},
    "miniworld": {"core", "media", "data"},
    "download": {"core", "media", "data"},
    "curation": {"core", "media", "data", "miniworld", "download"},
    "models": set(),
    "training": {"core", "data", "models"},
    "evaluation": {"core", "data", "models", "training", "media"},
    "viz": {"core", "data", "media"},
    "runner": {"core", "data", "evaluation"},
    "imagine": {"core", "media", "data", "miniworld", "models", "training", "evaluation", "viz"},
    "export": {"core", "data", "evaluation", "imagine", "training"},
}
MAY["cli"] = set(MAY)  # nobody imports it
PRESENT = {room for room in MAY if (PACKAGE / room).is_dir()}


def imported(source: str) -> set[str]:
    """The rooms that a module's text imports, also inside functions."""
    found = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "a2i":
            parts = node.module.split(".")
            found |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            found |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("a2i.")}
    return found


def wrong(room: str, source: str) -> set[str]:
    """The rooms that a module of `room` may not import and does."""
    return (imported(source) & set(MAY)) - MAY[room] - {room}


@pytest.mark.parametrize("room", sorted(PRESENT))
def test_imports_go_one_way_between_the_rooms(room):
    found = {path.name: wrong(room, path.read_text()) for path in sorted((PACKAGE / room).rglob("*.py"))}
    assert {name: rooms for name, rooms in found.items() if rooms} == {}


def test_a_planted_wrong_import_is_seen():
    assert wrong("media", "from a2i.data import store\n") == {"data"}
    assert wrong("models", "def f():\n    import a2i.training.gan\n") == {"training"}
    assert wrong("core", "from a2i import runner\n") == {"runner"}


def test_no_circle_between_the_rooms():
    for room, allowed in MAY.items():
        assert not any(room in MAY[other] for other in allowed)


def test_no_notebook_imports_the_runner():
    assert not any("a2i.runner" in path.read_text() for path in (ROOT / "notebooks").glob("*.ipynb"))


def test_no_module_is_longer_than_300_lines():
    paths = PACKAGE.rglob("*.py")
    lines = {path.relative_to(PACKAGE).as_posix(): path.read_text().count("\n") for path in paths}
    assert {name: count for name, count in lines.items() if count > 300} == {}


@pytest.mark.parametrize(
    ("modules", "without"),
    [
        ("models training data.store", "av soxr librosa"),
        ("evaluation.baselines", "torch av soxr librosa"),
    ],
)
def test_what_a_machine_may_lack(modules, without):
    """A GPU machine trains from a store and has no decoder; simple numbers need no network."""
    names = [
        ".".join(path.relative_to(ROOT).with_suffix("").parts)
        for module in modules.split()
        for path in ([*(PACKAGE / module).glob("*.py")] or [PACKAGE / (module.replace(".", "/") + ".py")])
    ]
    code = (
        f"import sys, importlib\nfor name in {without.split()!r}: sys.modules[name] = None\n"
        f"for name in {names!r}: importlib.import_module(name)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, cwd=ROOT)
