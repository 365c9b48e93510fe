"""What the mini world's lists hold beside usable clips is lost where it should be, and nothing else is."""

from collections import Counter

import numpy as np

from a2i.curation.curate import CurateSettings, curate
from a2i.data.attrition import by_class
from a2i.data.lists import read_segments
from a2i.data.locate import find_media
from a2i.data.selection import select
from a2i.miniworld.distractors import Distractor, Segment, write_part
from a2i.miniworld.world import MiniWorldSettings, make, plan, plan_distractors, segments_csv

WORLD = MiniWorldSettings(difficulty=0.5)


def lists_of(settings, folder):
    clips = plan(settings)
    beside = plan_distractors(settings, clips)
    for split in ("train", "eval"):
        rows = [clip.segment for clip in clips if clip.split == split] + [one.segment for one in beside[split]]
        (folder / f"{split}.csv").write_text(segments_csv(rows))
    return clips, beside, *(read_segments(folder / f"{split}.csv") for split in ("train", "eval"))


def test_each_stray_is_lost_at_its_own_step_and_no_usable_clip_is(tmp_path):
    clips, beside, train, evaluation = lists_of(WORLD, tmp_path)
    chosen = select(train, evaluation)
    kinds = {split: Counter(distractor.kind for distractor in distractors) for split, distractors in beside.items()}
    assert set(kinds["train"]) == {"other", "two classes", "in evaluation", "twice", "gone", "in part"}
    steps = {"classes": "other", "repeated": "twice", "single": "two classes", "overlap": "in evaluation"}
    for step, kind in steps.items():
        for split in ("train", "eval"):
            told = chosen.losses.query("step == @step and split == @split and label == 'all'")["lost"].sum()
            assert told == kinds[split][kind], (step, split)
    without = {s.segment.source_id for found in beside.values() for s in found if s.kind in ("gone", "in part")}
    usable = {clip.source_id for clip in clips}
    assert set(chosen.clips["source_id"]) == usable | without
    assert not usable & without


def test_a_world_too_small_for_a_share_has_no_such_stray():
    small = MiniWorldSettings(train_per_class=1, eval_per_class=1, classes=("cat", "dog"))
    assert plan_distractors(small, plan(small)) == {"train": [], "eval": []}


def test_gone_and_partial_media_end_with_their_reason_and_the_way_of_a_class_adds_up(tmp_path):
    settings = MiniWorldSettings(train_per_class=2, eval_per_class=1, classes=("cat", "dog"), difficulty=0.5)
    world = make(tmp_path / "world", settings, workers=1)
    cat = next(clip.segment for clip in plan(settings) if clip.spec.label == "cat")
    part = Distractor("in part", Segment("-part_file-", cat.start, cat.end, cat.labels), cat.source_id)
    write_part(part, world.media)
    gone = Segment("-gone_video", cat.start, cat.end, cat.labels)
    rows = [clip.segment for clip in plan(settings)] + [part.segment, gone]
    (tmp_path / "list.csv").write_text(segments_csv(rows))
    chosen = select(read_segments(tmp_path / "list.csv"), None)
    store = curate(find_media(chosen.clips, world.media), tmp_path / "store", ["cat", "dog"], CurateSettings())
    assert store.index["counts"] == {"ok": 6, "missing": 1, "unreadable": 1}
    way = by_class(chosen.losses, store.clips)
    assert way.loc["cat"].to_dict() == {"listed": 5, "missing": 1, "unreadable": 1, "ok": 3}
    assert np.array_equal(way["listed"], way.drop(columns="listed").sum(axis=1))


def test_a_part_that_is_there_is_not_written_again(tmp_path):
    (tmp_path / "whole.mp4").write_bytes(bytes(1000))
    distractor = Distractor("in part", Segment("part", 0, 10, ()), "whole")
    write_part(distractor, tmp_path)
    assert (tmp_path / "part.mp4").stat().st_size == 200
    (tmp_path / "whole.mp4").unlink()
    write_part(distractor, tmp_path)
