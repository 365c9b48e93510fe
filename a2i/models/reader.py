"""A small network that reads quantities off a picture."""

from itertools import pairwise

import torch
from torch import nn


class Reader(nn.Module):
    """Pictures (batch, 3, 64, 64) in [-1, 1] -> values (batch, values). It keeps the places, which a mean would lose."""

    def __init__(self, values: int, width: int = 32):
        super().__init__()
        sizes = [3, width, 2 * width, 4 * width, 4 * width]
        self.features = nn.Sequential(
            *(
                nn.Sequential(
                    nn.Conv2d(a, b, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(b), nn.ReLU(inplace=True)
                )
                for a, b in pairwise(sizes)
            )
        )
        self.head = nn.Sequential(
            nn.Flatten(), nn.Dropout(0.3), nn.Linear(16 * sizes[-1], 8 * width), nn.ReLU(inplace=True), nn.Dropout(0.3),
            nn.Linear(8 * width, values),
        )  # fmt: skip

    def forward(self, pictures: torch.Tensor) -> torch.Tensor:
        return self.head(self.features(pictures.contiguous(memory_format=torch.channels_last)))
