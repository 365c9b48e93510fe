"""A trained run, as small as one can be, and sounds for it, for the tests that take them by `from toy_run import ...`."""

import numpy as np
import pytest
from toy_store import ToyStore

from a2i import imagine
from a2i.training import encoder, gan, recipes
from a2i.training.device import choose


@pytest.fixture(scope="session")
def run(tmp_path_factory):
    """The folder of a run of two classes, trained for a moment."""
    folder, store, device = tmp_path_factory.mktemp("run"), ToyStore(), choose("cpu")
    encoder.train(store, folder / "encoder", encoder.EncoderSettings(width=4, embedding=8, epochs=1, batch=8), device)
    data = gan.training_set(store, encoder.load(folder / "encoder", device), views=2)
    gan.train(data, folder / "gan", recipes.settings("modern", gf=4, df=4, steps=2, batch=8), device)
    return folder


@pytest.fixture(scope="session")
def pair(run) -> imagine.Pair:
    """Its encoder and generator."""
    return imagine.load(run)


@pytest.fixture(scope="session")
def hum() -> np.ndarray:
    """Four seconds of a low tone: float32 (samples,), 22,050 Hz."""
    return (0.5 * np.sin(2 * np.pi * 220 * np.arange(4 * 22050) / 22050)).astype(np.float32)


@pytest.fixture(scope="session")
def hiss() -> np.ndarray:
    """Ten seconds of noise, softer: float32 (220500,), 22,050 Hz."""
    return np.random.default_rng(0).normal(0, 0.05, 220500).astype(np.float32)
