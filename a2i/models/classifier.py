"""The picture judge: a small classifier of pictures."""

from itertools import pairwise

import torch
from torch import nn


class Judge(nn.Module):
    """Pictures (batch, 3, 64, 64) in [-1, 1] -> logits (batch, classes)."""

    def __init__(self, classes: int, width: int = 32):
        super().__init__()
        sizes = [3] + [width * 2**i for i in range(4)]
        self.features = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(a, b, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True)
                )
                for a, b in pairwise(sizes)
            )
        )
        self.classifier = nn.Sequential(nn.Dropout(0.3), nn.Linear(2 * sizes[-1], classes))

    def embed(self, pictures: torch.Tensor) -> torch.Tensor:
        """Features (batch, 16 width): the mean and the maximum over the picture."""
        x = self.features(pictures.contiguous(memory_format=torch.channels_last))
        return torch.cat([x.mean((2, 3)), x.amax((2, 3))], 1)

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.classifier(self.embed(pictures))
