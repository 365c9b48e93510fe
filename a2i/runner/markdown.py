"""The numbers of metrics.json as Markdown, for a README: no figure in it is typed by hand."""

from collections.abc import Mapping
from typing import Any

from a2i.runner import numbers


def markdown(measured: Mapping[str, Mapping[str, Any]]) -> str:
    """The tables of `numbers.tables` one after the other, each under its heading, without columns that are empty."""
    return "\n\n".join(f"**{table.heading}**\n\n{_table(table)}" for table in numbers.tables(measured))


def _table(table: numbers.Table) -> str:
    used = [i for i, _ in enumerate(numbers.COLUMNS) if any(row.cells[i] not in ("", None) for row in table.rows)]
    head = ["What", *(numbers.COLUMNS[i] for i in used)]
    rows = [[row.title, *(str(row.cells[i]) for i in used)] for row in table.rows]
    return "\n".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |" for line in [head, ["---"] * len(head), *rows])
