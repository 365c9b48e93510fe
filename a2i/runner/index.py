"""The first page of a report: the grid of pictures with their sounds, the key numbers, the clips that failed."""

import base64
import html
import json
from pathlib import Path
from typing import Any

from a2i.core.files import write_text
from a2i.core.paths import resolve
from a2i.data import classes
from a2i.evaluation import metrics
from a2i.runner import notebooks
from a2i.runner.page import frame
from a2i.runner.status_line import duration

SENTENCE = (
    "Ten seconds of sound go in, and a 64×64 picture of what makes it comes out: "
    "what it draws, how often it is right, and why it fails."
)
PLAIN_PLAYER = "nodownload noplaybackrate"
TYPES = {"png": "image/png", "ogg": "audio/ogg"}


def write_index(run: Path, *, stopped: str = "") -> Path:
    """Writes index.html of the folder `run` from what lies there; `stopped` says why the run is not complete."""
    values = _read(run / "params.json").get("parameters", {})
    parts = [
        f"<h1>Audio2Img: {html.escape(run.name)}</h1><p>{SENTENCE}</p>",
        f'<p class="warning">Not complete: {html.escape(stopped)}.</p>' if stopped else "",
        _grid(run / "samples"),
        _facts(run, values),
        _numbers(metrics.read(run)),
        _pages(run),
        _failed(values),
    ]
    write_text(run / "index.html", frame(f"Audio2Img: {run.name}", "\n".join(filter(None, parts))))
    return run / "index.html"


def _read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def _embedded(path: Path) -> str:
    return f"data:{TYPES[path.suffix[1:]]};base64,{base64.b64encode(path.read_bytes()).decode()}"


def _grid(samples: Path) -> str:
    """The generated pictures, a column a class, each column over the sound that it was drawn from."""
    grid = _read(samples / "grid.json")
    columns = [_column(samples, column) for column in grid.get("columns", [])]
    if not columns:
        return ""
    caption = html.escape(grid.get("caption", ""))
    return (
        f'<figure><div class="columns" style="--count:{min(len(columns), 10)}">{"".join(columns)}</div>'
        f"<figcaption>{caption}</figcaption></figure>"
    )


def _column(samples: Path, column: dict[str, str]) -> str:
    title = html.escape(column["title"])
    sound = ""
    if column.get("ogg"):
        source = _embedded(samples / column["ogg"])
        sound = (
            f'<audio controls preload="none" controlslist="{PLAIN_PLAYER}" aria-label="{title}" src="{source}"></audio>'
        )
    picture = f'<img alt="Pictures drawn from: {title}" src="{_embedded(samples / column["png"])}">'
    return f"<div><h3>{title}</h3>{picture}{sound}</div>"


def _facts(run: Path, values: dict[str, Any]) -> str:
    """What the run was: device, time, seed, versions."""
    facts = _read(run / "environment.json")
    shown = {
        "Device": facts.get("device"),
        "Cores": facts.get("cpu_count"),
        "Time": duration(facts["seconds"]) if facts.get("seconds") else None,
        "Largest process": f"{facts['peak_memory_gb']} GB" if facts.get("peak_memory_gb") else None,
        "Seed": values.get("seed"),
        "Profile": _read(run / "params.json").get("profile"),
        "Finished": (facts.get("finished") or "")[:10],
        "Python, PyTorch": ", ".join(filter(None, [facts.get("python"), facts.get("packages", {}).get("torch")])),
    }
    rows = [
        f"<div><dt>{name}</dt><dd>{html.escape(str(v))}</dd></div>" for name, v in shown.items() if v not in (None, "")
    ]
    return f'<dl class="facts">{"".join(rows)}</dl>' if rows else ""


def _numbers(metrics: dict[str, dict[str, Any]]) -> str:
    """The tables of metrics.json: those with a goal, which are the key numbers, and then the others."""
    key = {name: entry for name, entry in metrics.items() if "goal" in entry}
    others = {name: entry for name, entry in metrics.items() if name not in key}
    return _table("Key numbers", key) + _table("Also measured", others)


