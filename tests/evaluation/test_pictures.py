"""Pictures that are wrong in a known way are each caught by a measure; real frames by none."""

import numpy as np
import pandas as pd
import pytest
import torch
from toy_store import ToyStore

from a2i.evaluation import pictures, views
from a2i.miniworld.clip import draw
from a2i.miniworld.render import render
from a2i.models.classifier import Judge

CLASSES, CLIPS = ("helicopter", "fireworks", "ocean"), 14


def frames(first: int, count: int = CLIPS) -> pictures.Frames:
    """One frame of each of `count` clips a class of the mini world."""
    scripts = [draw(label, 1000 * k + first + i, 0.5) for k, label in enumerate(CLASSES) for i in range(count)]
    shown = np.stack([render(script, script.start + 3.0, 64, 64) for script in scripts])
    labels = np.array([script.label for script in scripts])
    return pictures.Frames(shown, labels, np.array([f"clip {first + i}" for i in range(len(labels))]))


@pytest.fixture(scope="module")
def judge() -> views.JudgeView:
    torch.manual_seed(0)
    return views.JudgeView(Judge(len(CLASSES), 8), CLASSES)


@pytest.fixture(scope="module")
def real() -> pictures.Frames:
    return frames(100)


@pytest.fixture(scope="module")
def training() -> pictures.Frames:
    return frames(200)


def measured(drawn: np.ndarray, real, training, judge) -> pd.DataFrame:
    """The summary of one picture a clip, against other real frames as the floor."""
    clips = pd.DataFrame({"clip_id": real.clips, "label": real.labels})
    floor = pictures.floor(real, training, judge)
    return pictures.by_class(pictures.measure(drawn[:, None], clips, real, training, judge), floor)


def of_each_class(frames: pictures.Frames, make) -> np.ndarray:
    """`make(pictures of the class)` in place of each picture."""
    out = frames.pictures.copy()
    for label in CLASSES:
        own = frames.labels == label
        out[own] = make(frames.pictures[own])
    return out


def test_real_frames_pass(real, training, judge):
    table = measured(frames(400).pictures, real, training, judge)
    assert table[["precision", "recall", "coverage"]].mean().min() > 0.6
    assert table[["spread, pixels", "spread, features", "nearest, pixels"]].mean().sub(1).abs().max() < 0.25
    assert table[["checkerboard", "lattice"]].mean().sub(1).abs().max() < 0.5


def test_the_mean_picture_of_a_class_is_caught_by_its_spread_and_recall(real, training, judge):
    table = measured(of_each_class(training, lambda own: own.mean(0).astype(np.uint8)), real, training, judge)
    assert table["spread, pixels"].max() == 0
    assert table["recall"].max() == 0


def test_one_training_frame_repeated_is_caught_by_its_distance_to_training_frames(real, training, judge):
    table = measured(of_each_class(training, lambda own: own[0]), real, training, judge)
    assert table["nearest, pixels"].max() == 0
    assert table["spread, pixels"].max() == 0


def test_noise_is_caught_by_precision_and_checkerboard(real, training, judge):
    noise = np.random.default_rng(0).integers(0, 256, real.pictures.shape, dtype=np.uint8)
    table = measured(noise, real, training, judge)
    assert table["precision"].mean() < 0.5
    assert table["checkerboard"].min() > 3


def test_a_lattice_of_dots_for_fireworks_is_caught_by_lattice(real, training, judge):
    dots = np.zeros((64, 64, 3), np.uint8)
    dots[4::6, 4::6] = (255, 180, 90)
    drawn = real.pictures.copy()
    drawn[real.labels == "fireworks"] = dots
    table = measured(drawn, real, training, judge)
    assert table.loc["fireworks", "lattice"] > 2
    assert table.loc["ocean", "lattice"] < 1.5


def test_a_checkerboard_over_true_pictures_is_caught(real, training, judge):
    over = frames(400).pictures.astype(int)
    over += 12 * (np.indices((64, 64)).sum(0) % 2 * 2 - 1)[:, :, None]
    table = measured(over.clip(0, 255).astype(np.uint8), real, training, judge)
    assert table["checkerboard"].min() > 1.5


def test_two_pictures_of_a_sound_that_are_the_same_lie_0_apart_and_the_summary_says_n(real, training, judge):
    clips = pd.DataFrame({"clip_id": real.clips, "label": real.labels})
    same = pictures.measure(real.pictures[:, None].repeat(2, 1), clips, real, training, judge)
    summary = pictures.summary(same, same)
    assert summary.loc["one sound", "value"] == 0
    assert summary.loc["precision", "value"] == 1
    assert summary.loc["spread, pixels", "n"] == len(real.clips)
    assert summary.loc["spread, pixels", "low"] < 1 < summary.loc["spread, pixels", "high"]


def test_the_table_has_a_row_a_clip_sample_and_measure(real, training, judge):
    clips = pd.DataFrame({"clip_id": real.clips, "label": real.labels})
    table = pictures.measure(real.pictures[:, None].repeat(2, 1), clips, real, training, judge)
    assert list(table) == pictures.COLUMNS
    assert not table.duplicated(["clip", "sample", "measure"]).any()
    assert set(table["measure"]) == set(pictures.MEASURES) - {"top5"}


def test_frames_of_a_store_are_those_in_view():
    store = ToyStore(4)
    rows, _ = store.split_rows("eval")
    shown = np.zeros((len(rows), 3), bool)
    shown[0, 1:] = shown[1, 2] = True
    assert len(pictures.Frames.of(store, rows).labels) == 3 * len(rows)
    assert len(pictures.Frames.of(store, rows, shown).labels) == 3
    first = pictures.Frames.of(store, rows, shown, first=True)
    assert list(first.clips) == list(store.ok["clip_id"].to_numpy()[rows[:2]])
    assert np.array_equal(first.pictures[1], store.frames(rows)[1, 2])


def test_a_class_whose_frames_are_all_the_same_is_left_out_of_shares_and_not_divided_by():
    rows = [(label, f"clip {i}", 0, "spread, pixels", 1.0) for label in "ab" for i in range(3)]
    table = pd.DataFrame(rows, columns=["class", "clip", "sample", "measure", "value"])
    floor = table.assign(value=table["class"].map({"a": 0.0, "b": 2.0}).astype(object))
    row = pictures.summary(table, floor).loc["spread, pixels"]
    assert (row["value"], row["n"]) == (0.5, 3)
