"""The discriminators: pictures (batch, 3, 64, 64) in [-1, 1] and mu (batch, 128) -> logits (batch,)."""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from a2i.models.blocks import initialise, orthogonal, resize, trunk


class Discriminator(nn.Module):
    """Pictures and mu -> logits (batch,), as the paper has it: batch norm, the condition tiled and joined at 4x4."""

    def __init__(self, width: int, condition: int = 128):
        super().__init__()
        self.features = trunk(width)
        self.joint = nn.Sequential(
            nn.Conv2d(8 * width + condition, 8 * width, 3, padding=1, bias=False),
            nn.BatchNorm2d(8 * width),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(8 * width, 1, 4),
        )
        self.apply(initialise)

    def judge(self, features: torch.Tensor, mu: torch.Tensor) -> torch.Tensor:
        """Logits (batch,) of pictures whose `features` (batch, 8 width, 4, 4) are known, under the condition `mu`."""
        tiled = mu[:, :, None, None].expand(-1, -1, 4, 4)
        return self.joint(torch.cat([features, tiled], 1)).flatten()

    def forward(self, pictures: torch.Tensor, mu: torch.Tensor) -> torch.Tensor:
        return self.judge(self.features(pictures), mu)


class ProjectionDiscriminator(nn.Module):
    """The same convolutions under spectral norm (Miyato 2018) instead of batch norm, the condition by projection; with a
    `condition` of 0, of pictures alone."""

    def __init__(self, width: int, condition: int = 128):
        super().__init__()
        sizes = [3, width, 2 * width, 4 * width, 8 * width]
        layers = []
        for a, b in pairwise(sizes):
            layers += [spectral_norm(orthogonal(nn.Conv2d(a, b, 4, 2, 1))), nn.LeakyReLU(0.2, inplace=True)]
        self.features = nn.Sequential(*layers)
        self.last = nn.Sequential(
            spectral_norm(orthogonal(nn.Conv2d(8 * width, 8 * width, 3, padding=1))), nn.LeakyReLU(0.2, inplace=True)
        )
        self.linear = spectral_norm(nn.Linear(8 * width, 1))
        self.project = spectral_norm(nn.Linear(condition, 8 * width, bias=False)) if condition else None

    def judge(self, features: torch.Tensor, mu: torch.Tensor | None = None) -> torch.Tensor:
        """Logits (batch,) as in `Discriminator.judge`."""
        pooled = self.last(features).sum((2, 3))
        logits = self.linear(pooled).flatten()
        return logits if self.project is None else logits + (self.project(mu) * pooled).sum(1)

    def forward(self, pictures: torch.Tensor, mu: torch.Tensor | None = None) -> torch.Tensor:
        return self.judge(self.features(pictures), mu)


class FeatureDiscriminator(nn.Module):
    """Small heads on frozen features at several scales, after Projected GAN (Sauer et al. 2021), and one on pixels.

    The features are mixed at random across channels and scales, so that no head can live on a few of them. The condition
    comes by projection. The frozen network sees no fine texture; what it leaves to the eye the head on pixels judges.
    channels: of the features, from fine to coarse, each at half the resolution of the one before.
    pixels: width of the head on pixels; 0: none.
    """

    WIDTHS = (64, 64, 128, 256)  # of the mixed features
    WIDTH = 256  # of what the heads see before the condition

    def __init__(self, channels: Sequence[int], condition: int = 128, pixels: int = 64):
        super().__init__()
        widths = self.WIDTHS
        self.across = nn.ModuleList(_random(nn.Conv2d(a, b, 1)) for a, b in zip(channels, widths, strict=True))
        self.down = nn.ModuleList(_random(nn.Conv2d(b, a, 3, padding=1)) for a, b in pairwise(widths))
        self.heads = nn.ModuleList(_head(width, 3 - i, self.WIDTH) for i, width in enumerate(widths))
        self.linear = nn.ModuleList(spectral_norm(nn.Conv2d(self.WIDTH, 1, 1)) for _ in widths)
        self.project = nn.ModuleList(spectral_norm(nn.Linear(condition, self.WIDTH, bias=False)) for _ in widths)
        self.pixels = ProjectionDiscriminator(pixels, condition) if pixels else None

    def mix(self, features: Sequence[torch.Tensor]) -> list[torch.Tensor]:
        """The frozen features, mixed across channels, then from coarse to fine."""
        mixed = [conv(x) for conv, x in zip(self.across, features, strict=True)]
        for i in reversed(range(len(self.down))):
            mixed[i] = mixed[i] + self.down[i](resize(mixed[i + 1], mixed[i].shape[2]))
        return mixed

    def look(self, mixed: Sequence[torch.Tensor], pictures: torch.Tensor) -> list[torch.Tensor]:
        """What the heads see in pictures before they know the condition; the last is of the pixels."""
        seen = [head(x) for head, x in zip(self.heads, mixed, strict=True)]
        return [*seen, self.pixels.features(pictures)] if self.pixels else seen

    def judge(self, seen: Sequence[torch.Tensor], mu: torch.Tensor) -> list[torch.Tensor]:
        """The heads' logits (batch, places) under the condition `mu`, of what `look` gave."""
        logits = []
        for linear, project, x in zip(self.linear, self.project, seen[: len(self.heads)], strict=True):
            match = (project(mu)[:, :, None, None] * x).sum(1, keepdim=True) / self.WIDTH**0.5
            logits.append((linear(x) + match).flatten(1).float())
        return [*logits, self.pixels.judge(seen[-1], mu).float()[:, None]] if self.pixels else logits


def _random(layer: nn.Conv2d) -> nn.Conv2d:
    """A convolution that is drawn once and never trained."""
    nn.init.kaiming_normal_(layer.weight)
    nn.init.zeros_(layer.bias)
    return layer.requires_grad_(False)


def _head(channels: int, halvings: int, width: int) -> nn.Sequential:
    """Spectral-norm convolutions down to 1/32 of the picture's side."""
    layers: list[nn.Module] = []
    for _ in range(halvings):
        wider = min(2 * channels, width)
        layers += [spectral_norm(nn.Conv2d(channels, wider, 4, 2, 1)), nn.LeakyReLU(0.2)]
        channels = wider
    return nn.Sequential(*layers, spectral_norm(nn.Conv2d(channels, width, 3, padding=1)), nn.LeakyReLU(0.2))
