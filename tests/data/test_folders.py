"""Folders of clips as people keep them."""

import os
import unicodedata

import pandas as pd
import pytest

from a2i.core.errors import A2IError
from a2i.data import folders
from a2i.data.dataset import Dataset
from a2i.data.lists import ID_PATTERN


def fill(folder, *paths):
    """Empty files in folders that are made as needed."""
    for path in paths:
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).touch()
    return folder


def read(folder, **options):
    clips, classes, notes = folders.from_folder(Dataset("folder", media=str(folder), **options))
    return clips, [c.name for c in classes], notes


def split_of(clips):
    """The split of each file, by its path's last two parts."""
    return {"/".join(path.split("/")[-2:]): split for path, split in zip(clips["media"], clips["split"])}


@pytest.fixture
def plain(tmp_path):
    dogs = [f"Dog/{'deep/' * (i % 2)}{i}.mp4" for i in range(10)]
    return fill(tmp_path, *dogs, *(f"My birds!/{i}.mts" for i in range(4)), "Dog/notes.txt", ".hidden/0.mp4")


def test_a_folder_of_class_folders_becomes_clips_of_both_splits(plain):
    clips, classes, notes = read(plain, eval_share=0.25, seed=1)
    counts = pd.crosstab(clips["label"], clips["split"])
    assert classes == ["dog", "My birds!"]
    assert counts.loc["dog"].to_dict() == {"eval": 2, "train": 8}
    assert counts.loc["My birds!"].to_dict() == {"eval": 1, "train": 3}
    assert clips["source_id"].str.match(ID_PATTERN).all()
    assert clips["clip_id"].is_unique
    assert notes == ["'.hidden': hidden or left by a system, passed over"]


def test_the_folders_place_does_not_change_ids_or_split(plain, tmp_path_factory):
    before = read(plain)[0]
    moved = tmp_path_factory.mktemp("other") / "place"
    plain.rename(moved)
    pd.testing.assert_frame_equal(read(moved)[0].drop(columns="media"), before.drop(columns="media"))


@pytest.mark.parametrize("held", ["val", "valid", "test", "Eval"])
def test_a_given_split_is_taken_and_is_no_class(tmp_path, held):
    fill(tmp_path, *(f"{top}/{name}/{i}.mp4" for top in ("train", held) for name in ("dog", "owl") for i in range(2)))
    clips, classes, _ = read(tmp_path)
    assert classes == ["dog", "owl"]
    assert clips.groupby(clips["media"].str.contains("/train/"))["split"].unique().map(list).to_dict() == {
        False: ["eval"],
        True: ["train"],
    }


def test_of_three_splits_validation_counts_as_training(tmp_path):
    fill(tmp_path, *(f"{top}/{c}/{i}.mp4" for top in ("train", "val", "test") for c in ("dog", "owl") for i in range(2)))
    clips, _, notes = read(tmp_path)
    assert clips["split"].value_counts().to_dict() == {"train": 8, "eval": 4}
    assert notes == ["val counts as training, test is for evaluation"]


def test_a_class_of_trains_is_no_split(tmp_path):
    fill(tmp_path, *(f"{name}/{i}.mp4" for name in ("train", "test") for i in range(2)), "train/steam/0.mp4")
    assert read(tmp_path)[1] == ["train", "test"]


def test_hidden_empty_and_tiny_folders_are_passed_over_and_named(tmp_path):
    fill(tmp_path, *(f"{name}/{i}.mp4" for name in ("dog", "cat") for i in range(2)))
    fill(tmp_path, "owl/1.mp4", "__MACOSX/dog/._1.mp4", "unsorted/.keep", "beside.mp4")
    clips, classes, notes = read(tmp_path)
    assert classes == ["cat", "dog"]
    assert len(clips) == 4
    assert [note.partition(":")[0] for note in notes] == ["'__MACOSX'", "'beside.mp4'", "'unsorted'", "'owl'"]


def test_names_in_any_script_stay_as_they_are(tmp_path):
    names = ["猫", "狗", "кот", "कुत्ता", "की", "का", "c++", "c"]
    fill(tmp_path, *(f"{name}/{i}.mp4" for name in names for i in range(2)))
    assert sorted(read(tmp_path)[1]) == sorted(unicodedata.normalize("NFC", name) for name in names)


def test_spellings_of_one_name_are_one_class_and_a_note_says_so(tmp_path):
    fill(tmp_path, "Dog/1.mp4", "dog/2.mp4", "Big owl/1.mp4", "big_owl/2.mp4", "big_owl/3.mp4")
    clips, classes, notes = read(tmp_path)
    assert classes == ["dog", "Big owl"]
    assert clips["label"].value_counts().to_dict() == {"Big owl": 3, "dog": 2}
    assert notes == ["'Big owl', 'big_owl': taken for one class, 'Big owl'", "'Dog', 'dog': taken for one class, 'dog'"]


def test_classes_are_chosen_before_anything_else_is_looked_at(tmp_path):
    fill(tmp_path, *(f"{name}/{i}.mp4" for name in ("dog", "Owl") for i in range(2)), "tiny/1.mp4")
    clips, classes, notes = read(tmp_path, classes="owl, Dog")
    assert (classes, notes) == (["dog", "Owl"], [])
    with pytest.raises(A2IError, match=r"no clips of 'wolf': it has 'Owl', 'dog', 'tiny'"):
        read(tmp_path, classes="wolf,dog")


