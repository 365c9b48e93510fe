"""Two processes that share a batch compute what one process does with the whole of it."""

import os
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import torch

from a2i.training import checkpoint, distributed, loop

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
SCRIPT = """
import sys
import torch
torch.set_num_threads(1)
from a2i.training import checkpoint, distributed, recipes
from a2i.training.device import choose
from test_gan import small, toy
distributed.join()
work = recipes.trainer(toy(), small(sys.argv[2]), choose("cpu"))
terms = {k: float(v) for k, v in work.step(0).items()}
if distributed.rank() == 0:
    checkpoint.save(sys.argv[1], work.parts, terms=terms)
    assert distributed.world() == int(sys.argv[3]), distributed.world()
"""

PASSES = """
import sys
import torch
torch.set_num_threads(1)
from pathlib import Path
from a2i.training import distributed, encoder
from a2i.training.device import choose
from toy_store import ToyStore
distributed.join()
settings = encoder.EncoderSettings(width=4, embedding=8, epochs=3, batch=8, auxiliary=0.5, ema=0.9, held_out=0.3)
encoder.train(ToyStore(), Path(sys.argv[1]), settings, choose("cpu"))
"""


def launched(script: Path, processes: int, *arguments: str) -> None:
    """Runs a script in so many processes."""
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command = (launcher if processes > 1 else [sys.executable]) + [str(script), *arguments]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}:{Path(__file__).parent}", "OMP_NUM_THREADS": "1"}
    subprocess.run(command, check=True, env=environment, cwd=ROOT, timeout=300)


def trained(path: Path, recipe: str, processes: int) -> tuple[dict[str, torch.Tensor], dict[str, float]]:
    """What a checkpoint holds after one step in so many processes, and the step's terms."""
    script = path.with_suffix(".py")
    script.write_text(SCRIPT)
    launched(script, processes, str(path), recipe, str(processes))
    tensors, header = checkpoint.read(path)
    return tensors, header["meta"]["terms"]


@pytest.mark.parametrize("recipe", ["stackgan", "projected"])
def test_two_processes_make_the_step_of_one_with_the_whole_batch(recipe, tmp_path):
    one, one_terms = trained(tmp_path / "one.safetensors", recipe, 1)
    two, two_terms = trained(tmp_path / "two.safetensors", recipe, 2)
    assert one.keys() == two.keys()
    assert difference(one, two, "d_adam/") < 1e-4
    # The generator learns from a discriminator that has just moved, by Adam's first step: each weight by the whole rate
    # whatever its gradient's size, so that rounding can turn the sign of those that hardly matter.
    assert difference(one, two, "g_adam/") < 2e-2
    assert two_terms == pytest.approx(one_terms, rel=1e-2, abs=1e-4)
    for name in (name for name in one if name.startswith("generator/") and "running" in name):
        torch.testing.assert_close(two[name], one[name], rtol=1e-4, atol=1e-5)


def test_two_processes_have_the_loss_curve_of_the_encoder_in_one(tmp_path):
    script = tmp_path / "passes.py"
    script.write_text(PASSES)
    for processes in (1, 2):
        launched(script, processes, str(tmp_path / str(processes)))
    one, two = (pd.read_csv(tmp_path / str(processes) / loop.LOSSES) for processes in (1, 2))
    assert list(one) == ["step", "loss", "classes", "numbers", "rate", "held_out"]
    assert len(one) == 3
    pd.testing.assert_frame_equal(one, two, rtol=1e-3)


def difference(one: dict[str, torch.Tensor], two: dict[str, torch.Tensor], part: str) -> float:
    """Of the gradients that an optimiser saw (its first moment after one step), against their size: the median over the
    weights, since a logit that rounding lifts over the hinge changes those of its head."""
    names = [name for name in one if name.startswith(part) and name.endswith("exp_avg")]
    return float(torch.stack([(one[n] - two[n]).norm() / one[n].norm().clamp_min(1e-12) for n in names]).median())


def test_synchronised_batch_norm_is_batch_norm_in_a_group_of_one(tmp_path):
    torch.distributed.init_process_group("gloo", init_method=f"file://{tmp_path / 'group'}", rank=0, world_size=1)
    try:
        torch.manual_seed(0)
        norm, x = torch.nn.BatchNorm2d(4), torch.randn(6, 4, 5, 5)
        torch.nn.init.normal_(norm.weight)
        synced = distributed.SyncedBatchNorm(4)
        synced.load_state_dict(norm.state_dict())
        torch.testing.assert_close(synced(x), norm(x), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(synced.running_var, norm.running_var)
        torch.testing.assert_close(synced.eval()(x), norm.eval()(x))
    finally:
        torch.distributed.destroy_process_group()


def test_one_process_alone_has_the_whole_batch():
    batch = torch.arange(6)
    assert distributed.world() == 1
    assert torch.equal(distributed.own_part(batch), batch)
    assert torch.equal(distributed.of_all(batch), batch)
