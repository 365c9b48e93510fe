"""What can be read off a log-mel by counting, with nothing learnt: levels, rhythm and events.

Log-mels are float32 (batch, 1, 128, frames), dB. A network that learns to tell classes apart forgets what is alike in all
of them, such as how fast something beats or how long a call lasts; these numbers stand beside what it keeps.
"""

from itertools import pairwise

import torch
from torch.nn import functional as F

BANDS, GROUPS = 128, 16  # mel bands; their groups for rhythm
# Borders between rates, in steps of 0.1 Hz (a cycle in the ten seconds): from 0.3 Hz to the fastest, 21.5 Hz.
RATES = sorted({round(3 * (216 / 3) ** (i / 32)) for i in range(33)})
HEIGHTS = (0.35, 0.5, 0.7)  # shares of the way from a clip's quiet moments to its loudest, above which an event is on
LAGS = range(1, 43, 2)  # frames, up to a second
NUMBERS = (3 * BANDS, (GROUPS + 2) * (len(RATES) - 1), 5 * len(HEIGHTS) + len(LAGS))  # of levels, rhythm and events


def simple_numbers(log_mel: torch.Tensor) -> torch.Tensor:
    """The levels of the bands, the rhythm of each group of them, and number and length of events: (batch, sum of
    `NUMBERS`)."""
    mels = log_mel[:, 0]
    return torch.cat([_levels(mels), _rhythm(mels), _events(mels)], 1)


def _levels(mels: torch.Tensor) -> torch.Tensor:
    """Mean, deviation and 95th percentile of each band (batch, 128, frames) over time."""
    return torch.cat([mels.mean(2), mels.std(2), _percentile(_ordered(mels), 0.95)], 1)


def _rhythm(mels: torch.Tensor) -> torch.Tensor:
    """How strongly the level goes up and down at each rate: of groups of bands, of the loudest band and of all."""
    groups = mels.unflatten(1, (GROUPS, -1)).mean(2)
    level = torch.cat([groups, mels.amax(1, keepdim=True), mels.mean(1, keepdim=True)], 1)
    frames = level.shape[2]
    window = torch.hann_window(frames, device=level.device)
    strength = torch.fft.rfft((level - level.mean(2, keepdim=True)) * window).abs()
    bins = [strength[:, :, a:b].mean(2) for a, b in pairwise(RATES)]
    return torch.stack(bins, 2).add(1).log().flatten(1)


def _events(mels: torch.Tensor) -> torch.Tensor:
    """Of stretches in which something stands out: their number, mean, usual and greatest length and all their time, in
    frames, as logarithms; and how alike the clip is to itself a little later."""
    excess = standing_out(mels)
    numbers = [number for height in HEIGHTS for number in _stretches(excess > height)]
    around = excess - excess.mean(1, keepdim=True)
    size = 1 << (2 * around.shape[1] - 1).bit_length()
    alike = torch.fft.irfft(torch.fft.rfft(around, size).abs().square(), size)
    alike = alike / alike[:, :1].clamp_min(1e-6)
    return torch.cat([torch.stack(numbers, 1).log(), alike[:, LAGS.start : LAGS.stop : LAGS.step]], 1)


def standing_out(mels: torch.Tensor) -> torch.Tensor:
    """How far each moment (batch, frames) stands out of what is always there: 0 where the clip is quiet, 1 where it is
    loudest. Each band's own floor is its quietest fifth; of its 16 bands furthest above theirs the mean is taken."""
    above = (mels - _percentile(_ordered(mels), 0.2)[..., None]).clamp_min(0)
    excess = _ordered(above.transpose(1, 2))[..., -16:].mean(2)
    excess = F.avg_pool1d(F.pad(excess[:, None], (1, 1), "replicate"), 3, 1)[:, 0]
    ordered = _ordered(excess)
    quiet, loud = _percentile(ordered, 0.2)[:, None], _percentile(ordered, 0.99)[:, None]
    return (excess - quiet) / (loud - quiet).clamp_min(1e-3)


def _stretches(on: torch.Tensor) -> list[torch.Tensor]:
    """Number, mean, usual and greatest length, and total, each (batch,) and at least 1, of the stretches of True in
    (batch, frames). The usual length is that of the stretch in which a moment is, on average over these moments."""
    place = torch.arange(1, on.shape[1] + 1, device=on.device)
    last = torch.where(on, 0, place).cummax(1).values  # the last moment without
    lasted = torch.where(on, place - last, 0)
    ends = on & ~F.pad(on[:, 1:], (0, 1))
    lengths = torch.where(ends, lasted, 0).float()
    count, total = ends.sum(1).clamp_min(1).float(), lengths.sum(1).clamp_min(1)
    return [count, total / count, lengths.square().sum(1).clamp_min(1) / total, lengths.amax(1).clamp_min(1), total]


def _ordered(values: torch.Tensor) -> torch.Tensor:
    """The same, ascending along the last axis."""
    if values.is_cuda:
        return values.sort(-1).values
    ordered = values.detach().clone(memory_format=torch.contiguous_format)
    ordered.numpy().sort(-1)  # a tenth of the time that torch takes, also for a single rank
    return ordered


def _percentile(ordered: torch.Tensor, share: float) -> torch.Tensor:
    """The value below which `share` of the last, ascending axis lies: (..., n) -> (...)."""
    return ordered[..., max(round(share * ordered.shape[-1]), 1) - 1]
