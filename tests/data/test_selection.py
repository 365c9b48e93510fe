"""The choice of clips from lists."""

import pandas as pd
import pytest

from a2i.core.errors import A2IError
from a2i.data import selection
from a2i.data.attrition import cooccurrence
from a2i.data.dataset import Dataset
from a2i.data.lists import read_labels, read_segments, read_vggsound
from a2i.data.selection import assert_disjoint, descendants, select

CAT, DOG, TRAIN, MUSIC = "/m/01yrx", "/m/0bt9lr", "/m/07jdr", "/m/04rlf"


def table(*rows):
    """A list: (id, labels) or (id, labels, start); short ids are filled up."""
    rows = [(*row, 0.0)[:3] for row in rows]
    frame = pd.DataFrame(rows, columns=["source_id", "labels", "start"])
    frame["source_id"] = frame["source_id"].str.pad(11, side="right", fillchar="_")
    return frame.assign(end=frame["start"] + 10)


def many(mid, n, prefix="a"):
    return table(*[(f"{prefix}{i}{mid[-2:]}", [mid]) for i in range(n)])


def lost(selection, step, split="train", label="all"):
    rows = selection.losses.query("step == @step and split == @split and label == @label")
    return int(rows["lost"].sum())


def test_the_papers_rule_on_audiosets_evaluation_list(audioset_dir):
    chosen = select(None, read_segments(audioset_dir / "eval_segments.csv"))
    assert chosen.losses.query("step == 'classes'")["kept"].item() == 984
    assert lost(chosen, "single", "eval") == 3
    assert len(chosen.clips) == 981
    assert chosen.against_paper()["clips"].tolist() == [0, 981]
    assert chosen.counts().loc["dog", "eval"] == 227


def test_guitars_company_on_audiosets_evaluation_list(audioset_dir):
    chosen = select(None, read_segments(audioset_dir / "eval_segments.csv"))
    labels = read_labels(audioset_dir / "class_labels_indices.csv")
    company = cooccurrence(chosen.clips, labels, top=30).set_index(["label", "name"])
    assert company.loc[("guitar", "Music"), "clips"] == 91
    assert company.loc[("guitar", "Music"), "share"] == pytest.approx(91 / 92)
    assert ("guitar", "Acoustic guitar") not in company.index


def test_the_clips_have_the_columns_that_later_stages_read():
    chosen = select(table(("a", [CAT, MUSIC], 30.0)), None)
    assert chosen.clips.iloc[0].to_dict() == {
        "clip_id": "a___________30000",
        "source_id": "a__________",
        "start": 30.0,
        "end": 40.0,
        "label": "cat",
        "labels": [CAT, MUSIC],
        "split": "train",
    }


def test_a_clip_with_two_classes_is_left_out_and_counted_for_both():
    chosen = select(table(("a", [CAT, DOG]), ("b", [CAT]), ("c", [DOG])), None)
    assert chosen.clips["source_id"].str[0].tolist() == ["b", "c"]
    assert [lost(chosen, "single", label=name) for name in ("all", "cat", "dog")] == [1, 1, 1]


def test_a_clip_with_two_classes_is_kept_under_the_rarer_where_asked():
    chosen = select(table(("a", [CAT, DOG]), ("b", [DOG]), ("c", [DOG])), None, Dataset(keep_multi=True))
    assert chosen.clips["label"].tolist() == ["cat", "dog", "dog"]


def test_a_label_named_twice_is_one_class():
    assert select(table(("a", [CAT, CAT])), None).clips["label"].tolist() == ["cat"]


def test_a_childs_label_counts_where_an_ontology_is_given():
    ontology = {DOG: ["/t/bark"], "/t/bark": ["/t/yip"], "/t/yip": [DOG]}
    lists = table(("a", ["/t/yip"]), ("b", [DOG, "/t/bark"]))
    assert len(select(lists, None).clips) == 1
    chosen = select(lists, None, ontology=ontology)
    assert chosen.clips["label"].tolist() == ["dog", "dog"]


