"""The first page of a report, written as an article: findings, numbers, figures, and how it came about."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from a2i.core.files import write_text
from a2i.core.paths import resolve
from a2i.evaluation import metrics
from a2i.runner import figures, html
from a2i.runner.findings import findings
from a2i.runner.numbers import COLUMNS, controls, tables
from a2i.runner.status_line import duration

if TYPE_CHECKING:
    import pandas as pd


def write_index(run: Path, *, stopped: str = "") -> Path:
    """Writes index.html of the folder `run` from what lies there; `stopped` says why the run is not complete."""
    set_up = read(run / "params.json")
    values, measured = set_up.get("parameters", {}), metrics.read(run)
    done = read(run / "run.json").get("notebooks", {})
    clips = _clips(values)
    text = html.render(
        "index.html",
        title=f"Audio2Img: {run.name}",
        stopped=stopped,
        remark=set_up.get("remark", ""),
        runs=set_up.get("runs", []),
        facts=_facts(run, set_up, clips),
        findings=findings(measured, _table(run / "clips.csv")),
        grid=grid(run),
        tables=tables(measured),
        controls=controls(measured),
        columns=COLUMNS,
        sections=[figures.section(run / "notebooks" / f"{name}.ipynb") for name in done],
        seconds={name: entry["seconds"] for name, entry in done.items()},
        parameters=values,
        clips=0 if clips is None else len(clips),
        failed={} if clips is None else _failed(clips),
    )
    write_text(run / "index.html", text)
    return run / "index.html"


def read(path: Path) -> dict[str, Any]:
    """What a JSON file holds, nothing where there is none."""
    return json.loads(path.read_text(encoding="utf-8")) if path.is_file() else {}


def grid(run: Path) -> dict[str, Any]:
    """The generated pictures of a run, a column a class, each with the sound that it was drawn from, as paths."""
    samples = run / "samples"
    found = read(samples / "grid.json")
    columns = [
        column | {name: samples / column[name] for name in ("png", "ogg") if column.get(name)}
        for column in found.get("columns", [])
    ]
    return found | {"columns": columns}


def _facts(run: Path, set_up: dict[str, Any], clips: "pd.DataFrame | None") -> dict[str, Any]:
    """What the run was: clips, device, time, seed, versions; what is known of them."""
    facts = read(run / "environment.json")
    known = {
        "Clips to learn from, to evaluate": _counts(clips),
        "Profile": set_up.get("profile"),
        "Seed": set_up.get("parameters", {}).get("seed"),
        "Device": facts.get("device"),
        "Cores": facts.get("cpu_count"),
        "Time": duration(facts["seconds"]) if facts.get("seconds") else None,
        "Largest process": f"{facts['peak_memory_gb']} GB" if facts.get("peak_memory_gb") else None,
        "Finished": (facts.get("finished") or "")[:10],
        "Python, PyTorch": ", ".join(filter(None, [facts.get("python"), facts.get("packages", {}).get("torch")])),
    }
    return {name: value for name, value in known.items() if value not in (None, "")}


def _table(path: Path) -> "pd.DataFrame | None":
    import pandas as pd

    return pd.read_csv(path) if path.is_file() else None


def _clips(values: dict[str, Any]) -> "pd.DataFrame | None":
    """The clips of the run's store, the unusable ones too, None where there is no store."""
    path = resolve(values["data"]) / "clips.parquet" if values.get("data") else None
    if path is None or not path.is_file():
        return None
    import pandas as pd

    return pd.read_parquet(path, columns=["clip_id", "label", "split", "status"])


def _counts(clips: "pd.DataFrame | None") -> str:
    """How many clips are usable, by split."""
    if clips is None:
        return ""
    counts = clips.loc[clips["status"] == "ok", "split"].value_counts()
    return f"{counts.get('train', 0)}, {counts.get('eval', 0)}"


def _failed(clips: "pd.DataFrame") -> dict[str, list[Any]]:
    """The clips that could not be used by reason, the commonest first."""
    bad = clips[clips["status"] != "ok"].sort_values(["label", "clip_id"])
    reasons = bad["status"].value_counts().index
    return {str(reason): list(bad[bad["status"] == reason].itertuples()) for reason in reasons}
