"""The generators: StackGAN's stage I (Zhang et al. 2017) with the sound's embedding for the text's,
and a residual one for photographs.

Shapes: embedding (batch, embedding), condition c and mu (batch, 128), noise z (batch, 100), pictures
(batch, 3, 64, 64) in [-1, 1].
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

from a2i.models.blocks import UpsampledConv, initialise, resize


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


class Decoder(nn.Module):
    """A code (batch, code) -> pictures: a linear layer to places, then doublings, each to the next of `channels`.

    The last of the `channels` are at 64x64, the first at half the side for each doubling before: five from 4x4, three
    from 16x16. On a CPU the last are the dear ones.
    """

    def __init__(self, code: int, channels: Sequence[int], bias: bool = False):
        super().__init__()
        self.side = 64 >> (len(channels) - 1)
        first = channels[0] * self.side**2
        self.fc = nn.Sequential(nn.Linear(code, first, bias=False), nn.BatchNorm1d(first), nn.ReLU(inplace=True))
        self.up = nn.Sequential(
            *(nn.Sequential(UpsampledConv(a, b), nn.BatchNorm2d(b), nn.ReLU(inplace=True)) for a, b in pairwise(channels))
        )
        self.to_picture = nn.Conv2d(channels[-1], 3, 3, padding=1, bias=bias)
        self.apply(initialise)

    def forward(self, code: torch.Tensor) -> torch.Tensor:
        x = self.fc(code)
        x = x.view(len(x), -1, self.side, self.side).contiguous(memory_format=torch.channels_last)
        return torch.tanh(self.to_picture(self.up(x)))


class Generator(nn.Module):
    """Embedding and noise -> pictures. At width (GF) 192 and embedding 1024: 20.0 M parameters."""

    def __init__(self, embedding: int, width: int, noise: int = 100, condition: int = 128):
        super().__init__()
        self.noise, self.condition, self.hears = noise, condition, embedding
        self.ca = ConditioningAugmentation(embedding, condition)
        self.decoder = Decoder(noise + condition, [8 * width, 4 * width, 2 * width, width, width // 2])
        initialise(self.ca.linear)

    def forward(self, embedding: torch.Tensor, z: torch.Tensor, eps: torch.Tensor | None = None):
        """Returns pictures, mu, logvar."""
        c, mu, logvar = self.ca(embedding, eps)
        return self.decoder(torch.cat([z, c], 1)), mu, logvar


class ConditionalNorm(nn.Module):
    """Batch norm whose scale and shift are read off a code (de Vries et al. 2017)."""

    def __init__(self, channels: int, code: int):
        super().__init__()
        self.norm = nn.BatchNorm2d(channels, affine=False)
        self.linear = nn.Linear(code, 2 * channels)
        nn.init.normal_(self.linear.weight, 0.0, 0.02)
        nn.init.zeros_(self.linear.bias)

    def forward(self, x: torch.Tensor, code: torch.Tensor) -> torch.Tensor:
        scale, shift = self.linear(code)[:, :, None, None].chunk(2, 1)
        return torch.addcmul(shift, self.norm(x), 1 + scale)


class DoublingBlock(nn.Module):
    """Two 3x3 convolutions and a shortcut under a code; doubles both axes without the lattice that nearest leaves."""

    def __init__(self, inputs: int, outputs: int, code: int):
        super().__init__()
        self.norm1, self.conv1 = ConditionalNorm(inputs, code), nn.Conv2d(inputs, outputs, 3, padding=1, bias=False)
        self.norm2, self.conv2 = ConditionalNorm(outputs, code), nn.Conv2d(outputs, outputs, 3, padding=1)
        self.shortcut = nn.Conv2d(inputs, outputs, 1, bias=False)

    def forward(self, x: torch.Tensor, code: torch.Tensor) -> torch.Tensor:
        size = 2 * x.shape[2]
        y = self.conv1(resize(F.relu(self.norm1(x, code)), size))
        return self.conv2(F.relu(self.norm2(y, code))) + resize(self.shortcut(x), size)


class ResidualGenerator(nn.Module):
    """Embedding and noise -> pictures, by residual blocks whose batch norms z and c steer (after BigGAN, Brock 2019)."""

    def __init__(self, embedding: int, width: int, noise: int = 128, condition: int = 128):
        super().__init__()
        self.noise, self.condition, self.hears = noise, condition, embedding
        code = noise + condition
        self.ca = ConditioningAugmentation(embedding, condition)
        self.fc = nn.Linear(code, 8 * width * 16)
        sizes = [8 * width, 8 * width, 4 * width, 2 * width, width]
        self.blocks = nn.ModuleList(DoublingBlock(a, b, code) for a, b in pairwise(sizes))
        self.norm, self.to_picture = nn.BatchNorm2d(width), nn.Conv2d(width, 3, 3, padding=1)

    def forward(self, embedding: torch.Tensor, z: torch.Tensor, eps: torch.Tensor | None = None):
        """Returns pictures, mu, logvar."""
        c, mu, logvar = self.ca(embedding, eps)
        code = torch.cat([z, c], 1)
        x = self.fc(code).view(len(code), -1, 4, 4).contiguous(memory_format=torch.channels_last)
        for block in self.blocks:
            x = block(x, code)
        return torch.tanh(self.to_picture(F.relu(self.norm(x)))), mu, logvar
