"""Checkpoints give back exactly what was saved, or a clear error."""

import pytest
import torch

from a2i.core.errors import A2IError
from a2i.training import checkpoint


def trained():
    torch.manual_seed(0)
    model = torch.nn.Linear(3, 2)
    optimiser = torch.optim.Adam(model.parameters(), 0.1)
    model(torch.ones(4, 3)).sum().backward()
    optimiser.step()
    return model, optimiser


def test_model_and_optimiser_come_back_to_the_last_bit(tmp_path):
    model, optimiser = trained()
    checkpoint.save(tmp_path / "c.safetensors", {"model": model, "adam": optimiser}, step=7)
    other = torch.nn.Linear(3, 2)
    other_optimiser = torch.optim.Adam(other.parameters(), 0.5)
    meta = checkpoint.load(tmp_path / "c.safetensors", {"model": other, "adam": other_optimiser})
    assert meta == {"step": 7}
    assert torch.equal(other.weight, model.weight)
    assert other_optimiser.param_groups[0]["lr"] == 0.1
    assert torch.equal(other_optimiser.state[other.weight]["exp_avg"], optimiser.state[model.weight]["exp_avg"])


def test_missing_checkpoint_says_what_to_do(tmp_path):
    with pytest.raises(A2IError, match="a2i train first"):
        checkpoint.read(tmp_path / "none.safetensors")


def test_damaged_checkpoint_is_named(tmp_path):
    path = tmp_path / "c.safetensors"
    checkpoint.save(path, {"model": trained()[0]})
    path.write_bytes(path.read_bytes()[:40])
    with pytest.raises(A2IError, match="not a readable checkpoint"):
        checkpoint.read(path)


def test_network_of_another_build_is_told(tmp_path):
    checkpoint.save(tmp_path / "c.safetensors", {"model": torch.nn.Linear(3, 2)})
    for other in (torch.nn.Linear(3, 4), torch.nn.Sequential(torch.nn.Linear(3, 2))):
        with pytest.raises(A2IError, match="another version of Audio2Img: train it again"):
            checkpoint.load(tmp_path / "c.safetensors", {"model": other})
