"""The folder of a small run that has come to its end, and what its pages load from elsewhere."""

import base64
import io
import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
from nbformat import v4
from PIL import Image
from toy_notebooks import write

from a2i.evaluation import metrics


def png() -> str:
    """A picture of one pixel, as base64."""
    file = io.BytesIO()
    Image.fromarray(np.zeros((1, 1, 3), np.uint8)).save(file, "png")
    return base64.b64encode(file.getvalue()).decode()


def make(root: Path, name: str = "toy", shift: float = 0.0) -> Path:
    """The run `name` below `root`: a grid of two columns, numbers that `shift` moves, two clips' verdicts, a notebook with
    one figure for the report and one that is not."""
    folder = root / "reports" / name
    samples = folder / "samples"
    samples.mkdir(parents=True)
    for label in ("cat", "ocean"):
        Image.fromarray(np.zeros((128, 64, 3), np.uint8)).save(samples / f"{label}.png")
    (samples / "cat.ogg").write_bytes(b"OggS")
    columns = [
        {"name": "cat", "title": "Cat", "png": "cat.png", "ogg": "cat.ogg", "clip_id": "a_0"},
        {"name": "ocean", "title": "Ocean", "png": "ocean.png", "ogg": "", "clip_id": "b_0"},
    ]
    (samples / "grid.json").write_text(json.dumps({"columns": columns, "caption": "Drawn from <new> sounds"}))
    judged = {"low": 0.68 + shift, "high": 0.74 + shift, "goal": 0.8, "ceiling": 0.96}
    metrics.record(folder, "generated_accuracy", 0.71234 + shift, n=1000, title="judge: drawn", **judged)
    metrics.record(folder, "free", 0.5, n=10, title="free", goal=0.0)
    metrics.record(folder, "rate", 1234.0, n=3, title="Rate", unit="pictures/s", seeds=2)
    clips = {
        "clip_id": ["a_0", "b_0"],
        "label": ["cat", "ocean"],
        "accuracy": [0.2 + shift, 1.0],
        "cause": ["sound", "none"],
    }
    pd.DataFrame(clips).to_csv(folder / "clips.csv", index=False)
    values = {"run": name, "data": "data/toy", "seed": 7}
    (folder / "params.json").write_text(json.dumps({"profile": "mini", "parameters": values}))
    (folder / "environment.json").write_text(json.dumps({"device": "A <fast> one", "seconds": 432, "cpu_count": 2}))
    notebook(write(folder / "notebooks" / "01_first.ipynb"))
    (folder / "run.json").write_text(json.dumps({"notebooks": {"01_first": {"seconds": 61.4}}}))
    return folder


def notebook(path: Path) -> None:
    """Writes an executed notebook to `path`: one figure is tagged for the report, the other is not."""
    outputs = [v4.new_output("display_data", {"image/png": png(), "text/plain": "<Figure size 640x480 with 1 Axes>"})]
    book = v4.new_notebook()
    book.cells = [
        v4.new_markdown_cell("# 01 A first look\n\n**What is there\nto see?**"),
        v4.new_code_cell("shown", execution_count=1, outputs=outputs, metadata={"tags": ["report"]}),
        v4.new_markdown_cell("*Dots by `class`; **higher** is better.* And more:\n\nText."),
        v4.new_code_cell("not_shown", execution_count=2, outputs=outputs),
        v4.new_markdown_cell("*Left out.*"),
    ]
    path.write_text(json.dumps(book))


def outside(html: str) -> list[str]:
    """All that a page loads or links to and that does not lie beside it."""
    found = re.findall(r"""(?:src|href|poster|data)=["']?([^"' >]+)|url\(([^)]+)\)|@import\s+["']([^"']+)""", html)
    targets = ["".join(groups) for groups in found]
    return [target for target in targets if re.match(r"(\w+:)?//", target) or target.startswith(("http", "file:"))]
