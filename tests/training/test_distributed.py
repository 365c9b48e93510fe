"""Two processes that share a batch compute what one process does with the whole of it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from a2i.training import checkpoint, distributed, recipes

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
for number in (1, 2):
    work.step(number)
work.settle()
if distributed.rank() == 0:
    checkpoint.save(sys.argv[1], {**work.networks, "ema": work.ema}, terms=terms)
    assert distributed.world() == int(sys.argv[3]), distributed.world()
"""


def trained(path: Path, recipe: str, processes: int) -> tuple[dict[str, torch.Tensor], dict[str, float]]:
    """Weights after three steps in so many processes, and the terms of the first."""
    script = path.with_suffix(".py")
    script.write_text(SCRIPT)
    launcher = [sys.executable, "-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={processes}"]
    command = (launcher if processes > 1 else [sys.executable]) + [str(script), str(path), recipe, str(processes)]
    environment = os.environ | {"PYTHONPATH": f"{ROOT}:{ROOT / 'tests'}:{Path(__file__).parent}", "OMP_NUM_THREADS": "1"}
    subprocess.run(command, check=True, env=environment, cwd=ROOT, timeout=300)
    tensors, header = checkpoint.read(path)
    return tensors, header["meta"]["terms"]


@pytest.mark.parametrize("recipe", ["stackgan", "projected"])
def test_two_processes_end_in_the_weights_of_one_with_the_whole_batch(recipe, tmp_path):
    one, one_terms = trained(tmp_path / "one.safetensors", recipe, 1)
    two, two_terms = trained(tmp_path / "two.safetensors", recipe, 2)
    # The generator is judged by a discriminator that has taken a step, in which see below.
    assert two_terms == pytest.approx(one_terms, rel=1e-2, abs=1e-4)
    assert one.keys() == two.keys()
    start = recipes.settings(recipe).rate
    for name, tensor in one.items():
        # Adam's first steps have the size of the rate whatever the gradient's: rounding may turn the sign of a tiny one.
        far = (two[name] - tensor).abs() > 1e-4 * tensor.abs() + 0.1 * start
        assert far.float().mean() < 0.02, name


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
