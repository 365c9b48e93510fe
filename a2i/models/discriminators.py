"""The discriminators: pictures (batch, 3, 64, 64) in [-1, 1] and mu (batch, 128) -> logits (batch,)."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn.utils.parametrizations import spectral_norm

from a2i.models.blocks import initialise, orthogonal, trunk


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
    """The same convolutions under spectral norm (Miyato 2018) instead of batch norm, the condition by projection."""

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
        self.project = spectral_norm(nn.Linear(condition, 8 * width, bias=False))

    def judge(self, features: torch.Tensor, mu: torch.Tensor) -> torch.Tensor:
        """Logits (batch,) as in `Discriminator.judge`."""
        pooled = self.last(features).sum((2, 3))
        return self.linear(pooled).flatten() + (self.project(mu) * pooled).sum(1)

    def forward(self, pictures: torch.Tensor, mu: torch.Tensor) -> torch.Tensor:
        return self.judge(self.features(pictures), mu)
