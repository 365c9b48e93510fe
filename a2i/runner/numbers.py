"""The numbers of metrics.json as tables: which come first, how each is written, and where its interval lies."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

# What pictures are judged by, in this order; none of it can be had by drawing one picture a class.
PICTURES = {
    "attributes_correlation": "correlation",
    "attributes_slope": "slope",
    "pictures_kid": "KID",
    "pictures_kid_judge": "the judge's KID",
    "pictures_precision": "precision",
    "pictures_recall": "recall",
    "pictures_coverage": "coverage",
    "independent_judge": "the independent judge",
}
HEADLINE = (*PICTURES, "encoder_accuracy", "generated_accuracy", "judge_real")
COLUMNS = ("Value", "95 % interval", "Beside it", "Goal", "n", "Seeds")


@dataclass(frozen=True)
class Row:
    """A metric as a row: its title, its cells in the order of COLUMNS, and its place on the table's scale, 0 to 100."""

    title: str
    cells: tuple[str, ...]
    place: Mapping[str, float]  # of value, low, high, floor, ceiling; empty where the scale says nothing


@dataclass(frozen=True)
class Matrix:
    """One measure a row, one kind of picture a column: what was drawn, and what it is compared with."""

    columns: tuple[str, ...]
    rows: tuple[tuple[str, tuple[str, ...]], ...]  # title, a cell a column


@dataclass(frozen=True)
class Table:
    """Metrics under a heading."""

    heading: str
    rows: tuple[Row, ...]


def controls(measured: Mapping[str, Mapping[str, Any]]) -> Matrix | None:
    """The headline of the pictures beside that of each control, which is named in the titles of its metrics."""
    found: dict[str, dict[str, str]] = {}
    for name, entry in measured.items():
        if measure := _controlled(name):
            found.setdefault(entry["title"].partition(":")[0].removeprefix("control "), {})[measure] = digits(
                entry["value"]
            )
    if not found:
        return None
    shown = [name for name in PICTURES if name in measured and any(name in own for own in found.values())]
    rows = [
        (
            _named(name, measured[name]),
            (digits(measured[name]["value"]), *(own.get(name, "") for own in found.values())),
        )
        for name in shown
    ]
    return Matrix(("drawn", *found), tuple(rows))


def _named(name: str, entry: Mapping[str, Any]) -> str:
    """The title of a metric, after the short name where it has one: `Recall: a real frame lies ...`."""
    title = entry["title"]
    return _capital(f"{PICTURES[name]}: {title.removeprefix('pictures: ')}" if name in PICTURES else title)


def _controlled(name: str) -> str:
    """The measure of the headline that a control's metric is of, "" where it is none."""
    return next((one for one in PICTURES if name.startswith("control_") and name.endswith(f"_{one}")), "")


def tables(measured: Mapping[str, Mapping[str, Any]]) -> list[Table]:
    """The headline's numbers first, then the others by what their titles have before the colon; not the matrix of controls."""
    measured = {name: entry for name, entry in measured.items() if not _controlled(name)}
    first = {name: measured[name] for name in HEADLINE if name in measured}
    first |= {name: entry for name, entry in measured.items() if "goal" in entry}
    groups: dict[str, list[Mapping[str, Any]]] = {}
    for name, entry in measured.items():
        if name not in first:
            group, colon, _ = entry["title"].partition(":")
            group = "claims" if group.startswith("claim ") else group
            groups.setdefault(_capital(group) if colon else "Also measured", []).append(entry)
    named = [{**entry, "title": _named(name, entry)} for name, entry in first.items()]
    found = [_table("Headline numbers", named)] if named else []
    alone = "Also measured"  # last, with the groups of one
    alone_entries = [e for name, own in groups.items() if len(own) == 1 or name == alone for e in own]
    found += [_table(name, own, strip=True) for name, own in groups.items() if len(own) > 1 and name != alone]
    return found + ([_table(alone, alone_entries)] if alone_entries else [])


def _table(heading: str, entries: Iterable[Mapping[str, Any]], *, strip: bool = False) -> Table:
    entries = list(entries)
    scale = _scale([entry for entry in entries if _placed(entry)])
    return Table(heading, tuple(_row(entry, scale, strip) for entry in entries))


def _placed(entry: Mapping[str, Any]) -> bool:
    """Whether a metric is one of the shares and correlations that share a scale."""
    return not entry.get("unit") and entry.get("better") != "lower" and abs(entry["value"]) <= 2


def _scale(entries: Iterable[Mapping[str, Any]]) -> tuple[float, float]:
    """From 0 to 1, or as far as the values and intervals go: less far than 1 where all are small, as differences are."""
    ends = [entry[mark] for entry in entries for mark in ("value", "low", "high") if entry.get(mark) is not None]
    small = bool(ends) and max(map(abs, ends)) < 0.4 and min(ends) < 0
    reach = max(map(abs, ends)) if small else 1.0
    return (-reach, reach) if small else (min([0.0, *ends]), max([1.0, *ends]))


def _row(entry: Mapping[str, Any], scale: tuple[float, float], strip: bool) -> Row:
    unit = f" {entry['unit']}" if entry.get("unit") else ""
    low, high = entry.get("low"), entry.get("high")
    words = [word for word in ("chance", "floor", "ceiling") if entry.get(word) is not None]
    cells = (
        f"{digits(entry['value'])}{unit}",
        f"{digits(low)} to {digits(high)}" if low is not None and high is not None else "",
        "; ".join(filter(None, [", ".join(f"{word} {digits(entry[word])}" for word in words), _each(entry)])),
        _verdict(entry["value"], entry.get("goal")),
        str(entry.get("n", "")),
        str(entry.get("seeds", "")),
    )
    title = (
        entry["title"].partition(":")[2].strip()
        if strip and not entry["title"].startswith("claim ")
        else entry["title"]
    )
    left, right = scale
    marks = ("value", "low", "high", "chance", "floor", "ceiling")
    place = {
        mark: round(100 * (min(max(entry[mark], left), right) - left) / (right - left), 1)
        for mark in marks
        if entry.get(mark) is not None
    }
    return Row(_capital(title), cells, place if _placed(entry) else {})


def _each(entry: Mapping[str, Any]) -> str:
    """The value of each seed, where they are known."""
    return f"seeds {', '.join(digits(value) for value in entry['values'])}" if entry.get("values") else ""


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _verdict(value: float, goal: float | None) -> str:
    """The goal and whether it is reached; nothing where the goal is 0, which means none."""
    return f"{digits(goal)} {'✓' if value >= goal else '✗'}" if goal else ""


def digits(value: float) -> str:
    """Three decimals below ten, fewer above; whole numbers from ten on whole, small ones with a power of ten."""
    value = 0.0 if abs(value) < 1e-9 else value  # what a sum of floats leaves of nothing
    if value == 0 or 0.001 <= abs(value) < 10:
        return f"{value:.3f}"
    if abs(value) < 0.001:
        return f"{value:.1e}"
    return f"{value:.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.1f}"
