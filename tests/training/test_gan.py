"""Training is deterministic, resumable and learns; drawing depends on sound and seed alone."""

import numpy as np
import pytest
import torch

from a2i.core.errors import A2IError
from a2i.training import gan, recipes
from a2i.training.device import choose

CPU = choose("cpu")


def toy(n: int = 12) -> recipes.TrainingSet:
    """Two classes: red and blue squares."""
    torch.manual_seed(0)
    labels = torch.arange(n) % 2
    frames = torch.randint(0, 30, (n, 3, 64, 64, 3), dtype=torch.uint8)
    frames[labels == 0, :, 16:48, 16:48, 0] = 220
    frames[labels == 1, :, 16:48, 16:48, 2] = 220
    embeddings = torch.randn(2, 16)[labels][:, None] + 0.1 * torch.randn(n, 2, 16)
    return recipes.TrainingSet(embeddings, frames, labels)


def small(recipe: str, steps: int = 6) -> recipes.GanSettings:
    own = {"modern": {"warm": 0.34}, "projected": {"size": 64}}.get(recipe, {})
    return recipes.settings(recipe, gf=4, df=4, steps=steps, batch=8, **own)


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_stopped_training_ends_in_the_same_weights_as_unbroken(recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(recipes.Modern, "head_start", 1)
    whole = gan.train(toy(), tmp_path / "whole", small(recipe), CPU)
    stops = iter([False, False, True])
    gan.train(toy(), tmp_path / "parts", small(recipe), CPU, stop=lambda: next(stops))
    assert not (tmp_path / "parts" / gan.FILE).exists()
    parts = gan.train(toy(), tmp_path / "parts", small(recipe), CPU)
    for one, other in zip(whole.state_dict().values(), parts.state_dict().values(), strict=True):
        assert torch.equal(one, other)
    assert (tmp_path / "whole" / gan.LOSSES).read_bytes() == (tmp_path / "parts" / gan.LOSSES).read_bytes()


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_saved_generator_draws_what_the_trained_one_drew(recipe, tmp_path):
    trained = gan.train(toy(), tmp_path, small(recipe, 2), CPU)
    sounds = np.random.default_rng(0).normal(size=(2, 16)).astype(np.float32)
    drawn = gan.draw_pictures(gan.load(tmp_path, CPU), sounds, 3)
    assert drawn.shape == (2, 3, 64, 64, 3)
    assert drawn.dtype == np.uint8
    assert np.array_equal(drawn, gan.draw_pictures(trained, sounds, 3))


def test_modern_recipe_learns_which_sound_has_which_colour(tmp_path):
    data = toy()
    model = gan.train(data, tmp_path, recipes.settings("modern", gf=8, df=8, steps=240, batch=8, warm=0.3, flow=0.7, flow_batch=32), CPU)
    red, blue = (gan.draw_pictures(model, data.embeddings[i : i + 1, 0].numpy(), 4)[0, :, 24:40, 24:40] for i in (0, 1))
    assert red[..., 0].mean() > red[..., 2].mean() + 50
    assert blue[..., 2].mean() > blue[..., 0].mean() + 50


def test_wrong_sound_is_always_of_another_class():
    work = recipes.trainer(toy(), small("stackgan"), CPU)
    data, seen = work.data, 0
    for seed in range(20):
        batch = work.draw(torch.Generator().manual_seed(seed))
        # The toy's classes are told apart by their embeddings.
        nearest = torch.cdist(batch.embedding, data.embeddings[:2, 0]).argmin(1)
        assert (nearest != nearest[batch.other]).all()
        seen += len(nearest)
    assert seen == 160


def test_kl_divergence_is_zero_for_the_standard_normal_and_torchs_elsewhere():
    zero, mu, logvar = torch.zeros(3, 5), torch.randn(3, 5), torch.randn(3, 5)
    assert recipes.kl_divergence(zero, zero) == 0
    normal = torch.distributions.Normal
    expected = torch.distributions.kl_divergence(normal(mu, (0.5 * logvar).exp()), normal(0.0, 1.0)).mean()
    torch.testing.assert_close(recipes.kl_divergence(mu, logvar), expected)


def test_discriminator_losses_vanish_where_it_is_right_and_sure():
    sure = torch.full((4,), 30.0)
    for loss in (recipes.stackgan_d_loss, recipes.hinge_d_loss):
        assert sum(loss(sure, -sure, -sure).values()) < 1e-6
        assert sum(loss(-sure, sure, sure).values()) > 10


def test_pictures_of_a_sound_do_not_depend_on_the_sounds_beside_it(tmp_path):
    model = gan.train(toy(), tmp_path, small("modern", 2), CPU)
    sounds = np.random.default_rng(0).normal(size=(3, 16)).astype(np.float32)
    alone = gan.draw_pictures(model, sounds[:1], 2).astype(int)
    assert np.abs(alone - gan.draw_pictures(model, sounds, 2)[:1]).max() <= 1


def test_unknown_recipe_is_an_error_that_names_the_known_ones():
    with pytest.raises(A2IError, match="stackgan, modern"):
        recipes.settings("stylegan")
