"""From a sound file to a picture file with a trained run, and clear errors without one."""

import numpy as np
import pytest
import scipy.io.wavfile
import torch
from PIL import Image
from toy_store import ToyStore

from a2i import imagine
from a2i.core.errors import A2IError
from a2i.training import encoder, gan, recipes
from a2i.training.device import choose

CPU = choose("cpu")


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    folder, store = tmp_path_factory.mktemp("run"), ToyStore()
    encoder.train(store, folder / "encoder", encoder.EncoderSettings(width=4, embedding=8, epochs=1, batch=8), CPU)
    data = gan.training_set(store, encoder.load(folder / "encoder", CPU), views=2)
    gan.train(data, folder / "gan", recipes.settings("modern", gf=4, df=4, steps=2, batch=8), CPU)
    return folder


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / "sound.wav"
    hum = 0.5 * np.sin(2 * np.pi * 220 * np.arange(3 * 16000) / 16000)
    scipy.io.wavfile.write(path, 16000, hum.astype(np.float32))
    return path


def test_sound_becomes_a_strip_of_pictures(run, sound, tmp_path):
    result = imagine.imagine(sound, run, tmp_path / "out.png", count=3, scale=2)
    assert Image.open(tmp_path / "out.png").size == (3 * 128, 128)
    assert sum(result.heard.values()) == pytest.approx(1, abs=1e-4)
    assert set(result.heard) == {"low", "high"}


def test_same_seed_draws_the_same_picture_and_another_seed_another(run, sound, tmp_path):
    first, same, other = (imagine.imagine(sound, run, tmp_path / "out.png", seed=s).pictures for s in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_untrained_run_is_an_error_that_names_the_option(sound, tmp_path):
    with pytest.raises(A2IError, match="--run"):
        imagine.imagine(sound, tmp_path, tmp_path / "out.png")


def test_file_that_is_no_sound_is_an_error_and_leaves_no_picture(run, tmp_path):
    (tmp_path / "noise.wav").write_bytes(b"no sound at all")
    with pytest.raises(A2IError):
        imagine.imagine(tmp_path / "noise.wav", run, tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize(("out", "count"), [("out.txt", 1), ("out.png", 0)])
def test_wrong_request_is_refused(run, sound, tmp_path, out, count):
    with pytest.raises(A2IError):
        imagine.imagine(sound, run, tmp_path / out, count=count)


def test_views_of_a_clip_start_with_the_clip_itself(run):
    store = ToyStore()
    listener = encoder.load(run / "encoder", CPU)
    data = gan.training_set(store, listener, views=2)
    rows, _ = store.split_rows()
    plain = torch.from_numpy(encoder.apply(listener, store, rows)["embedding"])
    assert torch.equal(data.embeddings[:, 0], plain)
    assert not torch.equal(data.embeddings[:, 1], plain)
