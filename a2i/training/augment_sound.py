"""Random changes of log-mels that leave a sound what it is, so that few clips teach more."""

import torch


def augment(log_mel: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """Log-mels (batch, 1, 128, frames), dB, each rolled in time, changed in level and masked.

    Masks after SpecAugment (Park et al. 2019), one in time and one in frequency, filled with the clip's mean.
    """
    batch, _, bands, frames = log_mel.shape
    draw = torch.rand(batch, 6, generator=generator, device=generator.device).to(log_mel.device)
    roll, level, time, duration, band, width = draw.view(batch, 6, 1).unbind(1)
    steps, rows = (torch.arange(n, device=log_mel.device) for n in (frames, bands))
    source = (steps - (roll * frames).long()) % frames
    out = log_mel.gather(3, source[:, None, None].expand(-1, 1, bands, -1)) + 12 * (level[..., None, None] - 0.5)
    late, high = steps - (time * frames).long(), rows - (band * bands).long()
    hidden_steps = (late >= 0) & (late < (duration * frames * 0.15).long())
    hidden_rows = (high >= 0) & (high < (width * bands * 0.15).long())
    hidden = hidden_steps[:, None, None, :] | hidden_rows[:, None, :, None]
    return torch.where(hidden, out.mean((1, 2, 3), keepdim=True), out)


def mix(log_mel: torch.Tensor, targets: torch.Tensor, generator: torch.Generator) -> tuple[torch.Tensor, torch.Tensor]:
    """Each log-mel and its targets (batch, classes) with some of the next one's (mixup, Zhang et al. 2018)."""
    weight = torch.rand((), generator=generator, device=generator.device)
    weight = (weight if weight.is_cuda else float(weight)) * 0.4  # what a CUDA graph holds reads nothing back
    return torch.lerp(log_mel, log_mel.roll(1, 0), weight), torch.lerp(targets, targets.roll(1, 0), weight)
