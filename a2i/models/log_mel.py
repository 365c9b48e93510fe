"""The log-mel spectrogram on the device: for sounds that are there as waveforms, a batch at a time."""

import torch
from torch import nn


class LogMel(nn.Module):
    """Waveforms float32 (batch, samples) -> log-mels float32 (batch, 1, bands, frames), dB, as librosa computes them.

    The window is Hann's, of the length that `filters` are made for, centred, with zeros outside; what lies further
    below a clip's own peak than `top_db` is cut. `a2i.media.mel` has the filters and the numbers. In double precision:
    all that is left of a difference is the rounding of those who compute in single.
    """

    def __init__(self, filters: torch.Tensor, *, hop: int, floor: float, top_db: float):
        """filters (bands, window / 2 + 1); hop in samples; floor: the power that counts as silence."""
        super().__init__()
        self.hop, self.floor, self.top_db = hop, floor, top_db
        self.register_buffer("filters", filters.double())
        self.register_buffer("window", torch.hann_window(2 * filters.shape[1] - 2, dtype=torch.float64))

    def forward(self, samples: torch.Tensor) -> torch.Tensor:
        spectrum = torch.stft(
            samples.double(), len(self.window), self.hop, window=self.window, pad_mode="constant", return_complex=True
        )
        power = torch.view_as_real(spectrum).square().sum(-1)
        decibels = 10 * (self.filters @ power).clamp_min(self.floor).log10()
        return decibels.maximum(decibels.amax((1, 2), keepdim=True) - self.top_db)[:, None].float()
