"""The generator: StackGAN's stage I (Zhang et al. 2017) with the sound's embedding for the text's.

Shapes: embedding (batch, embedding), condition c and mu (batch, 128), noise z (batch, 100), pictures
(batch, 3, 64, 64) in [-1, 1].
"""

from itertools import pairwise

import torch
from torch import nn

from a2i.models.blocks import UpsampledConv, initialise, trunk


class ConditioningAugmentation(nn.Module):
    """Embedding -> condition c = mu + sigma * eps, with mu and the log-variance (logvar) it is drawn from.

    No ReLU stands on mu and logvar: with it sigma could not be below 1. The embedding is standardised with the
    training set's mean and deviation, which belong to the network.
    """

    def __init__(self, embedding: int, condition: int):
        super().__init__()
        self.register_buffer("center", torch.zeros(embedding))
        self.register_buffer("scale", torch.ones(embedding))
        self.linear = nn.Linear(embedding, 2 * condition)

    def forward(self, embedding: torch.Tensor, eps: torch.Tensor | None = None):
        """`eps` (batch, condition), standard normal; None gives c = mu. Returns c, mu, logvar."""
        mu, logvar = self.linear((embedding - self.center) / self.scale).chunk(2, 1)
        c = mu if eps is None else mu + (0.5 * logvar).exp() * eps
        return c, mu, logvar


class Generator(nn.Module):
    """Embedding and noise -> pictures. At width (GF) 192 and embedding 1024: 20.0 M parameters.

    `shuffle` draws the last doubling as 12 channels of 32x32 whose pixels are interleaved (Shi et al. 2016), and keeps
    the width of the layer before: on a CPU the layers at 64x64 are the dear ones.
    """

    def __init__(self, embedding: int, width: int, noise: int = 100, condition: int = 128, shuffle: bool = False):
        super().__init__()
        self.noise, self.condition = noise, condition
        self.ca = ConditioningAugmentation(embedding, condition)
        self.fc = nn.Sequential(
            nn.Linear(noise + condition, 8 * width * 16, bias=False), nn.BatchNorm1d(8 * width * 16), nn.ReLU(inplace=True)
        )
        sizes = [8 * width, 4 * width, 2 * width] + ([2 * width] if shuffle else [width, width // 2])
        self.up = nn.Sequential(
            *(nn.Sequential(UpsampledConv(a, b), nn.BatchNorm2d(b), nn.ReLU(inplace=True)) for a, b in pairwise(sizes))
        )
        self.to_picture = nn.Sequential(nn.Conv2d(sizes[-1], 12 if shuffle else 3, 3, padding=1, bias=shuffle))
        if shuffle:
            self.to_picture.append(nn.PixelShuffle(2))
        self.apply(initialise)

    def forward(self, embedding: torch.Tensor, z: torch.Tensor, eps: torch.Tensor | None = None):
        """Returns pictures, mu, logvar."""
        c, mu, logvar = self.ca(embedding, eps)
        x = self.fc(torch.cat([z, c], 1))
        x = x.view(len(x), -1, 4, 4).contiguous(memory_format=torch.channels_last)
        return torch.tanh(self.to_picture(self.up(x))), mu, logvar


class PictureEncoder(nn.Module):
    """Pictures -> the mean and log-variance (batch, noise) of the noise that would have drawn them."""

    def __init__(self, width: int, noise: int = 100):
        super().__init__()
        self.features = trunk(width)
        self.linear = nn.Linear(8 * width * 16, 2 * noise)

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean, logvar = self.linear(self.features(pictures).flatten(1)).chunk(2, 1)
        return mean, logvar
