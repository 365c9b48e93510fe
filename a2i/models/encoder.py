"""The sound's encoder: residual convolutions over a log-mel, pooled over time to an embedding, and a linear classifier.

After Lin and Su (2018). Two ways to pool over time: `mean`, the paper's, and `attention`, multiple-instance learning after
Ilse et al. (2018), which also says WHEN the sound is.
"""

import torch
from torch import nn
from torch.nn import functional as F

from a2i.models.blocks import ResidualBlock


class Encoder(nn.Module):
    """Log-mel float32 (batch, 1, 128, frames), dB -> embedding (batch, embedding) and what follows from it."""

    def __init__(self, classes: int, width: int = 16, embedding: int = 256, pooling: str = "attention"):
        super().__init__()
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("deviation", torch.ones(()))
        self.stem = nn.Sequential(
            nn.Conv2d(1, width, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        )
        self.blocks = nn.Sequential(*(ResidualBlock(width * 2**i, width * 2 ** (i + 1)) for i in range(3)))
        # One kernel over all that is left of the frequency axis keeps the pitch, which a mean over it would lose.
        self.collapse = nn.Conv2d(8 * width, embedding, (8, 1), bias=False)
        self.norm = nn.BatchNorm2d(embedding)
        self.attention = nn.Conv1d(embedding, 1, 1) if pooling == "attention" else None
        self.classifier = nn.Sequential(nn.Dropout(0.3), nn.Linear(embedding, classes))

    def steps(self, log_mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Features of each time step (batch, embedding, steps) and their weights (batch, steps), which sum to 1."""
        x = (log_mel - self.mean) / self.deviation
        x = self.blocks(self.stem(x.contiguous(memory_format=torch.channels_last)))
        features = F.relu(self.norm(self.collapse(x))).squeeze(2)
        if self.attention is None:
            return features, features.new_full((len(features), features.shape[2]), 1 / features.shape[2])
        return features, self.attention(features).squeeze(1).softmax(1)

    def embed(self, log_mel: torch.Tensor) -> torch.Tensor:
        """Embedding (batch, embedding): the weighted mean of the steps."""
        features, weights = self.steps(log_mel)
        return (features * weights[:, None]).sum(2)

    def forward(self, log_mel: torch.Tensor) -> torch.Tensor:
        """Logits (batch, classes)."""
        return self.classifier(self.embed(log_mel))
