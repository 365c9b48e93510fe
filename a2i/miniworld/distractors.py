"""What lists hold beside the clips that can be used: the mini world's lists have all of it, as AudioSet's do.

Segments of other sounds, or of two classes; a video of the evaluation list that the training list names too; a line
that stands there twice; videos that are gone, and files that came in part.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from a2i.core.files import replacing

# How many there are of each kind, as a share of the list's usable clips. Of AudioSet's own evaluation list 95 % of the
# lines are of other sounds, and a tenth of its videos was gone within a year: here just enough of each to be seen.
SHARES = {"other": 0.1, "two classes": 0.03, "in evaluation": 0.01, "twice": 0.005, "gone": 0.0125, "in part": 0.0075}
PART = 0.2  # of its bytes is left of a file that came in part


@dataclass(frozen=True)
class Segment:
    """A line of a list: a video's id, start and end in s, the ids of its labels."""

    source_id: str
    start: float
    end: float
    labels: tuple[str, ...]


@dataclass(frozen=True)
class Distractor:
    """A line that no usable clip comes of, and why: one of SHARES' names."""

    kind: str
    segment: Segment
    copy_of: str = ""  # the video of whose file this one's is a part


def distractors(
    usable: Sequence[Segment], evaluation: Sequence[Segment], others: Sequence[str], new_id: Callable[[str, int], str],
    rng: np.random.Generator,
) -> list[Distractor]:
    """The distractors beside the `usable` segments of a list.

    evaluation: those of the evaluation list, empty where `usable` are it. others: ids of labels that are no class.
    new_id: a video's id for a kind and a number.
    """

    found: list[Distractor] = []

    def some(kind: str, of: Sequence[Segment]) -> list[Segment]:
        count = round(SHARES[kind] * len(usable)) if of else 0
        return [of[int(i)] for i in rng.choice(len(of), min(count, len(of)), replace=False)] if count else []

    def fresh(kind: str, like: Segment, labels: tuple[str, ...], copy_of: str = "") -> Distractor:
        name = new_id(kind, sum(one.kind == kind for one in found))
        return Distractor(kind, Segment(name, like.start, like.end, labels), copy_of)

    classes = sorted({label for one in usable for label in one.labels} - set(others))
    for one in some("other", usable):
        beside = rng.choice(len(others), int(rng.integers(1, 3)), replace=False)
        found.append(fresh("other", one, tuple(sorted(others[int(i)] for i in beside))))
    for one in some("two classes", usable if len(classes) > 1 else []):
        second = classes[int(rng.integers(len(classes)))]
        if second not in one.labels:
            found.append(fresh("two classes", one, tuple(sorted({*one.labels, second}))))
    for one in some("in evaluation", evaluation):
        found.append(Distractor("in evaluation", Segment(one.source_id, one.start + 30, one.end + 30, one.labels)))
    found += [Distractor("twice", one) for one in some("twice", usable)]
    for one in some("gone", usable):
        found.append(fresh("gone", one, one.labels))
    for one in some("in part", usable):
        found.append(fresh("in part", one, one.labels, one.source_id))
    return found


def write_part(one: Distractor, media: Path) -> None:
    """Writes the file of a distractor that came in part, unless it is there, from the whole file of its original."""
    path = media / f"{one.segment.source_id}.mp4"
    if not path.exists():
        whole = (media / f"{one.copy_of}.mp4").read_bytes()
        with replacing(path) as temporary:
            temporary.write_bytes(whole[: int(len(whole) * PART)])
