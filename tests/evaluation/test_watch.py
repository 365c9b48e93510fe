"""The KID of a training under way tells real frames from noise, and is left out where there is nothing to set it against."""

import numpy as np
import pandas as pd
import pytest
from toy_store import ToyStore

from a2i.cli import main
from a2i.data.pack import pack
from a2i.evaluation.watch import Kid, RandomView
from a2i.training import gan
from a2i.training.device import choose

STORE = ToyStore(per_class=18)


@pytest.fixture(scope="module")
def kid() -> Kid:
    return Kid(STORE, choose("cpu"))


def test_real_training_frames_are_nearer_than_their_class_alone_and_noise_is_farthest(kid):
    one_class = STORE.frames(np.flatnonzero(STORE.ok["label"] == "low"))[:, 0]
    noise = np.random.default_rng(0).integers(0, 256, (20, 64, 64, 3), np.uint8)
    assert abs(kid.floor) < kid(one_class)["kid"] / 2 < kid(noise)["kid"] / 2


def test_the_same_pictures_have_the_same_kid(kid):
    frames = STORE.frames(np.arange(20))[:, 1]
    assert kid(frames) == kid(frames) == Kid(STORE, choose("cpu"))(frames)
    assert isinstance(kid.view, RandomView)


def test_too_few_frames_give_no_kid(kid):
    assert kid(STORE.frames(np.arange(3))[:, 0]) == {}


def test_the_command_train_logs_the_kid(tmp_path):
    pack(STORE.write(tmp_path / "store"), tmp_path / "toy.pack")
    small = ["encoder.width=4", "encoder.embedding=8", "encoder.epochs=1", "gan.gf=4", "gan.df=4", "gan.steps=8", "gan.batch=4"]
    command = ["train", str(tmp_path / "toy.pack"), "--out", str(tmp_path / "run"), "--recipe", "modern"]
    assert main(command + [word for setting in small for word in ("-p", setting)]) == 0
    assert pd.read_csv(tmp_path / "run" / "gan" / gan.LOSSES)["kid"].notna().sum() == 8
