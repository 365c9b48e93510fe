"""Pictures that are wrong in a known way are each caught by a measure; real frames by none."""

import numpy as np
import pandas as pd
import pytest
import torch
from toy_store import ToyStore

from a2i.evaluation import headline, measures, pictures, views
from a2i.evaluation.controls import mean_pictures
from a2i.evaluation.summary import by_class, summary
from a2i.evaluation.yardstick import Yardstick
from a2i.miniworld.clip import draw
from a2i.miniworld.render import render
from a2i.models.classifier import Judge

CLASSES, CLIPS = ("helicopter", "fireworks", "ocean"), 14


def frames(first: int, count: int = CLIPS, second: bool = False) -> pictures.Frames:
    """One frame, or another one, of each of `count` clips a class of the mini world."""
    scripts = [draw(label, 1000 * k + first + i, 0.5) for k, label in enumerate(CLASSES) for i in range(count)]
    shown = np.stack([render(script, script.start + 3.0 + 0.4 * second, 64, 64) for script in scripts])
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
    return by_class(pictures.measure(drawn[:, None], clips, real, training, judge), floor)


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
    told = summary(same, same)
    assert told.loc["one sound", "value"] == 0
    assert told.loc["precision", "value"] == 1
    assert told.loc["spread, pixels", "n"] == len(real.clips)
    assert told.loc["spread, pixels", "low"] < 1 < told.loc["spread, pixels", "high"]


def test_the_table_has_a_row_a_clip_sample_and_measure(real, training, judge):
    clips = pd.DataFrame({"clip_id": real.clips, "label": real.labels})
    table = pictures.measure(real.pictures[:, None].repeat(2, 1), clips, real, training, judge)
    assert list(table) == measures.COLUMNS
    assert not table.duplicated(["clip", "sample", "measure"]).any()
    assert set(table["measure"]) <= set(measures.MEASURES)
    assert set(table["class"]) == set(CLASSES)


def test_frames_of_a_store_are_those_in_view():
    store = ToyStore(4)
    rows, _ = store.split_rows("eval")
    shown = np.zeros((len(rows), 3), bool)
    shown[0, 1:] = shown[1, 2] = True
    assert len(pictures.Frames.of(store, rows).labels) == 3 * len(rows)
    assert len(pictures.Frames.of(store, rows, shown).labels) == 3
    first = pictures.Frames.of(store, rows, shown, nth=1)
    assert list(first.clips) == list(store.ok["clip_id"].to_numpy()[rows[:2]])
    assert np.array_equal(first.pictures[1], store.frames(rows)[1, 2])


def test_a_class_whose_frames_are_all_the_same_is_left_out_of_shares_and_not_divided_by():
    rows = [(label, f"clip {i}", 0, "spread, pixels", 1.0) for label in "ab" for i in range(3)]
    table = pd.DataFrame(rows, columns=["class", "clip", "sample", "measure", "value"])
    floor = table.assign(value=table["class"].map({"a": 0.0, "b": 2.0}).astype(object))
    row = summary(table, floor).loc["spread, pixels"]
    assert (row["value"], row["n"]) == (0.5, 3)


@pytest.fixture(scope="module")
def yardstick(real, training) -> Yardstick:
    """With a judge that has learnt the three classes."""
    return Yardstick(real, frames(100, second=True), training, taught(training))


def taught(training: pictures.Frames) -> views.JudgeView:
    """A small judge that knows the training frames."""
    torch.manual_seed(0)
    judge = Judge(len(CLASSES), 8)
    inputs = torch.from_numpy(training.pictures).permute(0, 3, 1, 2).float() / 127.5 - 1
    wanted = torch.tensor([CLASSES.index(label) for label in training.labels])
    optimiser = torch.optim.Adam(judge.parameters(), 3e-3)
    for _ in range(25):
        loss = torch.nn.functional.cross_entropy(judge(inputs), wanted)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return views.JudgeView(judge, CLASSES)


def told(yardstick: Yardstick, drawn: np.ndarray) -> pd.DataFrame:
    """The summary of one picture a clip."""
    clips = yardstick.real.table
    nothing = yardstick.measure(mean_pictures(yardstick.training, clips), clips)
    return summary(yardstick.measure(drawn[:, None], clips), yardstick.floor, nothing, classes=len(CLASSES))


def lattice(like: np.ndarray) -> np.ndarray:
    dots = np.zeros_like(like)
    dots[:, 4::6, 4::6] = (255, 180, 90)
    return dots


def test_other_real_frames_pass_the_headline(yardstick):
    assert headline.failed(told(yardstick, frames(400).pictures)) == []


def test_a_classs_mean_picture_fails_the_headline_though_the_judge_gives_it_full_marks(yardstick):
    drawn = mean_pictures(yardstick.training, yardstick.real.table)[:, 0]
    found = told(yardstick, drawn)
    assert found.loc["recognised", "value"] == 1
    assert found.loc["recognised", "low"] < 1, "an exact interval has a width"
    assert {"KID, judge", "recall", "coverage"} <= set(headline.failed(found))


@pytest.mark.parametrize(
    ("make", "caught"),
    [
        (lambda real, training: lattice(real), {"precision", "coverage"}),
        (lambda real, training: np.random.default_rng(0).integers(0, 256, real.shape, np.uint8), {"KID, judge", "coverage"}),
        (lambda real, training: np.repeat(training[:1], len(real), 0), {"precision", "recall", "coverage"}),
    ],
    ids=["lattice", "noise", "a training frame repeated"],
)
def test_what_is_no_picture_fails_the_headline(yardstick, make, caught):
    assert caught <= set(headline.failed(told(yardstick, make(yardstick.real.pictures, yardstick.training.pictures))))


def test_frames_of_the_clips_themselves_are_told_from_other_clips(yardstick):
    found = told(yardstick, yardstick.real.pictures)
    shuffled = told(yardstick, yardstick.real.pictures[::-1])
    assert found.loc["rank", "value"] > 0.8
    assert found.loc["rank", "chance"] == 0.5
    assert shuffled.loc["rank", "value"] < found.loc["rank", "value"] - 0.2
