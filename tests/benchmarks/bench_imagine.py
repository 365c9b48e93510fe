"""How long one's own sound takes to become pictures: with the networks loaded, and from the command line.

The networks have the sizes of the default run and are not trained, which takes no other time.
"""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.io.wavfile
import torch

from a2i import imagine
from a2i.models.encoder import Encoder
from a2i.training import recipes
from a2i.training.device import choose

GOALS = {"loaded": 0.5, "cold": 6.0}  # s
LABELS = [f"class{i}" for i in range(10)]


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """A run's folder of the default size."""
    from dataclasses import asdict

    from a2i.training import checkpoint, encoder, gan

    folder, settings = tmp_path_factory.mktemp("run"), encoder.EncoderSettings()
    torch.manual_seed(0)
    model = Encoder(len(LABELS), settings.width, settings.embedding, settings.pooling)
    checkpoint.save(folder / "encoder" / encoder.FILE, {"model": model}, settings=asdict(settings), classes=LABELS)
    chosen = recipes.settings("modern")
    size = sum(model.parts)
    generator = recipes.RECIPES["modern"].build(size, chosen)
    checkpoint.save(folder / "gan" / gan.FILE, {"g": generator}, settings=asdict(chosen), embedding=size)
    return folder


@pytest.fixture(scope="module")
def sound(tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("sound") / "ten.wav"
    scipy.io.wavfile.write(path, 44100, np.random.default_rng(0).normal(0, 0.1, 441000).astype(np.float32))
    return path


def test_ten_seconds_of_sound_to_eight_pictures_loaded(benchmark, run, sound):
    pair = imagine.load(run)
    benchmark.pedantic(pair.imagine, (sound,), {"count": 8}, rounds=7, warmup_rounds=1)
    _tell(benchmark, "loaded", choose().name)


def test_a2i_imagine_from_cold(benchmark, run, sound, tmp_path):
    command = [sys.executable, "-m", "a2i.cli", "imagine", sound, "--run", run, "--out", tmp_path / "out.png"]
    benchmark.pedantic(subprocess.run, (command,), {"check": True, "capture_output": True}, rounds=3)
    _tell(benchmark, "cold", "a new process each")


def _tell(benchmark, goal: str, where: str) -> None:
    seconds = benchmark.stats.stats.median
    benchmark.extra_info["seconds"] = f"{seconds:.2f} (goal {GOALS[goal]:g}: {'reached' if seconds <= GOALS[goal] else 'MISSED'}), {where}"
