"""Media files and the clips they belong to."""

import pandas as pd
import pytest

from a2i.core.errors import A2IError
from a2i.data.locate import find_media, video_id

ID = "-b_DEFGHIJK"


def clips(*rows):
    return pd.DataFrame(rows, columns=["source_id", "start"]).assign(clip_id=range(len(rows)))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (f"{ID}.mp4", "auto"),
        (f"Y{ID}.webm", "auto"),
        (f"{ID}.MKV", "auto"),
        (f"{ID}_30.000.mp4", "segment"),
        (f"{ID}_30.mp4", "segment"),
        (f"{ID}_30000.mp4", "segment"),
        (f"{ID}_000030.avi", "segment"),
        (f"Y{ID}_30.000_40.000.mov", "segment"),
        (f"{ID}_30.0-40.0.mp4", "segment"),
        (f"Ein Hund bellt [1] [{ID}].m2ts", "auto"),
        (f"犬 [{ID}]_30.mts", "segment"),
    ],
)
def test_every_common_name_is_found(tmp_path, name, kind):
    (tmp_path / name).touch()
    found = find_media(clips((ID, 30.0)), tmp_path)
    assert found["media"].tolist() == [str(tmp_path / name)]
    assert found["media_kind"].tolist() == [kind]


@pytest.mark.parametrize("folder", ["dog", "train/犬", "ID-less name"])
def test_media_below_folders_is_found_and_what_systems_leave_is_not(tmp_path, folder):
    for place in (folder, "__MACOSX/dog", ".cache"):
        (tmp_path / place).mkdir(parents=True)
        (tmp_path / place / f"{ID}.mp4").touch()
    assert find_media(clips((ID, 30.0)), tmp_path)["media"].tolist() == [str(tmp_path / folder / f"{ID}.mp4")]


@pytest.mark.parametrize(
    ("name", "video"),
    [
        ("vidcatAAAA1_000010.mp4", "vidcatAAAA1"),
        ("YvidcatAAAA1_30.000_40.000.wav", "vidcatAAAA1"),
        ("A title [vidcatAAAA1].mp4", "vidcatAAAA1"),
        ("vidcatAAAA1.mp4", ""),
        ("dog_barking_3.mp4", ""),
        ("Dog_Barking_3.mp4", ""),
        ("1.mp4", ""),
    ],
)
def test_a_name_says_of_which_video_a_file_is_a_cut(name, video):
    assert video_id(name) == video


@pytest.mark.parametrize(
    "name", [f"{ID}_40000.mp4", f"{ID}.txt", f"{ID}x.mp4", f"x{ID}.mp4", f"{ID.lower()}.mp4", f"{ID}_30.000_x.mp4"]
)
def test_other_files_are_not_taken_for_the_clip(tmp_path, name):
    (tmp_path / name).touch()
    (tmp_path / "other.mp4").touch()
    assert find_media(clips((ID, 30.0)), tmp_path)["media"].isna().tolist() == [True]


def test_two_segments_of_one_video_get_their_own_files(tmp_path):
    for name in (f"{ID}_30000.mp4", f"{ID}_000120.mp4", f"{ID}.mp4"):
        (tmp_path / name).touch()
    found = find_media(clips((ID, 30.0), (ID, 120.0), (ID, 60.0)), tmp_path)
    assert [path.rsplit("/", 1)[1] for path in found["media"]] == [f"{ID}_30000.mp4", f"{ID}_000120.mp4", f"{ID}.mp4"]


def test_each_file_is_used_where_two_names_could_mean_the_same_start(tmp_path):
    for name in (f"{ID}_120000.mp4", f"{ID}_120.mp4"):
        (tmp_path / name).touch()
    found = find_media(clips((ID, 120.0), (ID, 120000.0)), tmp_path)
    assert found["media"].notna().tolist() == [True, True]
    assert found["media"][0].endswith("_120.mp4")


def test_ids_that_differ_by_case_only_get_their_own_file_or_none(tmp_path):
    (tmp_path / "abcdefghijk.mp4").touch()
    found = find_media(clips(("abcdefghijk", 0.0), ("ABCDEFGHIJK", 0.0)), tmp_path)
    assert found["media"].notna().tolist() == [True, False]


def test_video_comes_before_sound_of_the_same_name(tmp_path):
    for extension in ("wav", "mkv", "m4a"):
        (tmp_path / f"{ID}.{extension}").touch()
    assert find_media(clips((ID, 0.0)), tmp_path)["media"][0].endswith(".mkv")


def test_folders_named_like_media_are_passed_over(tmp_path):
    (tmp_path / f"{ID}.mp4").mkdir()
    (tmp_path / "bbbbbbbbbbb.mp4").touch()
    assert find_media(clips((ID, 0.0)), tmp_path)["media"].isna().tolist() == [True]


@pytest.mark.parametrize("folder", ["missing", "empty", "a\0b", "x" * 10_000])
def test_a_folder_without_media_is_an_error_of_one_line(tmp_path, folder):
    (tmp_path / "empty").mkdir()
    with pytest.raises(A2IError) as caught:
        find_media(clips((ID, 0.0)), f"{tmp_path}/{folder}")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_the_real_clips_lack_22_files(real_dir):
    from a2i.data.lists import read_segments

    frame = pd.concat([read_segments(real_dir / f"{split}_segments.csv") for split in ("train", "eval")])
    assert find_media(frame, real_dir / "media")["media"].isna().sum() == 22
