"""Which classes an evaluation is of: those with usable clips in training AND in evaluation; the others are named."""

from dataclasses import dataclass

import numpy as np

from a2i.core.errors import A2IError
from a2i.data.classes import need_two, title
from a2i.data.store import Store


@dataclass(frozen=True)
class Coverage:
    """The evaluation clips that count, and the classes that they are of."""

    rows: np.ndarray  # int64 (n,): positions in the store's `ok`
    target: np.ndarray  # int64 (n,): the class of each, its position in ALL the store's classes
    classes: tuple[str, ...]  # those evaluated, in the store's order
    learned: tuple[str, ...]  # those with usable training clips: what a model may answer
    left_out: dict[str, str]  # the others: what each lacks

    @property
    def chance(self) -> float:
        """The accuracy of a guess among the classes learned."""
        return 1 / len(self.learned)

    def __str__(self) -> str:
        """A line for the reader: how many classes are evaluated, and which are not."""
        without = "; ".join(f"{title(name)} (no usable {lacks} clip)" for name, lacks in self.left_out.items())
        count = f"{len(self.classes)} of {len(self.classes) + len(self.left_out)} classes evaluated"
        return f"{count}; left out: {without}" if without else count


def cover(store: Store, *, picture: bool = True) -> Coverage:
    """What can be evaluated of `store`, by sound, and with `picture` by picture too.

    Raises A2IError where nothing can: no sound, no picture, fewer than two classes to learn, or no evaluation clip.
    """
    if len(store.ok) and not store.has_sound.any():
        raise A2IError(f"{store.folder}: no clip has sound, so there is nothing to hear: the run ends with notebook 01")
    if len(store.ok) and picture and not store.has_picture.any():
        raise A2IError(f"{store.folder}: no clip has a picture, so there is nothing to draw: the run ends with notebook 03")
    _, learned = store.split_rows(picture=picture)
    rows, target = store.split_rows("eval", picture=picture)
    there = {"training": np.unique(learned), "evaluation": np.unique(target)}
    left_out = {
        name: side for i, name in enumerate(store.classes) for side, labels in there.items() if i not in labels
    }
    known = tuple(store.classes[i] for i in there["training"])
    need_two(known, str(store.folder))
    kept = np.isin(target, there["training"])
    if not kept.any():
        raise A2IError(f"{store.folder}: no class has a usable evaluation clip: add clips to the evaluation side")
    classes = tuple(name for name in store.classes if name not in left_out)
    return Coverage(rows[kept], target[kept], classes, known, left_out)
