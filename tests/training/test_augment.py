"""Pictures pass to tensors and back unchanged; augmentation changes places, not meanings."""

import numpy as np
import torch

from a2i.training import augment


def generator() -> torch.Generator:
    return torch.Generator().manual_seed(0)


def test_pictures_come_back_unchanged():
    frames = np.random.default_rng(0).integers(0, 256, (2, 64, 64, 3), np.uint8)
    assert np.array_equal(augment.to_uint8(augment.to_tensor(frames)), frames)


def test_crop_shifts_by_no_more_than_the_margin():
    x = torch.zeros(20, 3, 64, 64)
    x[:, :, 30:34, 30:34] = 1
    changed = augment.crop_and_flip(x, flip=False, generator=generator())
    rows = changed.sum((1, 3)).argmax(1)
    assert rows.min() >= 30 - 12
    assert rows.max() <= 34 + 12
    assert rows.unique().numel() > 3


def test_flip_mirrors_about_half():
    x = torch.zeros(200, 3, 64, 64)
    x[:, :, :, :20] = 1
    left = augment.crop_and_flip(x, flip=True, generator=generator())[:, 0, 32, :32].mean(1) > 0.3
    assert 70 < left.sum() < 130


def test_diff_augment_lets_gradients_through_and_cuts_a_hole():
    x = torch.full((8, 3, 64, 64), 0.5, requires_grad=True)
    changed = augment.diff_augment(x, generator())
    changed.sum().backward()
    assert x.grad.abs().sum() > 0
    assert ((changed == 0).all(1).sum((1, 2)) > 100).all()


def test_diff_augment_is_the_same_for_the_same_draw():
    x = torch.randn(4, 3, 64, 64)
    assert torch.equal(augment.diff_augment(x, generator()), augment.diff_augment(x, generator()))
