"""What cannot be evaluated is named, once and in one sentence, and what can goes on without it."""

import numpy as np
import pytest
from toy_store import ToyStore

from a2i.core.errors import A2IError
from a2i.evaluation.coverage import cover


def store_of(*labels_and_splits: tuple[str, str]) -> ToyStore:
    """A toy store that has just these clips."""
    store = ToyStore(per_class=len(labels_and_splits))
    store.ok = store.ok.head(len(labels_and_splits)).assign(
        label=[label for label, _ in labels_and_splits], split=[split for _, split in labels_and_splits]
    )
    store.has_sound = store.has_picture = np.ones(len(store.ok), bool)
    return store


BOTH = (("low", "train"), ("high", "train"), ("low", "eval"), ("high", "eval"))


def test_all_classes_are_evaluated_where_all_have_clips_on_both_sides():
    found = cover(store_of(*BOTH))
    assert (found.rows.tolist(), found.target.tolist()) == ([2, 3], [0, 1])
    assert str(found) == "2 of 2 classes evaluated"
    assert found.chance == 0.5


def test_a_class_without_an_evaluation_clip_is_named_and_still_an_answer():
    found = cover(store_of(*BOTH[:3]))
    assert str(found) == "1 of 2 classes evaluated; left out: High (no usable evaluation clip)"
    assert found.rows.tolist() == [2]
    assert found.chance == 0.5


def test_a_class_that_could_not_be_learned_is_not_scored():
    store = store_of(*BOTH, ("third", "eval"))
    store.classes = ("low", "high", "third")
    found = cover(store)
    assert found.left_out == {"third": "training"}
    assert found.rows.tolist() == [2, 3]


@pytest.mark.parametrize("clips", [BOTH[:1], BOTH[:1] + BOTH[2:], ()])
def test_one_class_alone_is_one_sentence(clips):
    with pytest.raises(A2IError, match="data/toy: (only one class, 'low',|no class) has usable training clips"):
        cover(store_of(*clips) if clips else ToyStore(per_class=0))


def test_no_evaluation_clip_at_all_is_one_sentence():
    with pytest.raises(A2IError, match="no class has a usable evaluation clip"):
        cover(store_of(*BOTH[:2]))


def test_without_any_picture_the_sound_is_evaluated_and_the_drawing_says_where_it_ends():
    store = store_of(*BOTH)
    store.has_picture = np.zeros(4, bool)
    assert len(cover(store, picture=False).rows) == 2
    with pytest.raises(A2IError, match="nothing to draw: the run ends with notebook 03"):
        cover(store)


def test_without_any_sound_there_is_nothing_to_hear():
    store = store_of(*BOTH)
    store.has_sound = np.zeros(4, bool)
    with pytest.raises(A2IError, match="nothing to hear"):
        cover(store, picture=False)
