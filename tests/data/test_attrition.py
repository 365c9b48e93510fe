"""What a choice of clips cost, from tables that may be empty, of one class or of one label a clip."""

import pandas as pd
import pytest

from a2i.core.errors import A2IError
from a2i.data import attrition

NOTHING = attrition.Attrition([]).table()


def clips(*rows):
    """A table of clips from (label, labels, status)."""
    table = pd.DataFrame(rows, columns=["label", "labels", "status"])
    return table.assign(clip_id=[f"clip{i}" for i in range(len(table))])


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [("owl", ["owl"], "ok")],
        [("dog", ["/m/0bt9lr"], "ok"), ("cat", ["/m/01yrx"], "ok")],
        [("owl", [], "ok"), ("dog", [], "ok")],
        [("owl", None, "ok")],
    ],
    ids=["no clip", "one clip", "one label a clip", "no labels", "missing labels"],
)
def test_without_a_second_label_nothing_stands_beside_a_class(rows):
    table = attrition.cooccurrence(clips(*rows)).round(3)
    assert len(table) == 0
    assert list(table.columns) == ["label", "other", "name", "clips", "share"]


def test_the_share_of_a_label_is_that_of_the_classs_clips():
    table = attrition.cooccurrence(clips(("dog", ["/m/0bt9lr", "/m/x"], "ok"), ("dog", ["/m/0bt9lr"], "ok")))
    assert table[["label", "other", "clips", "share"]].to_numpy().tolist() == [["dog", "/m/x", 1, 0.5]]


@pytest.mark.parametrize("statuses", [["ok"], ["missing"], ["missing", "ok"]])
def test_the_way_of_each_class_ends_in_ok_whether_any_clip_is(statuses):
    table = attrition.by_class(NOTHING, clips(*(("owl", ["owl"], status) for status in statuses)))
    assert table.columns[-1] == "ok"
    assert table.loc["owl", ["listed", "ok"]].tolist() == [len(statuses), statuses.count("ok")]


@pytest.mark.parametrize(("label", "own"), [("dog", "Dog"), ("dog", "/m/0bt9lr"), ("accordion", "/m/0mkg"), ("猫", "猫")])
def test_a_class_does_not_stand_beside_itself_however_it_is_written(label, own):
    names = pd.DataFrame({"mid": ["/m/0mkg"], "display_name": ["Accordion"]})
    assert attrition.cooccurrence(clips((label, [own, "Rain"], "ok")), names)["other"].tolist() == ["Rain"]


def test_odd_clips_are_counted_a_class_and_a_remark():
    table = clips(("dog", [], "ok"), ("dog", [], "ok"), ("cat", [], "missing"), ("owl", [], "ok"))
    found = attrition.odd(table.assign(detail=["silent, still picture", "silent", "no media file", ""]))
    assert found.to_dict("index") == {"dog": {"silent": 2, "still picture": 1}}
    assert len(attrition.odd(table.assign(detail=""))) == 0


def test_without_a_usable_clip_the_reasons_and_what_helps_are_one_sentence():
    reasons = [("dog", [], status) for status in ("no_picture", "no_picture", "missing")]
    with pytest.raises(A2IError) as caught:
        attrition.need_usable(clips(*reasons))
    assert str(caught.value) == (
        "none of the 3 clips is usable: 2 no_picture, 1 missing; to keep them: -p keep_pictureless=true (a2i curate: --keep-pictureless)"
    )
    attrition.need_usable(clips(*reasons, ("dog", [], "ok")))
