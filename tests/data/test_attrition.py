"""What a choice of clips cost, from tables that may be empty, of one class or of one label a clip."""

import pandas as pd
import pytest

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
