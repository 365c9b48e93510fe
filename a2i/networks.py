"""The generator and the discriminator: StackGAN's stage I (Zhang et al. 2017) with the sound's embedding for the text's.

Shapes: embedding (batch, embedding), condition c and mu (batch, 128), noise z (batch, 100), pictures
(batch, 3, 64, 64) in [-1, 1].
"""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.utils.parametrizations import spectral_norm

# How nearest-neighbour doubling spreads a 3-tap kernel over the 4 taps of a transposed convolution of stride 2.
_SPREAD = torch.tensor([[0.0, 0, 1], [0, 1, 1], [1, 1, 0], [1, 0, 0]])


class UpsampledConv(nn.Module):
    """Nearest x2, then a 3x3 convolution, as ONE transposed convolution: the same function with 16 taps for 36.

    (batch, inputs, h, w) -> (batch, outputs, 2h, 2w). `weight` has the shape of the 3x3 convolution's.
    """

    def __init__(self, inputs: int, outputs: int):
        super().__init__()
        self.weight = nn.Parameter(torch.empty(outputs, inputs, 3, 3))
        nn.init.normal_(self.weight, 0.0, 0.02)
        self.register_buffer("spread", _SPREAD.clone(), persistent=False)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        kernel = torch.einsum("ax,by,oixy->ioab", self.spread, self.spread, self.weight)
        return F.conv_transpose2d(x, kernel, stride=2, padding=1)


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
        self.apply(_initialise)

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
        self.features = _trunk(width)
        self.linear = nn.Linear(8 * width * 16, 2 * noise)

    def forward(self, pictures: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        mean, logvar = self.linear(self.features(pictures).flatten(1)).chunk(2, 1)
        return mean, logvar


class Discriminator(nn.Module):
    """Pictures and mu -> logits (batch,), as the paper has it: batch norm, the condition tiled and joined at 4x4."""

    def __init__(self, width: int, condition: int = 128):
        super().__init__()
        self.features = _trunk(width)
        self.joint = nn.Sequential(
            nn.Conv2d(8 * width + condition, 8 * width, 3, padding=1, bias=False),
            nn.BatchNorm2d(8 * width),
            nn.LeakyReLU(0.2, inplace=True),
            nn.Conv2d(8 * width, 1, 4),
        )
        self.apply(_initialise)

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
            layers += [spectral_norm(_orthogonal(nn.Conv2d(a, b, 4, 2, 1))), nn.LeakyReLU(0.2, inplace=True)]
        self.features = nn.Sequential(*layers)
        self.last = nn.Sequential(
            spectral_norm(_orthogonal(nn.Conv2d(8 * width, 8 * width, 3, padding=1))), nn.LeakyReLU(0.2, inplace=True)
        )
        self.linear = spectral_norm(nn.Linear(8 * width, 1))
        self.project = spectral_norm(nn.Linear(condition, 8 * width, bias=False))

    def judge(self, features: torch.Tensor, mu: torch.Tensor) -> torch.Tensor:
        """Logits (batch,) as in `Discriminator.judge`."""
        pooled = self.last(features).sum((2, 3))
        return self.linear(pooled).flatten() + (self.project(mu) * pooled).sum(1)

    def forward(self, pictures: torch.Tensor, mu: torch.Tensor) -> torch.Tensor:
        return self.judge(self.features(pictures), mu)


def _trunk(width: int) -> nn.Sequential:
    """Pictures -> (batch, 8 width, 4, 4), by four strided convolutions with batch norm from the second on."""
    first = [nn.Conv2d(3, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)]
    return nn.Sequential(*first, *(layer for i in range(3) for layer in _down(width * 2**i, width * 2 ** (i + 1))))


def _down(inputs: int, outputs: int) -> list[nn.Module]:
    """Halves height and width."""
    conv = nn.Conv2d(inputs, outputs, 4, 2, 1, bias=False)
    return [conv, nn.BatchNorm2d(outputs), nn.LeakyReLU(0.2, inplace=True)]


def _orthogonal(layer: nn.Module) -> nn.Module:
    nn.init.orthogonal_(layer.weight)
    return layer


def _initialise(module: nn.Module) -> None:
    """Weights from N(0, 0.02), batch norm's scales from N(1, 0.02), biases 0: DCGAN's, which StackGAN keeps."""
    if isinstance(module, nn.Conv2d | nn.Linear):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm1d | nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
    if getattr(module, "bias", None) is not None:
        nn.init.zeros_(module.bias)
