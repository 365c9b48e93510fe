"""KID while a generator trains: how far what it draws is from real evaluation frames, for the log of the losses.

On a GPU in the features of EfficientNet-Lite2, which no discriminator sees. A CPU takes minutes for those; there it is
random convolutions, which are told nothing and cost nothing, and in which distances of pictures still have a meaning
(Naeem et al. 2020). Their unit is their own: read the course, and the floor beside it.
"""

from functools import cached_property

import numpy as np
import torch
from torch import nn
from torch.nn import functional as F

from a2i.core.errors import A2IError
from a2i.data.store import Store
from a2i.evaluation import views
from a2i.training.device import Device, choose
from a2i.training.loop import Row

FRAMES = 500  # real ones of each split that are looked at, at most, evenly spread
LEAST = 10  # pictures of either kind, for a distance


class RandomView(nn.Module):
    """uint8 pictures (n, 3, 64, 64) -> features (n, 480) of random convolutions: means and deviations of four depths' maps."""

    WIDTHS = (16, 32, 64, 128)

    def __init__(self, seed: int = 0):
        super().__init__()
        self.num_features = 2 * sum(self.WIDTHS)
        generator = torch.Generator().manual_seed(seed)
        for i, (inputs, outputs) in enumerate(zip((3, *self.WIDTHS), self.WIDTHS)):
            kernel = torch.randn(outputs, inputs, 4, 4, generator=generator)
            self.register_parameter(f"kernel{i}", nn.Parameter(kernel / (8 * inputs) ** 0.5, requires_grad=False))

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        x, found = pictures.float() / 127.5 - 1, []
        for kernel in self.parameters():
            x = F.relu(F.conv2d(x, kernel, stride=2, padding=1))
            found += [x.mean((2, 3)), x.std((2, 3))]
        return torch.cat(found, 1)


class Kid:
    """Called with pictures, uint8 (n, 64, 64, 3), gives their KID against the store's evaluation frames as a row of the log."""

    def __init__(self, store: Store, device: Device | None = None):
        self.store, self.device = store, device or choose()

    @cached_property
    def view(self) -> nn.Module:
        """What the pictures are seen with."""
        try:
            view = views.ImageNetView() if self.device.is_cuda else RandomView()
        except A2IError:
            view = RandomView()
        return view.eval().to(self.device.target)

    @cached_property
    def real(self) -> torch.Tensor:
        """The features of real evaluation frames."""
        return self._seen(self._frames("eval"))

    @property
    def floor(self) -> float:
        """The KID of real training frames; NaN where there are too few."""
        return self(self._frames("train")).get("kid", np.nan)

    def _frames(self, split: str) -> np.ndarray:
        """Frames of a split, uint8 (n, 64, 64, 3), one a clip."""
        rows, _ = self.store.split_rows(split, sound=False)
        return self.store.frames(rows[:: max(len(rows) // FRAMES, 1)])[:, 0]

    def _seen(self, pictures: np.ndarray) -> torch.Tensor:
        """Features, float64 (n, d)."""
        return torch.from_numpy(views.see(self.view, pictures)).double() if len(pictures) >= LEAST else torch.empty(0, 1)

    def __call__(self, pictures: np.ndarray) -> Row:
        drawn = self._seen(pictures)
        return {"kid": round(_kid(self.real, drawn), 5)} if len(drawn) and len(self.real) else {}


def _kid(one: torch.Tensor, other: torch.Tensor) -> float:
    """The kernel distance (Binkowski et al. 2018) of features (n, d) and (m, d): cubic kernel, without bias."""
    from torchmetrics.image.kid import poly_kernel

    apart = (poly_kernel(x, x).fill_diagonal_(0).sum() / (len(x) * (len(x) - 1)) for x in (one, other))
    return float(sum(apart) - 2 * poly_kernel(one, other).mean())
