"""Frames that do not show what is heard are found by the other clips' frames, and teach the flow nothing."""

import numpy as np
import pytest
import torch

from a2i.training import gan, recipes
from a2i.training.confidence import FOLDS, confidence, trusted
from a2i.training.device import choose
from a2i.training.recipes import modern

CPU = choose("cpu")


def codes(clips: int = 60, frames: int = 3) -> tuple[np.ndarray, np.ndarray]:
    """Two classes far apart, and the class of each clip."""
    rng = np.random.default_rng(0)
    labels = np.arange(clips) % 2
    return rng.normal(size=(clips, frames, 8)).astype(np.float32) + 4 * labels[:, None, None], labels


def test_frames_of_another_class_are_not_believed_and_all_others_are():
    found, labels = codes()
    strays = np.zeros(found.shape[:2], bool)
    strays[::7, 1] = True
    found[strays] += np.where(labels, -4, 4)[np.nonzero(strays)[0], None]
    likely = confidence(found, labels)
    assert likely[strays].max() < 0.4
    assert likely[~strays].min() > 0.6
    assert np.array_equal(trusted(likely, labels, 0.5), ~strays)


def test_a_clip_does_not_speak_for_itself():
    found, labels = codes()
    found[0] = 4 - found[0]  # all its frames alike, and like the other class's
    labels[0] = 0
    assert confidence(found, labels)[0].max() < 0.4


@pytest.mark.parametrize(("clips", "classes"), [(2 * FOLDS - 1, 2), (30, 1)])
def test_all_are_believed_where_nothing_can_be_told(clips, classes):
    found, labels = codes(clips)
    assert (confidence(found, labels % classes) == 1).all()


def test_a_class_that_would_lose_half_keeps_all():
    likely = np.array([[0.1, 0.2], [0.3, 0.9], [0.9, 0.9], [0.1, 0.9]])
    assert trusted(likely, np.array([0, 0, 1, 1]), 0.5).tolist() == [[True, True], [True, True], [True, True], [False, True]]


def toy() -> recipes.TrainingSet:
    torch.manual_seed(0)
    frames = torch.randint(0, 256, (12, 2, 64, 64, 3), dtype=torch.uint8)
    return recipes.TrainingSet(torch.randn(12, 1, 16), frames, torch.arange(12) % 2)


def small(**more) -> recipes.GanSettings:
    return recipes.settings("modern", gf=4, df=4, steps=4, batch=8, warm=0.25, **more)


def test_the_flow_learns_from_frames_that_are_believed_alone(monkeypatch):
    likely = np.tile([[0.6, 0.4], [0.4, 0.6], [0.6, 0.4]], (4, 1))
    monkeypatch.setattr(modern, "confidence", lambda codes, labels: likely)
    trainer = recipes.trainer(toy(), small(), CPU)
    mean, logvar, _ = trainer._known_latents()
    logvar.fill_(-100)  # so that a latent is its mean
    drawn = trainer._told_latents()[0] * trainer.g.scale + trainer.g.center
    taught = torch.cdist(drawn, mean.flatten(0, 1)).argmin(1).unique()
    assert set(taught.tolist()) <= set(np.flatnonzero(likely > 0.5).tolist())
    assert len(taught) > 8


def test_without_trust_nothing_is_asked_and_every_frame_teaches(monkeypatch):
    monkeypatch.setattr(modern, "confidence", None)
    trainer = recipes.trainer(toy(), small(trust=0.0), CPU)
    trainer._known_latents()
    assert len(trainer._trusted) == 24


def test_a_stage_keeps_what_was_believed_of_its_frames(tmp_path, monkeypatch):
    likely = np.linspace(0, 1, 24).reshape(12, 2)
    monkeypatch.setattr(modern, "confidence", lambda codes, labels: likely)
    gan.train(toy(), tmp_path / "modern", small(), CPU)
    assert np.array_equal(gan.confidence(tmp_path / "modern", toy()), likely)
    gan.train(toy(), tmp_path / "paper", recipes.settings("stackgan", gf=4, df=4, steps=1, batch=8), CPU)
    assert (gan.confidence(tmp_path / "paper", toy()) == np.ones((12, 2))).all()
