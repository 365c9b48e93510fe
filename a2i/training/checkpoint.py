"""Checkpoints as safetensors files: networks, optimisers and the step, written whole or not at all.

No state of a random generator is kept: training draws the randomness of each step from (seed, step), so work that is
taken up again continues as if it had never stopped.
"""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file

from a2i.core import files
from a2i.core.errors import A2IError


def save(path: Path | str, parts: Mapping[str, Any], **meta: Any) -> None:
    """Saves `parts` (modules, optimisers or dicts of tensors, by name); `meta` is anything that JSON takes."""
    tensors: dict[str, torch.Tensor] = {}
    header = {"meta": meta, "optimisers": {}}
    for name, part in parts.items():
        if isinstance(part, torch.optim.Optimizer):
            state = part.state_dict()
            header["optimisers"][name] = [_plain(group) for group in state["param_groups"]]
            for index, values in state["state"].items():
                tensors |= {f"{name}/{index}/{key}": value for key, value in values.items()}
        else:
            values = part.state_dict() if isinstance(part, torch.nn.Module) else part
            tensors |= {f"{name}/{key}": value for key, value in values.items()}
    flat = {key: value.detach().cpu().contiguous().clone() for key, value in tensors.items()}
    with files.replacing(path) as temporary:
        save_file(flat, temporary, {"a2i": json.dumps(header)})


def read(path: Path | str) -> tuple[dict[str, torch.Tensor], dict[str, Any]]:
    """All tensors of a checkpoint, on the CPU, by `part/name`, and its header. Raises A2IError where it cannot be read."""
    try:
        with safe_open(path, "pt") as file:
            header = json.loads((file.metadata() or {})["a2i"])
            return {key: file.get_tensor(key) for key in file.keys()}, header  # noqa: SIM118 (no mapping)
    except FileNotFoundError as error:
        raise A2IError(f"{path} is not there: run notebook 03 (encoder), 04 (generator) or a2i train first") from error
    except (SafetensorError, OSError, KeyError, ValueError) as error:
        raise A2IError(f"{path} is not a readable checkpoint ({error}): delete it and train again") from error


def load(path: Path | str, parts: Mapping[str, Any]) -> dict[str, Any]:
    """Loads what `save` wrote into `parts` and returns its `meta`. Raises A2IError where a network is built otherwise now."""
    tensors, header = read(path)
    for name, part in parts.items():
        own = {key.removeprefix(f"{name}/"): value for key, value in tensors.items() if key.startswith(f"{name}/")}
        if isinstance(part, torch.optim.Optimizer):
            state: dict[int, dict[str, torch.Tensor]] = {}
            for key, value in own.items():
                index, field = key.split("/")
                state.setdefault(int(index), {})[field] = value
            rates = [group["lr"] for group in part.param_groups]
            part.load_state_dict({"state": state, "param_groups": header["optimisers"][name]})
            _lay_out_as_parameters(part)
            for group, rate in zip(part.param_groups, rates, strict=True):
                if isinstance(rate, torch.Tensor):
                    group["lr"] = rate.fill_(group["lr"])
        elif isinstance(part, torch.nn.Module):
            try:
                part.load_state_dict(own)
            except RuntimeError as error:  # its layers have other names or shapes
                raise A2IError(f"{path} holds a network of another version of Audio2Img: train it again") from error
        else:
            part.update(own)
    return header["meta"]


def _plain(group: Mapping[str, Any]) -> dict[str, Any]:
    """An optimiser's group as JSON takes it."""
    return {key: value.item() if isinstance(value, torch.Tensor) else value for key, value in group.items()}


def _lay_out_as_parameters(optimiser: torch.optim.Optimizer) -> None:
    """Gives each moment its parameter's order in memory, which fused optimisers take for granted."""
    for parameter, state in optimiser.state.items():
        for key, value in state.items():
            if value.shape == parameter.shape:
                state[key] = torch.empty_like(parameter, requires_grad=False).copy_(value)
