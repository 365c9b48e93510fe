"""The sound's encoder: residual convolutions over a log-mel, pooled over time to an embedding, and a linear classifier.

After Lin and Su (2018). Two ways to pool over time: `mean`, the paper's, and `attention`, multiple-instance learning after
Ilse et al. (2018), which also says WHEN the sound is.
"""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional as F

from a2i.models.blocks import ResidualBlock

BANDS, GROUPS, PLACES = 128, 16, 4  # mel bands; their groups for rhythm; heights at which features are kept apart
# Borders between rates, in steps of 0.1 Hz (a cycle in the ten seconds): from 0.3 Hz to the fastest, 21.5 Hz.
RATES = sorted({round(3 * (216 / 3) ** (i / 32)) for i in range(33)})
NUMBERS = (3 * BANDS, (GROUPS + 2) * (len(RATES) - 1))  # how many simple numbers tell the levels and the rhythm


class Encoder(nn.Module):
    """Log-mel float32 (batch, 1, 128, frames), dB -> embedding (batch, embedding) and what follows from it."""

    def __init__(
        self, classes: int, width: int = 16, embedding: int = 256, pooling: str = "attention", several: bool = False
    ):
        """several: whether a clip may be of several classes at once."""
        super().__init__()
        self.several = several
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

    def _blocks(self, log_mel: torch.Tensor) -> torch.Tensor:
        """Features (batch, 8 width, 8, steps) below the last layer."""
        x = (log_mel - self.mean) / self.deviation
        return self.blocks(self.stem(x.contiguous(memory_format=torch.channels_last)))

    def _collapsed(self, blocks: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = F.relu(self.norm(self.collapse(blocks))).squeeze(2)
        if self.attention is None:
            return features, features.new_full((len(features), features.shape[2]), 1 / features.shape[2])
        return features, self.attention(features).squeeze(1).softmax(1)

    def steps(self, log_mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Features of each time step (batch, embedding, steps) and their weights (batch, steps), which sum to 1."""
        return self._collapsed(self._blocks(log_mel))

    def embed(self, log_mel: torch.Tensor) -> torch.Tensor:
        """Embedding (batch, embedding): the weighted mean of the steps."""
        features, weights = self.steps(log_mel)
        return (features * weights[:, None]).sum(2)

    @property
    def parts(self) -> tuple[int, ...]:
        """The sizes of a description's parts: the embedding, and what `describe` joins to it."""
        return (self.collapse.out_channels, 3 * PLACES * self.blocks[-1].outputs, *NUMBERS)

    def describe(self, log_mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Description (batch, sum of `parts`), embedding, and the steps' weights.

        A classifier's last layer forgets what does not tell the classes apart, such as a sound's pitch or pace. Beside
        the embedding stand the features below it and simple numbers of the log-mel itself.
        """
        blocks = self._blocks(log_mel)
        features, weights = self._collapsed(blocks)
        embedding = (features * weights[:, None]).sum(2)
        return torch.cat([embedding, _below(blocks), simple_numbers(log_mel)], 1), embedding, weights

    def forward(self, log_mel: torch.Tensor) -> torch.Tensor:
        """Logits (batch, classes)."""
        return self.classifier(self.embed(log_mel))

    def probability(self, logits: torch.Tensor) -> torch.Tensor:
        """Logits (batch, classes) -> the probability of each class: they sum to 1, unless a clip may be of several."""
        return logits.sigmoid() if self.several else logits.softmax(1)


class Reminder(nn.Module):
    """Tells the simple numbers of a log-mel from its embedding, linearly.

    Taught beside the classifier, to which what varies within a class is of no use, it keeps that in the embedding. Once
    the encoder is trained it has served.
    """

    def __init__(self, embedding: int):
        super().__init__()
        self.register_buffer("mean", torch.zeros(sum(NUMBERS)))
        self.register_buffer("deviation", torch.ones(sum(NUMBERS)))
        self.tell = nn.Linear(embedding, sum(NUMBERS))

    def forward(self, embedding: torch.Tensor, log_mel: torch.Tensor) -> torch.Tensor:
        """How far the telling is from the truth: the mean square, in deviations of each number.

        embedding (batch, embedding) of log_mel (batch, 1, 128, frames).
        """
        return F.mse_loss(self.tell(embedding), (simple_numbers(log_mel) - self.mean) / self.deviation)


def simple_numbers(log_mel: torch.Tensor) -> torch.Tensor:
    """What can be read off log-mels (batch, 1, 128, frames) by counting: the levels of the bands and the rhythm of each
    group of them, (batch, sum of `NUMBERS`)."""
    return torch.cat([_levels(log_mel[:, 0]), _rhythm(log_mel[:, 0])], 1)


def _below(blocks: torch.Tensor) -> torch.Tensor:
    """Mean, maximum and deviation over time of features (batch, channels, h, steps), at `PLACES` heights."""
    x = F.adaptive_avg_pool2d(blocks, (PLACES, blocks.shape[3]))
    return torch.cat([x.mean(3), x.amax(3), x.std(3)], 1).flatten(1)


def _levels(log_mel: torch.Tensor) -> torch.Tensor:
    """Mean, deviation and 95th percentile of each band (batch, 128, frames) over time."""
    high = log_mel.kthvalue(round(0.95 * log_mel.shape[2]), 2).values
    return torch.cat([log_mel.mean(2), log_mel.std(2), high], 1)


def _rhythm(log_mel: torch.Tensor) -> torch.Tensor:
    """How strongly the level goes up and down at each rate: of groups of bands, of the loudest band and of all."""
    groups = log_mel.unflatten(1, (GROUPS, -1)).mean(2)
    level = torch.cat([groups, log_mel.amax(1, keepdim=True), log_mel.mean(1, keepdim=True)], 1)
    frames = level.shape[2]
    window = torch.hann_window(frames, device=level.device)
    strength = torch.fft.rfft((level - level.mean(2, keepdim=True)) * window).abs()
    bins = [strength[:, :, a:b].mean(2) for a, b in pairwise(RATES)]
    return torch.stack(bins, 2).add(1).log().flatten(1)