def test_a_chosen_child_is_not_its_chosen_parent():
    names = pd.DataFrame({"mid": [DOG, "/t/bark"], "display_name": ["Dog", "Bark"]})
    settings = Dataset(classes="dog, Bark")
    lists = table(("a", ["/t/bark"]), ("b", [DOG]))
    chosen = select(lists, None, settings, labels=names, ontology={DOG: ["/t/bark"]})
    assert chosen.clips["label"].tolist() == ["bark", "dog"]


def test_a_loop_in_the_ontology_ends():
    assert descendants({"a": ["b"], "b": ["c"], "c": ["a", "b"]}, "a") == {"b", "c"}


def test_the_originals_shares_cut_three_classes_to_a_third():
    lists = pd.concat([many(CAT, 30), many(DOG, 30), many(TRAIN, 31)])
    chosen = select(lists, None, Dataset(classes="cat,dog,train", shares="train=1/3,dog=1/3"))
    assert chosen.counts()["train"].tolist() == [30, 10, 10]
    assert lost(chosen, "shares", label="train") == 21


def test_shares_can_be_written_as_text_and_leave_evaluation_alone():
    chosen = select(many(CAT, 30), many(CAT, 9, "e"), Dataset(shares="cat = 1/3"))
    assert chosen.counts().loc["cat"].tolist() == [10, 9]


@pytest.mark.parametrize("shares", ["cat", "cat=two", "cat=1/0", "cat=0", "cat=2", "zebra=0.5", "ocean=-1"])
def test_shares_that_make_no_sense_are_an_error(shares):
    with pytest.raises(A2IError, match="shares|no class"):
        select(many(CAT, 3), None, Dataset(classes="cat", shares=shares))


def test_balance_cuts_to_the_smallest_class_and_the_cap_further():
    lists = pd.concat([many(CAT, 30), many(DOG, 12)])
    assert select(lists, None, Dataset(balance=True)).counts()["train"].tolist() == [12, 12]
    capped = Dataset(balance=True, cap_per_class=5)
    assert select(lists, None, capped).counts()["train"].tolist() == [5, 5]


def test_which_clips_are_cut_depends_on_the_seed_but_not_on_the_lists_order():
    lists = many(CAT, 40)
    settings = Dataset(cap_per_class=10)
    kept = set(select(lists, None, settings).clips["clip_id"])
    assert set(select(lists[::-1], None, settings).clips["clip_id"]) == kept
    assert set(select(lists, None, Dataset(cap_per_class=10, seed=1)).clips["clip_id"]) != kept


def test_excluded_lists_take_their_videos_out_of_both_splits(tmp_path):
    (tmp_path / "other.csv").write_text("a0x________,5,cat meowing,test\ne0x________,1,dog barking,test\n")
    train, held = table(("a0x", [CAT]), ("a1x", [CAT])), table(("e0x", [CAT]), ("e1x", [CAT]))
    chosen = select(train, held, Dataset(exclude=str(tmp_path / "other.csv")))
    assert chosen.clips["source_id"].str[:2].tolist() == ["a1", "e1"]
    assert lost(chosen, "exclude") == 1


def test_a_video_of_the_evaluation_list_is_never_trained_on_even_by_another_segment():
    train = table(("a", [CAT], 30.0), ("b", [CAT]))
    chosen = select(train, table(("a", [CAT], 90.0)), Dataset())
    assert chosen.clips["clip_id"].tolist() == ["b___________0", "a___________90000"]
    assert lost(chosen, "overlap") == 1


def test_lists_of_several_sets_are_one_table_of_ids(tmp_path):
    (tmp_path / "vgg.csv").write_text("abcdefghijk,5,cat meowing,test\nbbbbbbbbbbb,0,dog barking,train\n")
    vgg = read_vggsound(tmp_path / "vgg.csv")
    parts = dict(list(vgg.groupby("split")))
    audioset = table(("abcdefghijk", [CAT]), ("ccccccccccc", [CAT]))
    chosen = select([audioset, parts["train"]], [table(("e", [DOG])), parts["eval"]])
    assert chosen.clips["source_id"].tolist() == ["ccccccccccc", "bbbbbbbbbbb", "e__________", "abcdefghijk"]