def _table(heading: str, metrics: dict[str, dict[str, Any]]) -> str:
    if not metrics:
        return ""
    names = ("", "Value", "95 % interval", "Beside it", "Goal", "n", "Seeds")
    shown = [name for name in names if name != "Goal" or any("goal" in entry for entry in metrics.values())]
    head = "".join(f"<th>{name}</th>" for name in shown)
    rows = "".join(_number(name, entry, "Goal" in shown) for name, entry in metrics.items())
    return f"<h2>{heading}</h2><table><tr>{head}</tr>{rows}</table>"


def _number(name: str, entry: dict[str, Any], with_goal: bool) -> str:
    unit = f" {entry['unit']}" if entry.get("unit") else ""
    low, high, goal = entry.get("low"), entry.get("high"), entry.get("goal")
    beside = [
        f"{word} {_digits(entry[word])}" for word in ("chance", "floor", "ceiling") if entry.get(word) is not None
    ]
    cells = [
        f"{_digits(entry['value'])}{unit}",
        f"{_digits(low)} to {_digits(high)}" if low is not None and high is not None else "",
        ", ".join(beside),
        *([_verdict(entry["value"], goal)] if with_goal else []),
        str(entry.get("n", "")),
        str(entry.get("seeds", "")),
    ]
    numbers = "".join(f'<td class="number">{html.escape(cell)}</td>' for cell in cells)
    title = entry.get("title") or name
    return f"<tr><td>{html.escape(title[0].upper() + title[1:])}</td>{numbers}</tr>"


def _verdict(value: float, goal: float | None) -> str:
    """The goal and whether it is reached; nothing where the goal is 0, which means none."""
    return f"{_digits(goal)} {'✓' if value >= goal else '✗'}" if goal else ""


def _digits(value: float) -> str:
    """Three decimals below ten, fewer above; whole numbers from ten on whole, small ones with a power of ten."""
    value = 0.0 if abs(value) < 1e-9 else value  # what a sum of floats leaves of nothing
    if value == 0 or 0.001 <= abs(value) < 10:
        return f"{value:.3f}"
    if abs(value) < 0.001:
        return f"{value:.1e}"
    return f"{value:.0f}" if abs(value) >= 1000 or value == int(value) else f"{value:.1f}"


def _pages(run: Path) -> str:
    """Links to the notebooks' pages, with their titles and times."""
    done = _read(run / "run.json").get("notebooks", {})
    rows = []
    for name, entry in done.items():
        title = html.escape(notebooks.title(run / "notebooks" / f"{name}.ipynb"))
        rows.append(
            f'<tr><td><a href="html/{name}.html">{title}</a></td><td class="number">{duration(entry["seconds"])}</td>'
            f'<td><a href="notebooks/{name}.ipynb">notebook</a></td></tr>'
        )
    return f"<h2>How it came about</h2><table>{''.join(rows)}</table>" if rows else ""


def _failed(values: dict[str, Any]) -> str:
    """Every clip that could not be used, by reason."""
    path = resolve(values["data"]) / "clips.parquet" if values.get("data") else None
    if path is None or not path.is_file():
        return ""
    import pandas as pd

    clips = pd.read_parquet(path, columns=["clip_id", "label", "split", "status"])
    bad = clips[clips.status != "ok"]
    if bad.empty:
        return f"<h2>Clips</h2><p>All {len(clips)} clips were usable.</p>"
    groups = bad.groupby("status", sort=False)
    listed = "".join(
        _reason(str(reason), groups.get_group(reason)) for reason in groups.size().sort_values(ascending=False).index
    )
    return f"<h2>Clips that could not be used</h2><p>{len(bad)} of {len(clips)}, by reason:</p>{listed}"


def _reason(reason: str, clips: Any) -> str:
    rows = "".join(
        f"<tr><td><code>{html.escape(clip.clip_id)}</code></td><td>{html.escape(classes.title(clip.label))}</td>"
        f"<td>{html.escape(clip.split)}</td></tr>"
        for clip in clips.sort_values(["label", "clip_id"]).itertuples()
    )
    return f"<details><summary>{html.escape(reason)}: {len(clips)}</summary><table>{rows}</table></details>"
