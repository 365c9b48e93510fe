"""What a training shows of itself is what happened in it."""

from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
from PIL import Image

from a2i.training import exhibits, gan, recipes
from a2i.training.device import choose

CPU = choose("cpu")
CLASSES = ["cat", "race_car", "ocean"]


def toy(n: int = 12) -> recipes.TrainingSet:
    """Three classes of noise."""
    torch.manual_seed(0)
    frames = torch.randint(0, 256, (n, 2, 64, 64, 3), dtype=torch.uint8)
    return recipes.TrainingSet(torch.randn(n, 2, 16), frames, torch.arange(n) // (n // 3))


def work(recipe: str = "modern") -> recipes.Trainer:
    own = {"size": 64} if recipe == "projected" else {}
    return recipes.trainer(toy(), recipes.settings(recipe, gf=4, df=4, steps=4, batch=8, **own), CPU)


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_layers_end_in_a_picture_and_hold_every_parameter_of_the_generator(recipe):
    trainer = work(recipe)
    shown, _ = exhibits.batch(trainer, CLASSES)
    tables = exhibits.layers(trainer, shown)
    assert tables["generator"]["output"].iloc[-1] == "3 x 64 x 64"
    for name, network in (("generator", trainer.ema), ("discriminator", trainer.d)):
        assert tables[name]["parameters"].sum() == sum(p.numel() for p in network.parameters()), name
    assert not any(module._forward_hooks for module in trainer.ema.modules())


def test_a_layer_table_of_the_papers_generator_names_each_doubling():
    trainer = work("stackgan")
    table = exhibits.layers(trainer, exhibits.batch(trainer, CLASSES)[0])["generator"]
    assert table["output"].tolist() == ["256", "512", "16 x 8 x 8", "8 x 16 x 16", "4 x 32 x 32", "2 x 64 x 64", "3 x 64 x 64"]
    assert table["parameters"].tolist()[0] == 16 * 256 + 256


@pytest.mark.parametrize("recipe", recipes.RECIPES)
def test_a_batch_is_scored_with_its_own_sounds_and_with_those_of_other_classes(recipe):
    trainer = work(recipe)
    shown, names = exhibits.batch(trainer, CLASSES, count=5)
    assert names == ["cat", "cat", "race_car", "race_car", "ocean"]
    assert all(names[i] != names[other] for i, other in enumerate(shown.other.tolist()))
    rows, captions = exhibits.scored(trainer, shown, names)
    assert {row.shape for row in rows.values()} == {(5, 64, 64, 3)}
    scores = trainer.scores(shown)
    assert captions["real, own sound"][2] == f"Race car\n{float(scores['real'][2]):+.2f}"
    assert captions["real, other sound"][0].startswith("Race car")
    assert [scores[kind].shape for kind in ("real", "wrong", "fake")] == [(5,)] * 3
    mean = exhibits.mean_scores({"now": trainer}, shown)["now"]
    assert mean["generated"] == pytest.approx(float(scores["fake"].mean()))


def test_the_kept_networks_are_those_at_the_end_of_the_training(tmp_path):
    data = toy()
    settings = recipes.settings("modern", gf=4, df=4, steps=3, batch=8, warm=0.3, flow=0.3)
    gan.train(data, tmp_path, settings, CPU)
    kept = exhibits.trained(data, tmp_path, settings)
    fresh = recipes.trainer(data, settings, CPU)
    drawn = gan.draw_pictures(gan.load(tmp_path, CPU), data.embeddings[:2, 0].numpy(), 1)
    assert np.array_equal(drawn, gan.draw_pictures(kept.ema.eval(), data.embeddings[:2, 0].numpy(), 1))
    assert not torch.equal(next(kept.d.parameters()), next(fresh.d.parameters()))


def test_snapshots_are_read_in_the_order_of_their_steps(tmp_path):
    (tmp_path / gan.SNAPSHOTS).mkdir()
    for step in (100, 25):
        Image.fromarray(np.full((64, 3 * 64, 3), step, np.uint8)).save(tmp_path / gan.SNAPSHOTS / f"step-{step:07d}.png")
    found = gan.snapshots(tmp_path)
    assert list(found) == [25, 100]
    assert found[25].shape == (3, 64, 64, 3)


def test_the_watched_clips_are_as_many_of_each_class():
    labels = torch.tensor([0] * 30 + [1] * 2 + [2] * 9)
    assert gan.watched(labels, 6).tolist() == [0, 1, 30, 31, 32, 33]


def test_with_the_same_noise_only_the_sound_tells_pictures_apart():
    model = work().ema.eval()
    sounds = np.random.default_rng(0).normal(size=(1, 16)).astype(np.float32).repeat(2, 0)
    same = gan.draw_pictures(model, sounds, 2, same_noise=True)
    assert np.array_equal(same[0], same[1])
    assert np.array_equal(same[0], gan.draw_pictures(model, sounds[:1], 2)[0])
    assert not np.array_equal(same[0], gan.draw_pictures(model, sounds, 2)[1])


def test_a_term_that_begins_late_or_ends_early_is_not_missing_and_one_with_a_hole_is():
    log = pd.DataFrame(
        {"step": [5, 10, 15], "g_pixels": [3.0, 2.0, np.nan], "d_real": [np.nan, 1.0, 0.5], "d_fake": [1, np.nan, 2], "spread": 1}
    )
    table = exhibits.course(log)
    assert table.index.tolist() == ["g_pixels", "d_real", "d_fake"]
    assert table[["from step", "to step"]].to_numpy().tolist() == [[5, 10], [10, 15], [5, 15]]
    assert table["missing"].tolist() == [0, 0, 1]


def test_walks_lead_straight_from_one_sound_to_another():
    embeddings = np.array([[0, 0], [4, 0], [9, 9], [0, 1]], np.float32)
    found = exhibits.walks(embeddings, np.array([0, 0, 1, 0]), CLASSES, steps=5)
    assert list(found) == ["Cat to race car", "Within cat"]
    assert found["Cat to race car"][[0, -1]].tolist() == [[0, 0], [9, 9]]
    assert found["Within cat"][2].tolist() == [2, 0.5]


def test_the_nearest_frame_is_the_picture_itself_where_it_is_among_them():
    frames = np.random.default_rng(0).integers(0, 256, (6, 64, 64, 3), np.uint8)
    place, distance = exhibits.nearest(frames[[4, 1]], frames)
    assert place.tolist() == [4, 1]
    assert distance == pytest.approx(0, abs=0.1)
    assert exhibits.nearest(np.full((1, 64, 64, 3), 7, np.uint8), np.zeros((1, 64, 64, 3), np.uint8))[1] == pytest.approx(7)


def test_pictures_that_are_one_picture_have_no_spread():
    table = exhibits.spreads({"alike": {"cat": np.full((3, 8, 8, 3), 9, np.uint8)}, "apart": {"cat": np.uint8([[[[0]]], [[[10]]]])}})
    assert table.loc["cat"].tolist() == [0, 5]


def test_attributes_rise_from_left_to_right_in_real_frames_and_in_what_was_drawn_from_the_same_sounds():
    truth = pd.DataFrame({"cat size": [3.0, 1.0, np.nan, 2.0, 9.0], "dog size": [np.nan] * 2 + [1.0] + [np.nan] * 2})
    frames = np.stack([np.stack([np.full((64, 64, 3), 10 * i + k, np.uint8) for k in range(2)]) for i in range(5)])
    in_view = np.array([[False, True], [True, True], [True, True], [True, False], [False, False]])
    rows = exhibits.rising(truth, frames, in_view, np.stack([frame[0] + 100 for frame in frames]), count=3)
    assert [int(picture[0, 0, 0]) for picture in rows["cat size"]] == [10, 30, 1, 255, 110, 130, 100]
    assert [int(picture[0, 0, 0]) for picture in rows["dog size"]] == [20, 255, 120]


def test_ten_pictures_of_a_sound_differ_in_the_noise_alone():
    model = work().ema.eval()
    sounds = np.random.default_rng(0).normal(size=(3, 16)).astype(np.float32)
    groups = {"cat": np.array([1, 0]), "dog": np.array([2])}
    made = exhibits.several(model, sounds, groups, seed=5, count=4)
    assert made["dog"].shape == (4, 64, 64, 3)
    assert np.array_equal(made["cat"], gan.draw_pictures(model, sounds[1:2], 4, 5)[0])


def test_sounds_drawn_with_one_noise_differ_in_the_sound_alone():
    model = work("stackgan").ema.eval()
    sounds = np.random.default_rng(0).normal(size=(3, 16)).astype(np.float32)[[0, 0, 1]]
    alone = exhibits.by_sound(model, sounds, {"cat": np.array([0, 1, 2])}, seed=5)["cat"]
    assert np.array_equal(alone[0], alone[1])
    assert not np.array_equal(alone[0], alone[2])


def test_a_finished_stage_is_not_trained_again(tmp_path):
    settings = recipes.settings("modern", gf=4, df=4, steps=2, batch=8)
    first = gan.stage(tmp_path, "gan", toy(), settings, {"store": "1"}, snapshots=1)
    written = (first.folder / gan.FILE).stat().st_mtime_ns
    again = gan.stage(tmp_path, "gan", toy(), settings, {"store": "1"}, snapshots=1)
    assert again.complete
    assert (again.folder / gan.FILE).stat().st_mtime_ns == written
    assert list(gan.snapshots(again.folder)) == [2]


def test_doubted_frames_are_shown_and_counted_beside_what_is_in_view(tmp_path):
    data = toy()
    likely = np.tile([[0.9, 0.2]], (12, 1))
    likely[0, 0], likely[4:8] = 0.1, 0.8
    np.save(tmp_path / gan.CONFIDENCE, likely)
    store = SimpleNamespace(classes=CLASSES, split_rows=lambda: (np.arange(1, 13), None))
    view = pd.DataFrame({"label": "", "frame 1": True, "frame 2": False}, index=range(14))
    rows, captions, table = exhibits.doubted(data, tmp_path, store, 0.5, view)
    assert np.array_equal(rows["least believed"][0], data.frames[0, 0])
    assert captions["least believed"] == ["Cat\n0.10", "Race car\n0.80", "Ocean\n0.20"]
    assert table.loc["ocean"].tolist() == [8, 0.5, 0, 1]
    assert table.loc["race_car"].tolist() == [8, 0, 0, 0]
    assert table["left out"]["cat"] == 0  # more than half of it would go
    assert list(exhibits.doubted(data, tmp_path, store, 0.5)[2]) == ["frames", "left out"]
