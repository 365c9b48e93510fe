"""Training is deterministic, resumable and learns; drawing depends on sound and seed alone."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import torch
import yaml

from a2i.core.errors import A2IError
from a2i.core.values import pairs
from a2i.training import checkpoint, gan, recipes
from a2i.training.device import Device, choose

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
    own = {"modern": {"warm": 0.34, "flow": 0.34}, "projected": {"size": 64}}.get(recipe, {})
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


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_a_saved_state_goes_on_exactly_as_the_unbroken_one_in_every_part(recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(recipes.Modern, "head_start", 1)
    whole, first, second = (recipes.trainer(toy(), small(recipe), CPU) for _ in range(3))
    for number in range(4):
        whole.step(number)
    for number in range(2):
        first.step(number)
    checkpoint.save(tmp_path / "c.safetensors", first.parts)
    checkpoint.load(tmp_path / "c.safetensors", second.parts)
    for number in range(2, 4):
        second.step(number)
    checkpoint.save(tmp_path / "whole.safetensors", whole.parts)
    checkpoint.save(tmp_path / "parts.safetensors", second.parts)
    assert (tmp_path / "whole.safetensors").read_bytes() == (tmp_path / "parts.safetensors").read_bytes()


def test_snapshots_show_the_same_sounds_over_time(tmp_path):
    gan.train(toy(), tmp_path, small("stackgan"), CPU, snapshots=3, measure=lambda pictures: {"kid": float(len(pictures))})
    assert [path.name for path in sorted((tmp_path / gan.SNAPSHOTS).iterdir())] == [
        "step-0000002.png", "step-0000004.png", "step-0000006.png"
    ]  # fmt: skip
    log = pd.read_csv(tmp_path / gan.LOSSES)
    assert list(log["kid"].dropna()) == [len(toy().labels)] * 3
    assert log["spread"].notna().sum() == 3


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_the_log_holds_losses_scores_and_gradient_norms(recipe, tmp_path, monkeypatch):
    monkeypatch.setattr(recipes.Modern, "head_start", 0)
    gan.train(toy(), tmp_path, small(recipe, 3), CPU, log_every=1)
    log = pd.read_csv(tmp_path / gan.LOSSES)
    wanted = ["d_real", "d_fake", "g_adversarial", "score_real", "score_fake", "norm_g", "norm_d"]
    assert [name for name in wanted if name not in log or not log[name].notna().any()] == []


def test_a_collapse_is_seen_where_pictures_differed_once():
    healthy = [{"step": i, "spread": 0.5} for i in range(3)]
    assert gan.fault(healthy) == ""
    assert gan.fault([{"step": 0, "spread": 0.01}] * 3) == ""  # an untrained generator's pictures are alike, too
    assert "collapsed" in gan.fault([*healthy, {"step": 4, "spread": 0.01}, {"step": 5, "spread": 0.02}])


def test_a_discriminator_that_is_always_right_is_seen():
    sure = [{"step": i, "d_real": 0.0, "d_wrong": 1e-6, "d_fake": 0.0} for i in range(gan.PATIENCE)]
    assert "won outright" in gan.fault(sure)
    assert gan.fault(sure[:-1]) == ""
    assert gan.fault([*sure, {"step": 99, "d_real": 0.3, "d_wrong": 0.1, "d_fake": 0.2}]) == ""


def test_auto_is_modern_without_a_gpu_and_other_names_stand():
    assert recipes.choose("auto", CPU) == "modern"
    assert recipes.choose("stackgan", CPU) == "stackgan"


def test_a_setting_of_another_recipe_is_refused():
    with pytest.raises(A2IError, match="stackgan has no setting 'warm'"):
        recipes.settings("stackgan", warm=0.5)


def test_a_setting_may_be_for_one_recipe_alone():
    given = {"modern.warm": 0.5, "stackgan.crop": True}
    assert recipes.settings("modern", **given) == recipes.settings("modern", warm=0.5)
    assert recipes.settings("stackgan", **given) == recipes.settings("stackgan", crop=True)
    assert recipes.settings("projected", **given) == recipes.settings("projected")
    with pytest.raises(A2IError, match="modern has no setting 'wram'"):
        recipes.settings("modern", **{"modern.wram": 0.5})


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_the_profile_of_own_clips_gives_each_recipe_settings_that_it_has(recipe):
    text = (Path(__file__).parents[2] / "notebooks/profiles/clips.yaml").read_text(encoding="utf-8")
    settings = recipes.settings(recipe, gf=32, df=32, batch=32, steps=6000, **pairs(yaml.safe_load(text)["gan_more"]))
    wide = (64, 64, 64, 20_000) if recipe == "projected" else (32, 32, 32, 6000)
    assert (settings.gf, settings.df, settings.batch, settings.steps) == wide


class Rounded(Device):
    """The CPU with a GPU's bfloat16, and its cache of weights where it is `caching`."""

    caching = False

    def autocast(self, *, cached: bool = False) -> torch.autocast:
        return torch.autocast("cpu", dtype=torch.bfloat16, cache_enabled=cached and self.caching)


class Caching(Rounded):
    caching = True


def test_casting_the_weights_once_moves_the_gradients_less_than_bfloat16_itself():
    def gradients(device: Device) -> torch.Tensor:
        work = recipes.trainer(toy(), recipes.settings("stackgan", gf=8, df=8, batch=16), device)
        work.step(0)
        return torch.cat([p.grad.flatten() for p in work.d.parameters()])

    exact, plain, cached = map(gradients, (CPU, Rounded("cpu", "a test"), Caching("cpu", "a test")))
    assert 0 < (cached - plain).norm() < 0.1 * (plain - exact).norm()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("recipe", ["stackgan", "projected"])
def test_the_graph_ends_where_the_same_steps_kernel_by_kernel_end(recipe):
    ends = []
    for graph in (True, False):
        work = recipes.trainer(toy(), small(recipe), choose("cuda"), graph=graph)
        for number in range(3):
            work.step(number)
        ends.append(torch.cat([p.detach().flatten() for p in work.g.parameters()]))
    torch.testing.assert_close(*ends, rtol=1e-2, atol=1e-3)


def test_modern_s_discriminator_learns_in_every_second_step_after_its_head_start(monkeypatch):
    monkeypatch.setattr(recipes.Modern, "head_start", 2)
    trainer = recipes.trainer(toy(), recipes.settings("modern", gf=4, df=4, steps=8, batch=8, warm=0.125, flow=0.125), CPU)
    learnt, taught = [], []
    for number in range(7):
        before = [p.clone() for p in trainer.d.parameters()]
        terms = trainer.step(number)
        learnt.append(not all(torch.equal(a, b) for a, b in zip(before, trainer.d.parameters(), strict=True)))
        taught.append("g_adversarial" in terms)
        assert ("d_real" in terms) == ("d_fake" in terms) == (number > 0)
        assert ("norm_d" in terms) == learnt[-1]
    assert learnt == [False, True, True, True, False, True, False]
    assert taught == [False, False, False, True, True, True, True]
