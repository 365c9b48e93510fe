"""The encoder learns, goes on where it stopped, and says when the sound is."""

import numpy as np
import pytest
import torch
from toy_store import ToyStore

from a2i.training import encoder, loop
from a2i.training.device import choose

CPU = choose("cpu")
SMALL = encoder.EncoderSettings(width=4, embedding=8, epochs=6, batch=8)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    encoder.train(ToyStore(), folder, SMALL, CPU)
    return folder


def test_encoder_tells_two_hums_apart(trained):
    store = ToyStore(seed=1)
    rows, labels = store.split_rows("eval")
    probability = encoder.apply(encoder.load(trained, CPU), store, rows)["probability"]
    assert (probability.argmax(1) == labels).all()


def test_attention_sums_to_1_and_lies_on_the_sound(trained):
    store = ToyStore(seed=1)
    rows, _ = store.split_rows("eval")
    attention = encoder.apply(encoder.load(trained, CPU), store, rows)["attention"]
    assert attention.sum(1) == pytest.approx(np.ones(len(rows)), abs=1e-5)


def test_sound_without_a_picture_is_for_the_encoder_and_a_picture_without_sound_for_the_judge():
    store = ToyStore(per_class=6)
    train = set(np.flatnonzero(store.ok["split"] == "train"))
    store.has_picture[0] = store.has_sound[1] = False
    assert set(store.split_rows()[0]) == train - {0, 1}
    assert set(store.split_rows(picture=False)[0]) == train - {1}
    assert set(store.split_rows(sound=False)[0]) == train - {0}


def test_stopped_training_ends_in_the_same_weights_as_unbroken(tmp_path):
    settings = encoder.EncoderSettings(width=4, embedding=8, epochs=3, batch=8)
    whole = encoder.train(ToyStore(), tmp_path / "whole", settings, CPU)
    encoder.train(ToyStore(), tmp_path / "parts", settings, CPU, stop=lambda: True)
    assert not (tmp_path / "parts" / encoder.FILE).exists()
    parts = encoder.train(ToyStore(), tmp_path / "parts", settings, CPU)
    for one, other in zip(whole.state_dict().values(), parts.state_dict().values(), strict=True):
        assert torch.equal(one, other)


def test_mean_pooling_weighs_all_moments_alike():
    model = encoder.Encoder(2, width=4, embedding=8, pooling="mean").eval()
    _, weights = model.steps(torch.randn(2, 1, 128, 431))
    assert torch.allclose(weights, torch.full_like(weights, 1 / weights.shape[1]))


def test_evaluation_clips_are_not_learnt_from():
    rows, _ = ToyStore().split_rows("train")
    assert set(ToyStore().ok["split"].iloc[rows]) == {"train"}


def test_augmented_clip_keeps_its_shape_and_differs():
    clip = torch.randn(2, 1, 128, 431)
    changed = encoder.augment(clip, torch.Generator().manual_seed(0))
    assert changed.shape == clip.shape
    assert not torch.equal(changed, clip)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_encoder_trains_and_is_logged_on_a_gpu(tmp_path):
    encoder.train(ToyStore(), tmp_path, SMALL, choose("cuda"))
    assert (tmp_path / encoder.FILE).is_file() and (tmp_path / loop.LOSSES).is_file()
    heard = encoder.apply(encoder.load(tmp_path, choose("cuda")), ToyStore(), np.arange(3), generator=torch.Generator())
    assert np.isfinite(heard["embedding"]).all()
