"""The judge learns from real training frames alone."""

import numpy as np
from toy_store import ToyStore

from a2i.training import classifier
from a2i.training.device import choose

CPU = choose("cpu")


def test_judge_tells_two_colours_apart_on_frames_it_never_saw(tmp_path):
    classifier.train(ToyStore(), tmp_path, classifier.JudgeSettings(width=4, epochs=12, batch=16), CPU)
    new = ToyStore(seed=3)
    verdicts = classifier.probabilities(classifier.load(tmp_path, CPU), new.frames(np.arange(len(new.ok))))
    assert verdicts.shape == (len(new.ok), 3, 2)
    expected = (new.ok["label"] == "high").to_numpy()[:, None]
    assert ((verdicts.argmax(2) == 1) == expected).mean() > 0.95


def test_probabilities_keep_the_leading_axes():
    model = classifier.Judge(3, width=2).eval()
    verdicts = classifier.probabilities(model, np.zeros((2, 5, 64, 64, 3), np.uint8))
    assert verdicts.shape == (2, 5, 3)
    assert np.allclose(verdicts.sum(2), 1, atol=1e-5)
