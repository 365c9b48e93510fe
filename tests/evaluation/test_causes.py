"""Each failing clip has one cause, found by what an exchange mends; shares and losses carry intervals."""

import numpy as np
import pandas as pd
import pytest

from a2i.evaluation import causes

RIGHT = {
    "label": "cat", "heard": "cat", "leads": "cat", "shown": "cat", "audible": True, "real": 1.0, "accuracy": 1.0, "mended": 1.0
}  # fmt: skip
FAILS = {"shown": "dog", "accuracy": 0.2}
MISHEARD = FAILS | {"heard": "dog", "leads": "dog"}


@pytest.mark.parametrize(
    ("clip", "expected"),
    [
        ({}, "none"),
        ({"accuracy": 0.5}, "none"),
        (MISHEARD, "sound"),
        (MISHEARD | {"audible": False}, "data"),
        (MISHEARD | {"mended": 0.25}, "picture"),
        (MISHEARD | {"shown": "ocean"}, "sound"),
        (MISHEARD | {"real": 0.0}, "sound"),
        (MISHEARD | {"real": 0.0, "mended": 0.0}, "data"),
        (FAILS, "picture"),
        (FAILS | {"real": 0.33}, "data"),
        (FAILS | {"leads": "dog"}, "sound"),
        (FAILS | {"leads": "ocean"}, "unclear"),
        (FAILS | {"leads": "dog", "mended": 0.0}, "picture"),
        (FAILS | {"mended": np.nan}, "picture"),
        (MISHEARD | {"mended": np.nan}, "unclear"),
    ],
)
def test_cause_is_what_an_exchange_mends(clip, expected):
    assert causes.cause(pd.DataFrame([RIGHT | clip])).tolist() == [expected]


def test_shares_of_a_class_count_its_clips_and_lie_within_exact_intervals():
    table = pd.DataFrame({"label": "cat", "cause": ["none"] * 6 + ["sound"] * 3 + ["data"]})
    found = causes.shares(table, ["cat", "dog"]).set_index("cause")
    assert found["count"].to_dict() == {"data": 1, "sound": 3, "picture": 0, "unclear": 0}
    assert (found["low"] <= found["share"]).all()
    assert (found["high"] > found["share"]).all(), "none of ten clips is not none at all"


def test_losses_on_the_way_add_up_to_what_fails():
    clips = [RIGHT, RIGHT | MISHEARD, RIGHT | FAILS | {"mended": 0.25}, RIGHT | FAILS]
    found = causes.losses(pd.DataFrame(clips), ["cat", "dog"]).set_index("place")["loss"]
    assert found.to_dict() == pytest.approx({"sound": 0.2, "embedding": (0.05 + 0.8) / 4, "picture": 0.75 / 4})
    assert found.sum() == pytest.approx(1 - np.mean([1, 0.2, 0.2, 0.2]))


def test_a_class_is_accused_where_it_fails_more_often_than_chance_allows():
    table = pd.DataFrame({"label": ["cat"] * 20 + ["dog"] * 20, "cause": "none"})
    table.loc[:7, "cause"] = ["sound"] * 5 + ["data"] * 3
    table.loc[20, "cause"] = "picture"
    assert causes.accused(table, ["cat", "dog", "ocean"]) == {"cat": "sound"}