def test_a_segment_listed_twice_is_one_clip():
    chosen = select([table(("a", [CAT])), table(("a", [CAT]), ("a", [CAT], 10.0))], None)
    assert chosen.clips["clip_id"].tolist() == ["a___________0", "a___________10000"]
    assert lost(chosen, "repeated") == 1


def test_the_assertion_names_the_videos_in_both_splits():
    clips = pd.DataFrame({"source_id": ["abcdefghijk", "x", "abcdefghijk"], "split": ["train", "train", "eval"]})
    with pytest.raises(A2IError, match="abcdefghijk"):
        assert_disjoint(clips)
    assert_disjoint(clips[:2])


def test_lines_refused_by_the_reader_are_in_the_losses(tmp_path):
    (tmp_path / "list.csv").write_text("../../etc/x, 0, 10, /m/01yrx\nabcdefghijk, 0, 10, /m/01yrx\n")
    chosen = select(read_segments(tmp_path / "list.csv"), None)
    assert lost(chosen, "read") == 1


def test_every_listed_segment_is_kept_or_lost_once(audioset_dir):
    frame = read_segments(audioset_dir / "eval_segments.csv")
    half = len(frame) // 2
    settings = Dataset(shares="dog=1/3", balance=True, cap_per_class=20)
    chosen = select(frame[:half], frame[half:], settings)
    total = chosen.losses.query("label == 'all'")["lost"].sum() + len(chosen.clips)
    assert total == len(frame)


def test_classes_are_found_by_name_title_display_name_and_id(audioset_dir):
    labels = read_labels(audioset_dir / "class_labels_indices.csv")
    frame = read_segments(audioset_dir / "eval_segments.csv")
    wanted = 'baby, Acoustic Guitar, "Race car, auto racing", /m/0bt9lr, Accordion'
    chosen = select(None, frame, Dataset(classes=wanted), labels=labels)
    assert [c.name for c in chosen.classes] == ["baby", "guitar", "race_car", "dog", "accordion"]


def test_a_name_that_only_the_lists_know_is_a_class():
    chosen = select(table(("a", ["tap dancing"])), None, Dataset(classes="tap dancing"))
    assert chosen.clips["label"].tolist() == ["tap_dancing"]


def test_an_unknown_class_is_an_error_that_names_the_nearest():
    with pytest.raises(A2IError, match="did you mean 'helicopter'"):
        select(table(("a", [CAT])), None, Dataset(classes="helicoptre"))


def test_a_class_asked_for_without_clips_is_an_error():
    with pytest.raises(A2IError, match="'dog' has no clip in the eval list"):
        select(table(("a", [CAT]), ("b", [DOG])), table(("c", [CAT])), Dataset(classes="cat,dog"))


def test_of_the_papers_ten_only_those_in_both_lists_remain():
    chosen = select(table(("a", [CAT]), ("b", [DOG])), table(("c", [CAT])))
    assert [c.name for c in chosen.classes] == ["cat"]
    assert set(chosen.clips["label"]) == {"cat"}
    assert lost(chosen, "absent", label="dog") == 1


def test_lists_without_any_class_are_an_error():
    with pytest.raises(A2IError, match="no class has clips"):
        select(table(("a", [MUSIC])), None)


def test_the_choice_is_the_same_however_many_rows_are_looked_at_in_one_go(audioset_dir, monkeypatch):
    frame = read_segments(audioset_dir / "eval_segments.csv").iloc[:3000]
    whole = select(frame, None, Dataset(keep_multi=True))
    monkeypatch.setattr(selection, "_SLICE", 7)
    sliced = select(frame, None, Dataset(keep_multi=True))
    assert sliced.clips["labels"].tolist() == whole.clips["labels"].tolist()
    pd.testing.assert_frame_equal(sliced.clips.drop(columns="labels"), whole.clips.drop(columns="labels"))
    pd.testing.assert_frame_equal(sliced.losses, whole.losses)


def test_a_list_may_name_classes_by_what_people_call_them():
    names = pd.DataFrame({"mid": [DOG], "display_name": ["Domestic dog"]})
    lists = table(("a", ["Dog"]), ("b", ["cat", "Rain"]), ("c", ["Domestic dog"]))
    assert select(lists, None, labels=names).clips["label"].tolist() == ["dog", "cat", "dog"]
