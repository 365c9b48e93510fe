"""The loop takes every step once, logs, keeps good states alone, and stops with a reason where training goes wrong."""

import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest
import torch

from a2i.core.errors import A2IError
from a2i.training import checkpoint, loop

ROOT = Path(__file__).resolve().parents[2]


class Walk:
    """A weight that walks at random, a step drawn from its number; its loss can be told to break at one."""

    def __init__(self, breaks_at: int = -1):
        self.model = torch.nn.Linear(1, 1, bias=False)
        torch.nn.init.zeros_(self.model.weight)
        self.parts = {"model": self.model}
        self.breaks_at, self.taken = breaks_at, []

    @torch.no_grad()
    def step(self, number: int) -> dict[str, torch.Tensor]:
        self.taken.append(number)
        self.model.weight += torch.randn(1, 1, generator=torch.Generator().manual_seed(number))
        loss = self.model.weight.square().sum()
        return {"loss": loss / 0 if number == self.breaks_at else loss}


def course(steps: int = 10, **more) -> loop.Course:
    return loop.Course("walk, step", steps, save_seconds=0, **more)


def test_all_steps_are_taken_in_order_and_logged(tmp_path):
    work = Walk()
    assert loop.run(work, tmp_path, "walk", course(log_every=4))
    assert work.taken == list(range(10))
    log = pd.read_csv(tmp_path / loop.LOSSES)
    assert list(log["step"]) == [4, 8, 10]
    assert log["loss"].iloc[-1] == pytest.approx(float(work.model.weight.detach().square()), abs=1e-5)


def test_stopped_work_goes_on_with_its_log_and_repeats_no_step(tmp_path):
    whole, first, second = Walk(), Walk(), Walk()
    loop.run(whole, tmp_path / "whole", "walk", course())
    assert not loop.run(first, tmp_path / "parts", "walk", course(), stop=lambda: len(first.taken) == 4)
    assert loop.run(second, tmp_path / "parts", "walk", course())
    assert first.taken + second.taken == whole.taken
    assert torch.equal(second.model.weight, whole.model.weight)
    assert (tmp_path / "parts" / loop.LOSSES).read_bytes() == (tmp_path / "whole" / loop.LOSSES).read_bytes()


def test_a_loss_that_is_no_number_stops_the_training_and_keeps_the_last_good_state(tmp_path):
    with pytest.raises(A2IError, match=r"step 7: loss is inf.*the state of step 6 is kept"):
        loop.run(Walk(breaks_at=6), tmp_path, "walk", course())
    kept = Walk()
    assert checkpoint.load(tmp_path / "partial-walk", kept.parts)["step"] == 6
    good = Walk()
    for number in range(6):
        good.step(number)
    assert torch.equal(kept.model.weight, good.model.weight)


def test_a_weight_that_is_no_number_is_never_saved_over_a_good_one(tmp_path):
    work = Walk()
    with pytest.raises(A2IError, match="a weight is not finite"):
        loop.run(work, tmp_path, "walk", course(log_every=100), stop=lambda: spoil(work))
    assert checkpoint.load(tmp_path / "partial-walk", Walk().parts)["step"] == 3


def spoil(work: Walk) -> bool:
    """Breaks the weight after the third step, unseen by any logged loss."""
    if len(work.taken) == 3:
        torch.nn.init.constant_(work.model.weight, float("nan"))
    return False


def test_a_fault_read_off_the_log_stops_the_training_with_its_words(tmp_path):
    with pytest.raises(A2IError, match="step 5: it walked too far"):
        loop.run(Walk(), tmp_path, "walk", course(fault=lambda log: "it walked too far" if len(log) == 5 else ""))


def test_watchers_add_columns_every_so_many_steps(tmp_path):
    loop.run(Walk(), tmp_path, "walk", course(log_every=5, watchers={2: lambda step: {"double": 2 * step}}))
    log = pd.read_csv(tmp_path / loop.LOSSES)
    assert list(log["step"]) == [2, 4, 5, 6, 8, 10]
    assert list(log["double"].dropna()) == [4, 8, 12, 16, 20]


def test_the_log_is_there_for_tensorboard(tmp_path):
    pytest.importorskip("tensorboard")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    loop.run(Walk(), tmp_path, "walk", course(log_every=5, watchers={10: lambda step: {"kid": 0.25}}))
    events = EventAccumulator(str(tmp_path / "events")).Reload()
    assert [event.step for event in events.Scalars("loss")] == [5, 10]
    assert [(event.step, event.value) for event in events.Scalars("kid")] == [(10, 0.25)]


def test_finished_work_leaves_no_partial_state(tmp_path):
    loop.run(Walk(), tmp_path, "walk", course())
    assert (tmp_path / "partial-walk").exists()
    loop.finish(tmp_path, "walk")
    assert not (tmp_path / "partial-walk").exists()


KILLED = """
import sys, torch
from a2i.training import checkpoint
model = torch.nn.Linear(1000, 1000)
number = 0
while True:
    torch.nn.init.constant_(model.weight, number)
    checkpoint.save(sys.argv[1], {"model": model}, step=number)
    print(number, flush=True)
    number += 1
"""


def test_a_process_killed_while_it_saves_leaves_a_whole_checkpoint(tmp_path):
    path = tmp_path / "partial.safetensors"
    for wait in (0.0, 0.003, 0.007):
        process = subprocess.Popen([sys.executable, "-c", KILLED, str(path)], stdout=subprocess.PIPE, cwd=ROOT)
        for _ in range(3):
            process.stdout.readline()
        time.sleep(wait)
        process.kill()
        process.communicate()
        model = torch.nn.Linear(1000, 1000)
        step = checkpoint.load(path, {"model": model})["step"]
        assert step >= 2
        assert (model.weight == step).all()
