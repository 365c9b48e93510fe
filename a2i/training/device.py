"""Where the arithmetic runs: chosen in one place, with the reason kept to print."""

from dataclasses import dataclass

import torch


@dataclass(frozen=True)
class Device:
    """A torch device and why it was chosen."""

    name: str
    reason: str

    @property
    def target(self) -> torch.device:
        """The device as torch wants it."""
        return torch.device(self.name)

    @property
    def is_cuda(self) -> bool:
        """Whether it is a CUDA device."""
        return self.name.startswith("cuda")

    def autocast(self, *, cached: bool = False) -> torch.autocast:
        """bfloat16 on CUDA; float32 on the CPU, where bfloat16 can be a hundred times slower.

        cached: weights used several times inside are cast once, and the gradients of their uses add up in bfloat16. Not inside
        another autocast, whose cache would outlive it: what a CUDA graph captures must not hang on to weights cast before.
        """
        return torch.autocast(self.target.type, dtype=torch.bfloat16, enabled=self.is_cuda, cache_enabled=cached)


def choose(name: str = "auto") -> Device:
    """`auto` takes CUDA where there is one; any other name is taken as it stands."""
    if name != "auto":
        return Device(name, "asked for")
    if torch.cuda.is_available():
        return Device("cuda", f"CUDA is available: {torch.cuda.get_device_name()}")
    return Device("cpu", "no CUDA device was found")
