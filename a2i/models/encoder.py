"""The sound's encoder: residual convolutions over a log-mel, pooled over time to an embedding, and a linear classifier.

After Lin and Su (2018). Two ways to pool over time: `mean`, the paper's, and `attention`, multiple-instance learning after
Ilse et al. (2018), which also says WHEN the sound is.
"""

import math
from pathlib import Path

import torch
from torch import nn
from torch.nn import functional as F

from a2i.models.blocks import ResidualBlock
from a2i.models.simple_numbers import NUMBERS, simple_numbers

PLACES = 4  # heights, from low to high, at which features of the last block are kept apart; twice as many of the one before


class Classifier(nn.Sequential):
    """Logits (batch, classes) of embeddings, of which it reads the first part alone."""

    def __init__(self, telling: int, classes: int):
        super().__init__(nn.Dropout(0.3), nn.Linear(telling, classes))

    def forward(self, embedding: torch.Tensor) -> torch.Tensor:
        return super().forward(embedding[:, : self[1].in_features])


class Encoder(nn.Module):
    """Log-mel float32 (batch, 1, 128, frames), dB -> embedding (batch, `size`) and what follows from it.

    The embedding's first part is what tells the classes apart, after which the network is trained. What does not, such as
    a sound's pitch or pace, its last layer forgets: statistics of the features below it make up the rest, where the encoder is
    `wide` (attentive statistics pooling, Okabe et al. 2018).
    """

    def __init__(
        self,
        classes: int,
        width: int = 16,
        embedding: int = 256,
        pooling: str = "attention",
        several: bool = False,
        wide: bool = True,
    ):
        """embedding: the size of its first part. several: whether a clip may be of several classes at once."""
        super().__init__()
        self.several, self.wide = several, wide
        self.folder: Path | None = None  # where it was loaded from
        self.register_buffer("mean", torch.zeros(()))
        self.register_buffer("deviation", torch.ones(()))
        self.stem = nn.Sequential(
            nn.Conv2d(1, width, 3, stride=2, padding=1, bias=False), nn.BatchNorm2d(width), nn.ReLU(inplace=True)
        )
        # The last block leaves time as it is: a step of 0.19 s tells a bark from what follows it, one of 0.37 s does not.
        strides = ((2, 2), (2, 2), (2, 1))
        self.blocks = nn.Sequential(*(ResidualBlock(width * 2**i, width * 2 ** (i + 1), s) for i, s in enumerate(strides)))
        # One kernel over all that is left of the frequency axis keeps the pitch, which a mean over it would lose.
        self.collapse = nn.Conv2d(8 * width, embedding, (8, 1), bias=False)
        self.norm = nn.BatchNorm2d(embedding)
        self.attention = nn.Conv1d(embedding, 1, 1) if pooling == "attention" else None
        self.classifier = Classifier(embedding, classes)

    def _blocks(self, log_mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Features (batch, 4 width, 16, steps) and (batch, 8 width, 8, steps) of the last two blocks."""
        x = (log_mel - self.mean) / self.deviation
        before = self.blocks[:-1](self.stem(x.contiguous(memory_format=torch.channels_last)))
        return before, self.blocks[-1](before)

    def _collapsed(self, log_mel: torch.Tensor, blocks: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        features = F.relu(self.norm(self.collapse(blocks))).squeeze(2)
        if self.attention is None:
            return features, features.new_full((len(features), features.shape[2]), 1 / features.shape[2])
        # A step hears half a second and more around it, so that without this the attention may settle beside the sound.
        return features, (self.attention(features).squeeze(1) + loudness(log_mel, features.shape[2])).softmax(1)

    def steps(self, log_mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Features of each time step (batch, embedding, steps) and their weights (batch, steps), which sum to 1."""
        return self._collapsed(log_mel, self._blocks(log_mel)[1])

    def telling(self, log_mel: torch.Tensor) -> torch.Tensor:
        """The embedding's first part (batch, embedding): the weighted mean of the steps."""
        features, weights = self.steps(log_mel)
        return _over(features, weights)

    def embed(self, log_mel: torch.Tensor) -> torch.Tensor:
        """Embedding (batch, `size`)."""
        return self._embedded(log_mel)[0]

    def _embedded(self, log_mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        before, last = self._blocks(log_mel)
        features, weights = self._collapsed(log_mel, last)
        telling = _over(features, weights)
        if not self.wide:
            return telling, weights
        below, further = _places(last, PLACES), _places(before, 2 * PLACES)
        usual = _over(below, weights)
        deviation = _over((below - usual[:, :, None]).square(), weights).clamp_min(1e-9).sqrt()
        between = weights[:, 1:] + weights[:, :-1]
        change = _over(below.diff(dim=2).abs(), between / between.sum(1, keepdim=True).clamp_min(1e-9))
        return torch.cat([telling, usual, deviation, change, further.std(2, correction=0)], 1), weights

    @property
    def parts(self) -> tuple[int, ...]:
        """The sizes of a description's parts, the embedding's first: what tells the classes; of the last block's features the
        mean, the deviation and the change from step to step, all by the attention; the deviation of those of the block before;
        then the simple numbers of the log-mel."""
        below, further = PLACES * self.blocks[-1].outputs, 2 * PLACES * self.blocks[-2].outputs
        return (self.collapse.out_channels, *((below, below, below, further) if self.wide else ()), *NUMBERS)

    @property
    def size(self) -> int:
        """Of the embedding."""
        return sum(self.parts) - sum(NUMBERS)

    def describe(self, log_mel: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Description (batch, sum of `parts`): the embedding, and beside it what can be read off the log-mel by counting;
        the embedding alone; and the steps' weights."""
        embedding, weights = self._embedded(log_mel)
        return torch.cat([embedding, simple_numbers(log_mel)], 1), embedding, weights

    def forward(self, log_mel: torch.Tensor) -> torch.Tensor:
        """Logits (batch, classes)."""
        return self.classifier(self.telling(log_mel))

    def probability(self, logits: torch.Tensor) -> torch.Tensor:
        """Logits (batch, classes) -> the probability of each class: they sum to 1, unless a clip may be of several."""
        return logits.sigmoid() if self.several else logits.softmax(1)


class Reminder(nn.Module):
    """Tells the simple numbers of a log-mel from the first part of its embedding, linearly.

    Taught beside the classifier, to which what varies within a class is of no use, it keeps that there. Once the encoder
    is trained it has served.
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


def loudness(log_mel: torch.Tensor, steps: int) -> torch.Tensor:
    """How far each of so many steps rises above the clip's usual level, in deviations of it over the clip: (batch, steps)."""
    mels = log_mel[:, 0]
    above = (mels - mels.mean(2, keepdim=True)).clamp_min(0).square().mean(1).sqrt()
    width = 1 << round(math.log2(above.shape[1] / steps))  # frames a step, around the middle that the network's has
    before = width // 4
    level = F.avg_pool1d(F.pad(above[:, None], (before, steps * width - before - above.shape[1] + width), "replicate"), width)
    level = level[:, 0, :steps]
    return (level - level.mean(1, keepdim=True)) / level.std(1, keepdim=True, correction=0).clamp_min(1e-3)


def _places(block: torch.Tensor, count: int) -> torch.Tensor:
    """Features (batch, channels, heights, steps) -> (batch, channels * count, steps), the means at so many heights."""
    return F.adaptive_avg_pool2d(block, (count, block.shape[3])).flatten(1, 2)


def _over(features: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """The mean (batch, channels) over the steps of features (batch, channels, steps) by `weights` (batch, steps)."""
    return (features * weights[:, None]).sum(2)
