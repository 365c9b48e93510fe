"""Pictures as tensors, and the random changes that keep a discriminator from learning a small set by heart."""

import numpy as np
import torch
from torch.nn import functional as F

from a2i.training import distributed


def to_tensor(frames: np.ndarray | torch.Tensor) -> torch.Tensor:
    """uint8 (n, 64, 64, 3) -> float32 (n, 3, 64, 64) in [-1, 1], channels last in memory."""
    tensor = torch.as_tensor(frames).permute(0, 3, 1, 2)
    return (tensor.float() / 127.5 - 1).contiguous(memory_format=torch.channels_last)


def to_uint8(pictures: torch.Tensor) -> np.ndarray:
    """float (n, 3, 64, 64) in [-1, 1] -> uint8 (n, 64, 64, 3)."""
    scaled = (pictures.detach().float().clamp(-1, 1) + 1) * 127.5
    return scaled.round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()


def crop_and_flip(pictures: torch.Tensor, *, flip: bool, generator: torch.Generator, size: int = 76) -> torch.Tensor:
    """The paper's: enlarged to `size`, a random 64x64 of it, half of them mirrored where `flip`.

    (n, 3, 64, 64) -> the same.
    """
    n, _, height, width = pictures.shape
    draw = torch.rand(3, n, generator=generator, device=generator.device).to(pictures.device)
    # Sampling the crop directly costs one pass, enlarging and cutting each picture three.
    room = (size - height) / size
    scale = height / size
    theta = torch.zeros(n, 2, 3, device=pictures.device)
    theta[:, 0, 0] = scale * (1 - 2 * (draw[0] < 0.5).float() if flip else 1)
    theta[:, 1, 1] = scale
    theta[:, 0, 2], theta[:, 1, 2] = room * (2 * draw[1] - 1), room * (2 * draw[2] - 1)
    grid = F.affine_grid(theta, [n, 3, height, width], align_corners=False)
    return F.grid_sample(pictures, grid, padding_mode="reflection", align_corners=False)


def diff_augment(pictures: torch.Tensor, generator: torch.Generator) -> torch.Tensor:
    """DiffAugment (Zhao et al. 2020): brightness, saturation, contrast, translation by 1/8, a cutout of 1/2.

    (n, 3, h, w) -> the same; differentiable, so that the generator learns through it.
    """
    n, _, height, width = pictures.shape
    # Drawn for the whole batch, of which these pictures may be one process's part.
    draw = torch.rand(7, n * distributed.world(), 1, 1, 1, generator=generator, device=generator.device)
    draw = draw.chunk(distributed.world(), 1)[distributed.rank()].to(pictures.device)
    x = pictures + (draw[0] - 0.5)
    mean = x.mean(1, keepdim=True)
    x = (x - mean) * (2 * draw[1]) + mean
    mean = x.mean((1, 2, 3), keepdim=True)
    x = (x - mean) * (draw[2] + 0.5) + mean
    # Whole pixels, so that a translation is no blur that only augmented pictures have.
    theta = torch.eye(2, 3, device=x.device).repeat(n, 1, 1)
    theta[:, 0, 2] = ((2 * draw[4].view(n) - 1) * width / 8).round() * 2 / width
    theta[:, 1, 2] = ((2 * draw[3].view(n) - 1) * height / 8).round() * 2 / height
    grid = F.affine_grid(theta, list(x.shape), align_corners=False)
    x = F.grid_sample(x, grid, mode="nearest", padding_mode="zeros", align_corners=False)
    rows = torch.arange(height, device=x.device).view(1, -1)
    columns = torch.arange(width, device=x.device).view(1, -1)
    top = ((draw[5].view(n, 1)) * (height + 1)).floor() - height / 4
    left = ((draw[6].view(n, 1)) * (width + 1)).floor() - width / 4
    hole = ((rows >= top) & (rows < top + height / 2))[:, None, :, None]
    hole = hole & ((columns >= left) & (columns < left + width / 2))[:, None, None, :]
    return x * ~hole

