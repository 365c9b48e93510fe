"""Training by passes over all examples, as the encoder and the judge are trained: a step of `loop` is one pass.

Each pass draws its order and all else that is random from (seed, pass). Several processes (`distributed`) take equal
parts of each batch.
"""

from collections.abc import Mapping
from typing import Any, Protocol

import numpy as np
import torch
from torch import nn

from a2i.training import distributed
from a2i.training.device import Device
from a2i.training.graph import Captured, set_rate

Terms = dict[str, torch.Tensor]


class Settings(Protocol):
    """What the settings of a training by passes must have."""

    epochs: int
    batch: int
    learning_rate: float
    weight_decay: float
    seed: int


class Passes:
    """A network on its way; a subclass says what its loss is.

    On CUDA one that is `graphed` draws on the GPU and replays its whole update as one graph, but for a smaller last batch;
    `graph=False` runs the same update kernel by kernel, to the same result.
    """

    graphed = False  # whether `terms` reads nothing from the device and takes everything from it

    def __init__(
        self, model: nn.Module, count: int, settings: Settings, device: Device, *, graph: bool = True, **beside: nn.Module
    ):
        """count: examples. beside: modules, by name, that learn with the model and are of no use afterwards."""
        self.model = distributed.synced(model).to(device.target, memory_format=torch.channels_last)
        self.beside = {name: module.to(device.target) for name, module in beside.items()}
        self.count, self.settings, self.device = count, settings, device
        modules = (self.model, *self.beside.values())
        self.weights = [weight for module in modules for weight in module.parameters()]
        rate, quick = settings.learning_rate, {}
        if device.is_cuda:
            rate, quick = torch.tensor(rate, device=device.target), {"fused": True, "capturable": True}
        self.optimiser = torch.optim.AdamW(self.weights, rate, weight_decay=settings.weight_decay, **quick)
        # Randomness is made where it is used; what else is random, such as the order, on the CPU.
        self._random = torch.Generator(device.target) if self.graphed and device.is_cuda else None
        self._graph = graph and self._random is not None and distributed.world() == 1
        self._captured: Captured | None = None

    @property
    def parts(self) -> Mapping[str, Any]:
        """All that a checkpoint must hold."""
        return {"model": self.model, **self.beside, "optimiser": self.optimiser}

    def terms(self, pick: torch.Tensor, generator: torch.Generator) -> Terms:
        """The named terms of the loss, which is their sum, of this process's part of the batch at `pick` int64 (n,)."""
        raise NotImplementedError

    def order(self, generator: torch.Generator) -> torch.Tensor:
        """The examples of a pass, in their order, int64: each once."""
        return torch.randperm(self.count, generator=generator)

    def rate(self, done: float) -> float:
        """The learning rate after the share `done` of the training."""
        return self.settings.learning_rate * one_cycle(done)

    def step(self, number: int) -> Terms:
        """One pass; the mean loss, its terms where there are several, and the last learning rate."""
        settings, seed = self.settings, self.settings.seed * 100_003 + number
        self.model.train()
        if self._graph and self._captured is None:
            self._capture()
        torch.manual_seed(seed)  # dropout
        generator = torch.Generator().manual_seed(seed)
        batches = _batches(self.order(generator), settings.batch)
        if self._random:
            generator = self._random.manual_seed(seed)
        rows = []
        for i, pick in enumerate(batches):
            rate = self.rate((number + i / len(batches)) / settings.epochs)
            rows.append(self._update(pick, rate, generator))
        means = {name: torch.stack([row[name] for row in rows]).mean() for name in rows[0]}
        told = {"loss": sum(means.values())} | (means if len(means) > 1 else {})
        return distributed.mean_terms(told) | {"rate": torch.tensor(rate)}

    def _update(self, pick: torch.Tensor, rate: float, generator: torch.Generator) -> Terms:
        """One update of the weights; the terms of its loss."""
        set_rate(self.optimiser, rate)
        if self._captured and len(pick) == len(self._pick):
            self._pick.copy_(pick)
            return {name: value.clone() for name, value in self._captured().items()}
        return self._descend(pick, generator)

    def _capture(self) -> None:
        """Makes the graph of an update of a whole batch."""
        self._pick = torch.zeros(self.settings.batch, dtype=torch.int64, device=self.device.target)
        learning = (self.model, *self.beside.values())
        self._captured = Captured(lambda: self._descend(self._pick, self._random), self._random, learning, [self.optimiser])

    def _descend(self, pick: torch.Tensor, generator: torch.Generator) -> Terms:
        with self.device.autocast():
            terms = self.terms(pick, generator)
        self.optimiser.zero_grad(set_to_none=True)
        sum(terms.values()).backward()
        distributed.average(weight.grad for weight in self.weights if weight.grad is not None)
        self.optimiser.step()
        return {name: value.detach() for name, value in terms.items()}


def one_cycle(done: float, warm: float = 0.15) -> float:
    """Share of the peak rate after the share `done` of the training: linear up, cosine down (Smith 2018)."""
    if done < warm:
        return 0.1 + 0.9 * done / warm
    return max(0.5 * (1 + np.cos(np.pi * (done - warm) / (1 - warm))), 1e-3)


def _batches(order: torch.Tensor, size: int) -> list[torch.Tensor]:
    """The batches of a pass. Of a last one, as many as all processes take alike, and batch normalisation needs two."""
    world = distributed.world()
    whole = [batch[: len(batch) - len(batch) % world] for batch in order.split(size)]
    return [batch for batch in whole if len(batch) > max(1, world - 1)]
