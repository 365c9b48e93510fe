"""Inputs as people have them, through notebook 01: each ends in a store, or in one sentence that says why not."""

import shutil
from types import SimpleNamespace

import inline_notebooks
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy.io import wavfile

from a2i.core.errors import A2IError
from a2i.curation.gather import choose
from a2i.data.dataset import Dataset


def curate(root, media, **options):
    """Notebook 01 on a folder: what it defined, and as `printed` what it showed."""
    namespace = {}
    printed = inline_notebooks.run("01", root, namespace, source="folder", media=str(media), workers=1, **options)
    return SimpleNamespace(**namespace, printed=printed)


@pytest.fixture
def curated(tmp_path, bugs_dir):
    return lambda name, **options: curate(tmp_path, bugs_dir / name, **options)


def usable(space):
    """Usable clips by class and split."""
    clips = space.store.ok
    return pd.crosstab(clips["label"], clips["split"]).to_dict("index")


def test_plain_folders_become_a_store(curated):
    space = curated("plain_folder")
    assert usable(space) == {"cat": {"eval": 1, "train": 2}, "dog": {"eval": 1, "train": 2}}
    assert "no clip carries a label beside its class" in space.printed


def test_a_given_split_is_kept(curated):
    space = curated("split_layout")
    assert usable(space) == {name: {"eval": 2, "train": 4} for name in ("cat meowing", "dog barking")}
    assert "val counts as training, test is for evaluation" in space.printed


def test_a_class_without_a_usable_evaluation_clip_is_named(curated):
    space = curated("eval_clip_broken")
    assert usable(space)["owl"] == {"eval": 0, "train": 1}
    assert "left out: Owl (no usable evaluation clip)" in space.printed


def test_the_cuts_of_a_video_stay_on_one_side_and_are_counted(curated):
    space = curated("cuts_of_few_videos")
    assert (space.store.ok.groupby("source_id")["split"].nunique() == 1).all()
    assert space.store.ok["source_id"].nunique() == 4
    assert not space.both


def test_videos_on_both_sides_of_a_given_split_are_counted(tmp_path, bugs_dir):
    for split, time in (("train", "000000"), ("test", "000010")):
        for name in ("cat", "dog"):
            target = tmp_path / "media" / split / name
            target.mkdir(parents=True)
            shutil.copy(bugs_dir / "cuts_of_few_videos" / name / f"vid{name}AAAA1_{time}.mp4", target)
    space = curate(tmp_path, tmp_path / "media")
    assert space.both == {"vidcatAAAA1", "viddogAAAA1"}


@pytest.mark.parametrize(
    ("name", "note"),
    [("stray_folders", "'unsorted': no media, passed over"), ("one_clip_class", "'owl': one clip only, passed over")],
)
def test_strays_are_passed_over_with_a_note(curated, name, note):
    space = curated(name)
    assert sorted(usable(space)) == ["cat", "dog"]
    assert note in space.printed


def test_classes_keep_the_names_that_are_not_latin(curated):
    assert sorted(usable(curated("non_latin"))) == ["狗", "猫"]


def test_sound_without_pictures_is_kept_where_asked_and_else_one_true_sentence(curated):
    with pytest.raises(A2IError, match="^none of the 6 clips is usable: 6 no_picture; to keep them: -p keep_pictureless"):
        curated("sound_only")


def test_sound_without_pictures_is_a_store_of_sound(curated):
    space = curated("sound_only", keep_pictureless=True)
    assert len(space.store.ok) == 6
    assert not space.store.has_picture.any()


@pytest.mark.parametrize(
    ("name", "kept", "notes"),
    [("display_names", 2, 0), ("excel_name", 1, 1), ("pandas_index", 2, 0)],
)
def test_lists_of_people_are_read_and_what_is_refused_is_said(bugs_dir, name, kept, notes):
    chosen, _ = choose(Dataset("lists", train_segments=str(bugs_dir / "lists" / f"{name}.csv")))
    assert len(chosen.clips) == kept
    assert chosen.losses.query("step == 'read'")["lost"].sum() == notes


def sound(path, frequency, seconds=3):
    """A wav file of a tone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    wave = np.sin(np.arange(seconds * 22050) / 22050 * 2 * np.pi * frequency)
    wavfile.write(path, 22050, (9000 * wave).astype(np.int16))


def test_a_sound_beside_a_picture_of_its_name_is_a_clip_with_a_picture(tmp_path):
    for number, name in enumerate(("dog", "cat")):
        for i in range(3):
            sound(tmp_path / "media" / name / f"{i}.wav", 300 + 100 * number + 10 * i)
            Image.new("RGB", (80, 60), (200 * number, 40, 40 * i)).save(tmp_path / "media" / name / f"{i}.jpg")
    store = curate(tmp_path, tmp_path / "media").store
    assert (len(store.ok), store.has_picture.all()) == (6, True)
    assert store.frames([0]).shape == (1, 3, 64, 64, 3)
    assert np.abs(store.frames([0]).astype(int) - (200, 40, 0)).max() < 12, "cat is the first class"


def test_a_copy_on_the_other_side_of_a_folders_split_is_reported(tmp_path):
    for number, path in enumerate(("train/dog/a", "train/dog/b", "train/cat/a", "test/dog/c", "test/cat/b")):
        sound(tmp_path / "media" / f"{path}.wav", 300 + 50 * number)
    shutil.copy(tmp_path / "media/train/dog/a.wav", tmp_path / "media/test/dog/again.wav")
    space = curate(tmp_path, tmp_path / "media", keep_pictureless=True)
    assert space.leaks["by"].tolist() == ["file"]


def test_odd_clips_are_counted_and_left_out_where_asked(tmp_path):
    for name in ("dog", "cat"):
        for i in range(3):
            sound(tmp_path / "media" / name / f"{i}.wav", 300 + 50 * i, seconds=8)
    sound(tmp_path / "media/dog/long.wav", 500, seconds=30)
    sound(tmp_path / "media/dog/silent.wav", 0, seconds=8)
    space = curate(tmp_path, tmp_path / "media", keep_pictureless=True)
    assert space.odd.to_dict("index") == {"dog": {"longer than its segment": 1, "silent": 1}}
    left = curate(tmp_path, tmp_path / "media", keep_pictureless=True, keep_odd=False, data="data/strict").store.clips
    assert left["status"].value_counts().to_dict() == {"ok": 6, "odd": 2}