def test_the_cuts_of_a_video_are_on_one_side(tmp_path):
    ids = [f"video{i}AAAAA" for i in range(6)]
    fill(tmp_path, *(f"{name}/{i}_{t:06d}.mp4" for name in ("dog", "owl") for i in ids[:3] for t in (0, 10)))
    fill(tmp_path, *(f"{name}/{i}_{t}.0-{t + 10}.0.mp4" for name in ("dog", "owl") for i in ids[3:] for t in (0, 10)))
    for seed in range(5):
        clips, _, _ = read(tmp_path, seed=seed, eval_share=0.5)
        assert set(clips["source_id"]) == set(ids)
        assert (clips.groupby("source_id")["split"].nunique() == 1).all()


def test_a_class_of_one_video_is_for_training_alone(tmp_path):
    fill(tmp_path, "dog/1.mp4", "dog/2.mp4", *(f"owl/videoAAAAA1_{t}.mp4" for t in (0, 10)))
    clips, classes, notes = read(tmp_path)
    assert clips.groupby("label")["split"].agg(set).to_dict() == {"dog": {"train", "eval"}, "owl": {"train"}}
    assert notes == ["'owl': all clips are of one video, none is left for evaluation"]


def test_a_sound_beside_a_picture_of_its_name_is_a_pair(tmp_path):
    fill(tmp_path, "dog/1.wav", "dog/1.jpg", "dog/2.wav", "dog/3.mp4", "dog/3.wav", "dog/3.jpg", "owl/1.m4a", "owl/2.ogg")
    clips, _, _ = read(tmp_path)
    names = [(os.path.basename(m), os.path.basename(p)) for m, p in zip(clips["media"], clips["picture"].fillna(""))]
    assert names == [("1.wav", "1.jpg"), ("2.wav", ""), ("3.mp4", ""), ("1.m4a", ""), ("2.ogg", "")]


def test_a_table_gives_classes_and_split(tmp_path):
    fill(tmp_path, *(f"clips/{i}.wav" for i in range(4)))
    lines = ["clips/0.wav;Katze, grau;train", "1.wav;Katze, grau;test", "2.wav;owl;train", "gone.wav;owl;test"]
    text = "\n".join(["\ufefffile;label;split", *lines, "../../etc/passwd;owl;test"])
    (tmp_path / "split.csv").write_text(text, encoding="utf-8")
    clips, classes, notes = read(tmp_path, table=str(tmp_path / "split.csv"))
    assert classes == ["Katze, grau", "owl"]
    assert clips["split"].tolist() == ["train", "eval", "train", "eval"]
    assert clips["media"].isna().tolist() == [False, False, False, True]
    assert notes == ["1 files of split.csv lie outside the folder: passed over"]


def test_the_last_of_numbered_folds_is_for_evaluation(tmp_path):
    fill(tmp_path, *(f"audio/{fold}-{i}-A-{i}.wav" for fold in range(1, 6) for i in range(2)))
    rows = [f"{fold}-{i}-A-{i}.wav,{fold},{i},{('dog', 'rain')[i]}" for fold in range(1, 6) for i in range(2)]
    (tmp_path / "esc.csv").write_text("\n".join(["filename,fold,target,category", *rows]))
    clips, classes, notes = read(tmp_path / "audio", table=str(tmp_path / "esc.csv"))
    assert classes == ["dog", "rain"]
    assert clips["split"].tolist() == ["train"] * 4 + ["eval"] + ["train"] * 4 + ["eval"]
    assert notes == ["fold 5 of 5 is for evaluation, the others are for training"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "cannot be read"),
        ("a,b\n1,2\n", "file and label"),
        ("file,label\n", "and rows"),
        ("file,label,split\na,b,x\n", "split is one of"),
    ],
)
def test_a_table_of_another_form_is_an_error_of_one_line(tmp_path, text, message):
    fill(tmp_path, "dog/1.mp4")
    (tmp_path / "table.csv").write_text(text)
    with pytest.raises(A2IError, match=message) as caught:
        read(tmp_path, table=str(tmp_path / "table.csv"))
    assert "\n" not in str(caught.value)


def test_a_file_name_that_is_no_utf8_is_named_in_an_error(plain):
    (plain / "Dog" / os.fsdecode(b"a\xff.mp4")).touch()
    with pytest.raises(A2IError, match="rename them"):
        read(plain)


@pytest.mark.parametrize(("place", "message"), [(".", "one folder a class"), ("none", "no folder")])
def test_a_folder_without_folders_is_an_error(tmp_path, place, message):
    with pytest.raises(A2IError, match=message):
        read(tmp_path / place)


def test_links_out_of_a_class_folder_are_not_walked_into(tmp_path):
    fill(tmp_path, "elsewhere/secret.mp4", *(f"set/{name}/{i}.mp4" for name in ("a", "b") for i in range(3)))
    (tmp_path / "set" / "a" / "link").symlink_to(tmp_path / "elsewhere")
    assert not read(tmp_path / "set")[0]["media"].str.contains("secret").any()


@pytest.mark.parametrize("name", ["!!!", "=1+1", "-x", "two\nlines", "%s", "a" * 200])
def test_no_name_of_a_folder_stops_the_reading(tmp_path, name):
    fill(tmp_path, *(f"{label}/{i}.mp4" for label in (name, "dog") for i in range(2)))
    assert len(read(tmp_path)[1]) == 2
