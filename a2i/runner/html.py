"""The pages of a report, which need nothing but themselves: its first page, and an executed notebook as a page."""

import base64
import json
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader

from a2i.core.files import write_text
from a2i.core.paths import resolve
from a2i.data import classes
from a2i.evaluation import metrics
from a2i.runner import notebooks
from a2i.runner.status_line import duration

TYPES = {".png": "image/png", ".ogg": "audio/ogg"}


def write_index(run: Path, *, stopped: str = "") -> Path:
    """Writes index.html of the folder `run` from what lies there; `stopped` says why the run is not complete."""
    values = _read(run / "params.json").get("parameters", {})
    clips, failed = _failed(values)
    text = _render(
        "index.html",
        title=f"Audio2Img: {run.name}",
        stopped=stopped,
        grid=_grid(run / "samples"),
        facts=_facts(run, values),
        numbers=_numbers(metrics.read(run)),
        notebooks=_notebooks(run),
        clips=clips,
        failed=failed,
    )
    write_text(run / "index.html", text)
    return run / "index.html"


def write_notebook(notebook: Path, target: Path, names: Sequence[str]) -> None:
    """Writes the executed `notebook` as the page `target`; `names` are all notebooks of the run, for the bar."""
    from nbconvert import HTMLExporter
    from pygments.formatters import HtmlFormatter

    body, _ = HTMLExporter(template_name="basic", embed_images=True).from_filename(str(notebook))
    links = [("Report", "../index.html")] + [(name, "" if name == target.stem else f"{name}.html") for name in names]
    colours = HtmlFormatter(style="friendly", nobackground=True).get_style_defs(".highlight")
    write_text(target, _render("page.html", title=target.stem, body=body, links=links, colours=colours))


def _render(template: str, **content: Any) -> str:
    return _templates().get_template(template).render(content)


@cache
def _templates() -> Environment:
    """The templates beside this module; what they are given is escaped unless they call it safe."""
    found = Environment(loader=PackageLoader("a2i.runner"), autoescape=True, trim_blocks=True, lstrip_blocks=True)
    found.filters |= {"embedded": _embedded, "duration": duration, "title_of": classes.title}
    return found


def _embedded(path: Path) -> str:
    return f"data:{TYPES[path.suffix]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _grid(samples: Path) -> dict[str, Any]:
    """The generated pictures, a column a class, each with the sound that it was drawn from, as paths."""
    grid = _read(samples / "grid.json")
    files = ("png", "ogg")
    columns = [
        column | {name: samples / column[name] for name in files if column.get(name)} for column in grid.get("columns", [])
    ]
    return grid | {"columns": columns}


def _facts(run: Path, values: dict[str, Any]) -> dict[str, Any]:
    """What the run was: device, time, seed, versions; what is known of them."""
    facts = _read(run / "environment.json")
    known = {
        "Device": facts.get("device"),
        "Cores": facts.get("cpu_count"),
        "Time": duration(facts["seconds"]) if facts.get("seconds") else None,
        "Largest process": f"{facts['peak_memory_gb']} GB" if facts.get("peak_memory_gb") else None,
        "Seed": values.get("seed"),
        "Profile": _read(run / "params.json").get("profile"),
        "Finished": (facts.get("finished") or "")[:10],
        "Python, PyTorch": ", ".join(filter(None, [facts.get("python"), facts.get("packages", {}).get("torch")])),
    }
    return {name: value for name, value in known.items() if value not in (None, "")}


def _numbers(measured: dict[str, dict[str, Any]]) -> list[tuple[str, list[dict[str, Any]]]]:
    """The tables of metrics.json with their headings: those with a goal, which are the key numbers, then the others."""
    key = [_number(name, entry) for name, entry in measured.items() if "goal" in entry]
    others = [_number(name, entry) for name, entry in measured.items() if "goal" not in entry]
    return [(heading, rows) for heading, rows in (("Key numbers", key), ("Also measured", others)) if rows]


def _number(name: str, entry: dict[str, Any]) -> dict[str, Any]:
    """A row of such a table: its title, its cells by the names of their columns."""
    unit = f" {entry['unit']}" if entry.get("unit") else ""
    low, high = entry.get("low"), entry.get("high")
    words = [word for word in ("chance", "floor", "ceiling") if entry.get(word) is not None]
    cells = {
        "Value": f"{digits(entry['value'])}{unit}",
        "95 % interval": f"{digits(low)} to {digits(high)}" if low is not None and high is not None else "",
        "Beside it": ", ".join(f"{word} {digits(entry[word])}" for word in words),
        **({"Goal": _verdict(entry["value"], entry["goal"])} if "goal" in entry else {}),
        "n": entry.get("n", ""),
        "Seeds": entry.get("seeds", ""),
    }
    title = entry.get("title") or name
    return {"title": title[0].upper() + title[1:], "cells": cells}


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


def _notebooks(run: Path) -> list[dict[str, Any]]:
    """The notebooks that are done, with their titles and times, s."""
    done = _read(run / "run.json").get("notebooks", {})
    return [
        {"name": name, "title": notebooks.title(run / "notebooks" / f"{name}.ipynb"), "seconds": entry["seconds"]}
        for name, entry in done.items()
    ]


def _failed(values: dict[str, Any]) -> tuple[int, dict[str, list[Any]]]:
    """How many clips the store lists, and those that could not be used by reason, the commonest first."""
    path = resolve(values["data"]) / "clips.parquet" if values.get("data") else None
    if path is None or not path.is_file():
        return 0, {}
    import pandas as pd

    clips = pd.read_parquet(path, columns=["clip_id", "label", "split", "status"])
    bad = clips[clips["status"] != "ok"].sort_values(["label", "clip_id"])
    counts = bad["status"].value_counts()
    return len(clips), {str(reason): list(bad[bad["status"] == reason].itertuples()) for reason in counts.index}
