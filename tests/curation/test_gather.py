"""From what a profile names to clips: clear errors for what is missing, truth for the mini world."""

import pytest

from a2i.core.errors import A2IError
from a2i.curation.gather import gather
from a2i.data.dataset import Dataset
from a2i.miniworld.world import MiniWorldSettings


@pytest.fixture(scope="module")
def mini(tmp_path_factory):
    folder = tmp_path_factory.mktemp("mini")
    return folder, gather(Dataset(), folder, world=MiniWorldSettings(train_per_class=1, eval_per_class=1), workers=1)


def test_mini_world_gives_ten_classes_with_media_and_truth(mini):
    _, gathered = mini
    assert len(gathered.classes) == 10
    assert gathered.clips["media"].notna().all()
    assert gathered.clips["split"].value_counts().to_dict() == {"train": 10, "eval": 10}
    assert gathered.truth.is_file()


def test_lists_of_the_mini_world_give_the_same_clips(mini):
    folder, gathered = mini
    world = folder / "world"
    named = {name: str(world / f"{name}.csv") for name in ("train_segments", "eval_segments")}
    lists = Dataset("lists", **named, media=str(world / "media"))
    again = gather(lists, folder)
    assert again.clips["clip_id"].tolist() == gathered.clips["clip_id"].tolist()
    assert again.truth is None


def test_folder_of_classes_is_split_and_ordered_as_in_the_paper(mini, tmp_path):
    _, gathered = mini
    for row in gathered.clips[gathered.clips["label"].isin(["ocean", "cat"])].itertuples():
        target = tmp_path / row.label / f"{row.source_id}.mp4"
        target.parent.mkdir(exist_ok=True)
        target.symlink_to(row.media)
    found = gather(Dataset("folder", media=str(tmp_path)), tmp_path)
    assert found.classes == ("cat", "ocean")
    assert sorted(found.clips["split"].unique()) == ["eval", "train"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (Dataset("cloud"), "not known"),
        (Dataset("lists"), "train_segments"),
        (Dataset("folder"), "class-named"),
        (Dataset("lists", "none.csv", "none.csv", media="media"), "none.csv"),
    ],
)
def test_what_is_missing_is_named(source, message, tmp_path):
    with pytest.raises(A2IError, match=message):
        gather(source, tmp_path)


def test_folder_without_the_media_of_any_clip_is_an_error(mini, tmp_path):
    folder, _ = mini
    world = folder / "world"
    (tmp_path / "AAAAAAAAAAA.mp4").write_bytes(b"of another list")
    with pytest.raises(A2IError, match="none of the 20 clips"):
        named = {name: str(world / f"{name}.csv") for name in ("train_segments", "eval_segments")}
        gather(Dataset("lists", **named, media=str(tmp_path)), tmp_path)
