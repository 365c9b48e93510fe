"""Whatever a user's folder or list holds, the notebooks end with a report or with one sentence, and never a traceback.

Their cells run in this process, at toy size; the bench of the same name runs hundreds of sets.
"""

import re
from pathlib import Path

import matplotlib as mpl
import odd_run
import odd_sets
import pytest

pytestmark = pytest.mark.slow

mpl.use("agg")

ALL = ("01", "02", "03", "04", "05")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory) -> dict[str, list[Path]]:
    return odd_sets.prepare(tmp_path_factory.mktemp("prepared"))


@pytest.mark.parametrize("number", range(5))
def test_an_odd_set_ends_with_a_report_or_one_sentence(tmp_path, prepared, number):
    ending = odd_run.go(odd_sets.make(tmp_path / "set", prepared, number), tmp_path / "root", ALL[:2])
    assert not ending.fault, ending.fault
    assert ending.sentence or ending.ran == list(ALL[:2])


def test_two_classes_of_two_clips_with_one_label_each_go_through_all_notebooks(tmp_path, prepared):
    made = odd_sets.folders(tmp_path, {"cat": prepared["clip"][:2], "\u732b": prepared["clip"][2:]})
    ending = odd_run.go(made, tmp_path / "root", ALL)
    assert (ending.ran, ending.sentence, ending.fault, ending.warned) == (list(ALL), "", "", [])


def test_a_class_without_a_usable_evaluation_clip_is_named_and_left_out(tmp_path, prepared):
    made = odd_sets.folders(tmp_path, {"cat": prepared["clip"][:2], "dog": prepared["clip"][2:], "owl": prepared["clip"][:2]})
    first, second = sorted((tmp_path / "media" / "owl").iterdir())
    printed = []
    for broken in (first, second):  # one of them is the evaluation clip
        good = broken.read_bytes()
        broken.unlink()
        broken.write_bytes(b"broken")
        ending = odd_run.go(made, tmp_path / f"root{broken.stem}", ALL)
        assert (ending.ran, ending.fault) == (list(ALL), "")
        printed += re.findall(r"2 of 3 classes evaluated; left out: Owl \(no usable (\w+) clip\)", ending.printed)
        broken.write_bytes(good)
    assert sorted(set(printed)) == ["evaluation", "training"]
    assert len(printed) == 2 * 5, "in every notebook"


def test_sounds_alone_go_as_far_as_the_encoder_which_says_so(tmp_path, prepared):
    made = odd_sets.folders(tmp_path, {"cat": prepared["sound"], "dog": prepared["sound"]}, keep_pictureless=True)
    ending = odd_run.go(made, tmp_path / "root", ALL)
    assert (ending.ran, ending.fault) == (["01", "02", "03"], "")
    assert ending.sentence.endswith("no clip has a picture, so there is nothing to draw: the run ends with notebook 03")


def test_pictures_alone_end_with_their_curation(tmp_path, prepared):
    made = odd_sets.folders(tmp_path, {"cat": prepared["picture"] * 2, "dog": prepared["picture"] * 2}, keep_soundless=True)
    ending = odd_run.go(made, tmp_path / "root", ALL)
    assert (ending.ran, ending.fault) == (["01"], "")
    assert ending.sentence.endswith("no clip has sound, so there is nothing to hear: the run ends with notebook 01")


def test_the_same_number_makes_the_same_set(tmp_path, prepared):
    one, other = (odd_sets.make(tmp_path / name, prepared, 7) for name in "ab")
    assert one.story == other.story
    files = [sorted(p.relative_to(made.folder) for p in made.folder.rglob("*")) for made in (one, other)]
    assert files[0] == files[1]
