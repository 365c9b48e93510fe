"""Benchmarks are the files bench_*.py; what they measure is printed and kept in reports/benchmarks.md, a table a file."""

import datetime
import platform
import re
import sys
from pathlib import Path

import pytest

from a2i.core.pool import available_cores

ROOT = Path(__file__).resolve().parents[2]
TABLES = ROOT / "reports" / "benchmarks.md"
HEAD = """# Benchmarks

Made by `make benchmarks`; one file alone by `pytest tests/benchmarks/bench_NAME.py --benchmark-only`, which renews its table.
Ratios compare two ways within one run on the same cores, in processor time unless the line says otherwise.
"""

HEADING = ("| what | measured |", "| --- | --- |")

sys.path.insert(0, str(ROOT / "tests"))  # for the makers of toy files


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Takes bench_*.py for test modules; one that was named on the command line is taken anyway."""
    if file_path.match("bench_*.py") and not parent.session.isinitpath(file_path):
        return pytest.Module.from_parent(parent, path=file_path)
    return None


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Renews the tables of the files that were run."""
    measured: dict[str, list[str]] = {}
    for bench in session.config._benchmarksession.benchmarks:
        name, _, test = bench.fullname.partition("::")
        figures = ", ".join(f"{key.replace('_', ' ')} {value}" for key, value in bench.extra_info.items())
        words = re.sub(r"\[(.*)\]", r" (\1)", test.removeprefix("test_")).replace("_", " ")
        measured.setdefault(Path(name).name, []).append(f"| {words} | {figures} |")
    if measured:
        text = TABLES.read_text(encoding="utf-8") if TABLES.exists() else HEAD
        for name, rows in measured.items():
            text = _renewed(text, name, rows)
            session.config.get_terminal_writer().line("\n".join(["", name, *rows]))
        TABLES.write_text(text, encoding="utf-8")


def _renewed(text: str, name: str, rows: list[str]) -> str:
    """The tables with these rows of one file's, in place of the rows of the same name or behind them."""
    parts = re.split(r"(?m)^(?=## )", text)
    old = next((part for part in parts if part.startswith(f"## {name}\n")), "")
    kept = {row.split("|")[1]: row for row in old.splitlines() if row.startswith("| ") and row not in HEADING}
    kept |= {row.split("|")[1]: row for row in rows}
    machine = f"{available_cores()} cores, {platform.machine()}, Python {platform.python_version()}"
    table = [f"## {name}", "", f"{datetime.date.today()}, {machine}.", "", *HEADING, *kept.values()]
    parts = [part for part in parts if part != old] + ["\n".join(table)]
    return "\n".join(part.rstrip("\n") + "\n" for part in parts)
