"""What is to be run on other machines, or for long, runs here at toy size."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from toy_store import ToyStore

from a2i.data.pack import pack

pytestmark = pytest.mark.slow
BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


def packed(folder: Path, per_class: int) -> Path:
    pack(ToyStore(per_class).write(folder / "store"), folder / "toy.pack")
    return folder / "toy.pack"


def test_the_check_on_a_cpu_trains_measures_and_draws_a_grid(tmp_path):
    small = ["--steps", "4", "--epochs", "1", "--width", "4", "--count", "1", "--share", "1"]
    subprocess.run([sys.executable, BENCHMARKS / "cpu_check.py", packed(tmp_path, 12), "--out", tmp_path, *small], check=True)
    found = json.loads((tmp_path / "measured.json").read_text())
    assert found["n"] == found["pictures"] == 8
    assert found["drawn"]["kid"] > found["real"]["kid"]
    assert (tmp_path / "grid.png").is_file()


@pytest.mark.parametrize(("part", "more"), [("quality", []), ("quality", ["--compare"]), ("encoder", [])])
def test_the_check_on_a_gpu_runs_to_its_end_without_one(part, more, tmp_path):
    toy = packed(tmp_path, 90)  # of which a rehearsal takes a twentieth
    command = [sys.executable, BENCHMARKS / "gpu_check.py", toy, "--out", tmp_path, "--part", part, "--seconds", "40", *more]
    subprocess.run(command, check=True)
    rows = json.loads((tmp_path / f"{part}.json").read_text())["rows"]
    assert "kid_training" in rows[-1] if part == "quality" else "clips_s" in rows[-1]
