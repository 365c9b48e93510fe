"""The mini world on disk: lists, media, truth; the same from the same seed, complete after an interruption."""

from dataclasses import replace
from pathlib import Path

import av
import numpy as np
import pandas as pd
import pytest

from a2i.core.errors import A2IError
from a2i.data import lists
from a2i.data.classes import PAPER_CLASSES
from a2i.media.mel import SAMPLE_RATE
from a2i.miniworld.clip import draw
from a2i.miniworld.mix import synthesise
from a2i.miniworld.places import ELSEWHERE
from a2i.miniworld.render import render
from a2i.miniworld.scene import FRAME_RATE, scenes
from a2i.miniworld.world import MiniWorld, MiniWorldSettings, make, plan

SMALL = MiniWorldSettings(train_per_class=2, eval_per_class=1, classes=("cat", "fireworks"), seed=3)


@pytest.fixture(scope="module")
def world(tmp_path_factory) -> MiniWorld:
    return make(tmp_path_factory.mktemp("world"), SMALL, workers=1)


def files(folder: Path) -> dict[str, bytes]:
    """Every file below the folder, by its relative path."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_the_lists_are_read_back_as_planned(world):
    for split, path in (("train", world.train_segments), ("eval", world.eval_segments)):
        read = lists.read_segments(path)
        clips = [clip for clip in plan(SMALL) if clip.split == split]
        assert read.source_id.tolist() == [clip.source_id for clip in clips]
        assert read.start.tolist() == [clip.spec.start for clip in clips]
        assert np.allclose(read.end - read.start, 10)
        mids = {c.name: c.mid for c in PAPER_CLASSES}
        assert all(mids[clip.spec.label] in labels for clip, labels in zip(clips, read.labels))
        assert read.attrs["refused"] == {} or not any(read.attrs["refused"].values())


def test_a_list_opens_with_three_comment_lines_whose_counts_are_right(world):
    lines = world.train_segments.read_text().splitlines()
    assert [line[0] for line in lines[:4]].count("#") == 3 and not lines[3].startswith("#")
    assert "num_ytids=4, num_segs=4" in lines[1]
    assert lines[2] == "# YTID, start_seconds, end_seconds, positive_labels"


def test_the_labels_are_rows_of_audiosets_own_table(world, audioset_dir):
    ours, theirs = (pd.read_csv(path) for path in (world.labels, audioset_dir / "class_labels_indices.csv"))
    assert len(ours.merge(theirs)) == len(ours)
    assert {c.mid for c in PAPER_CLASSES} <= set(ours.mid)


def test_media_are_h264_and_aac_and_as_long_as_planned(world):
    for clip in plan(SMALL):
        with av.open(str(world.media / f"{clip.source_id}.mp4")) as media:
            video, audio = media.streams.video[0], media.streams.audio[0]
            assert (video.codec_context.name, video.pix_fmt, audio.codec_context.name) == ("h264", "yuv420p", "aac")
            assert video.frames == round(clip.spec.seconds * FRAME_RATE)
            assert float(audio.duration * audio.time_base) == pytest.approx(clip.spec.seconds, abs=0.1)


def test_the_decoded_picture_is_the_drawn_one_at_its_time(world):
    clip = plan(SMALL)[0]
    with av.open(str(world.media / f"{clip.source_id}.mp4")) as media:
        for frame in list(media.decode(video=0))[::10]:
            drawn = render(clip.spec, frame.time, frame.width, frame.height).astype(float)
            assert np.abs(frame.to_ndarray(format="rgb24") - drawn).mean() < 6


def test_the_decoded_sound_is_the_synthesised_one(world):
    clip = plan(SMALL)[0]
    with av.open(str(world.media / f"{clip.source_id}.mp4")) as media:
        rate = media.streams.audio[0].rate
        heard = np.concatenate([frame.to_ndarray().mean(axis=0) for frame in media.decode(audio=0)])
    made = synthesise(clip.spec)
    heard = heard[:: rate // SAMPLE_RATE][:len(made)]
    assert np.corrcoef(heard, made[:len(heard)])[0, 1] > 0.9


def test_the_same_settings_give_the_same_bytes_whatever_the_workers(world, tmp_path):
    again = make(tmp_path / "again", SMALL, workers=2)
    assert files(again.folder) == files(world.folder)


def test_a_half_made_world_is_completed_to_the_same_one(world, tmp_path):
    whole = files(world.folder)
    for name, content in whole.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(content)
    media = sorted((tmp_path / "media").iterdir())
    media[0].unlink()
    (tmp_path / "media" / f".{media[1].stem}.0123abcd.mp4").write_bytes(b"half")
    (tmp_path / "world.json").unlink()
    (tmp_path / "truth.parquet").unlink()
    (tmp_path / "eval_segments.csv").write_text("# cut off")
    untouched = media[2].stat().st_mtime_ns
    make(tmp_path, SMALL, workers=1)
    assert files(tmp_path) == whole
    assert media[2].stat().st_mtime_ns == untouched


def test_a_finished_world_of_other_settings_is_refused(world):
    with pytest.raises(A2IError, match="other settings"):
        make(world.folder, MiniWorldSettings(train_per_class=1, classes=("cat",)))


def test_an_unknown_class_is_refused():
    with pytest.raises(A2IError, match="no wolf"):
        plan(MiniWorldSettings(classes=("wolf",)))


def test_ids_look_like_youtubes_and_are_unlike_even_without_case():
    ids = [clip.source_id for clip in plan(MiniWorldSettings())]
    assert len(ids) == 500 == len({name.lower() for name in ids})
    assert all(len(name) == 11 for name in ids)
    assert {name[0] for name in ids} >= {"-", "_"}


def test_another_seed_or_split_gives_other_clips():
    attributes = [tuple(clip.spec.attributes.values())
                  for seed in (0, 1) for clip in plan(MiniWorldSettings(5, 5, classes=("ocean",), seed=seed))]
    assert len(set(attributes)) == 20


def test_some_clips_are_longer_than_their_segment():
    longer = [clip.spec for clip in plan(MiniWorldSettings()) if clip.spec.start > 0]
    assert 40 < len(longer) < 120
    assert all(spec.seconds > spec.end for spec in longer)


def test_the_truth_has_every_clip_and_the_attributes_of_its_class(world):
    truth = pd.read_parquet(world.truth)
    assert truth.clip_id.tolist() == [clip.clip_id for clip in plan(SMALL)]
    for row in truth.itertuples():
        known = {attribute.name for attribute in scenes()[row.label].attributes}
        for name in {attribute.name for scene in scenes().values() for attribute in scene.attributes}:
            value = getattr(row, name)
            assert 0 <= value <= 1 if name in known else np.isnan(value)
        for spans in (row.in_view, row.sounding):
            assert all(0 <= a < b <= 10 for a, b in spans)


def test_the_truth_of_what_is_in_view_is_exact_at_every_frame():
    specs = [draw("dog", seed) for seed in range(40)]
    spec = next(s for s in specs if len(s.in_view) == 2 and s.start > 0)
    for k in range(round(spec.seconds * FRAME_RATE)):
        seen, empty = (render(s, k / FRAME_RATE) for s in (spec, replace(spec, in_view=())))
        inside = any(a <= k / FRAME_RATE < b for a, b in spec.in_view)
        assert np.array_equal(seen, empty) != inside


def test_the_source_is_more_often_in_view_while_it_calls():
    for label in ("cat", "dog", "baby"):
        specs = [draw(label, seed) for seed in range(300)]
        while_calling = np.mean([s.visible((a + b) / 2) for s in specs for a, b in s.calls])
        on_the_whole = np.mean([sum(b - a for a, b in s.in_view) / 10 for s in specs])
        assert while_calling > on_the_whole + 0.03


@pytest.mark.parametrize("difficulty, low, high", [(0.0, 0.0, 0.0), (1.0, 0.2, 0.32), (2.0, 0.4, 0.6)])
def test_difficulty_sets_how_often_the_source_is_out_of_view(difficulty, low, high):
    for label in (name for name, scene in scenes().items() if scene.varied == 1):
        seen = [sum(b - a for a, b in draw(label, seed, difficulty).in_view) / 10 for seed in range(400)]
        assert low <= 1 - np.mean(seen) <= high


@pytest.mark.parametrize("label, share", [("train", 0.09), ("dog", 0.18)])
def test_some_clips_never_show_their_source_the_more_the_harder_the_world(label, share):
    for difficulty in (0.0, 1.0, 2.0):
        unseen = [not draw(label, seed, difficulty).in_view for seed in range(400)]
        assert abs(np.mean(unseen) - share * difficulty) < 0.06


def test_a_source_that_varies_not_is_in_view_all_the_time_or_never():
    specs = [draw("train", seed) for seed in range(100)]
    assert {spec.in_view for spec in specs} == {()} | {((spec.start, spec.end),) for spec in specs}


@pytest.mark.parametrize("label", sorted(scenes()))
def test_where_the_source_is_never_in_view_the_picture_shows_a_place_that_every_class_may_have(label):
    spec = next(s for s in (draw(label, seed) for seed in range(200)) if not s.in_view)
    assert spec.place in ELSEWHERE
    moved = replace(spec, attributes={name: 1 - value for name, value in spec.attributes.items()})
    assert np.array_equal(render(spec, spec.start + 1), render(moved, spec.start + 1))
