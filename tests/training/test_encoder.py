"""The encoder learns, goes on where it stopped, and says when the sound is."""

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
import torch
from toy_store import ToyStore

from a2i.core.errors import A2IError
from a2i.models.simple_numbers import simple_numbers
from a2i.training import checkpoint, encoder, loop
from a2i.training.device import choose
from a2i.training.holdout import hold_out

CPU = choose("cpu")
SMALL = encoder.EncoderSettings(width=4, embedding=8, epochs=6, batch=8)


@pytest.fixture(scope="module")
def trained(tmp_path_factory):
    folder = tmp_path_factory.mktemp("encoder")
    encoder.train(ToyStore(), folder, SMALL, CPU)
    return folder


def test_encoder_tells_two_hums_apart(trained):
    store = ToyStore(seed=1)
    rows, labels = store.split_rows("eval")
    probability = encoder.apply(encoder.load(trained, CPU), store, rows)["probability"]
    assert (probability.argmax(1) == labels).all()


def test_attention_sums_to_1_and_lies_on_the_sound(trained):
    store = ToyStore(seed=1)
    rows, _ = store.split_rows("eval")
    attention = encoder.apply(encoder.load(trained, CPU), store, rows)["attention"]
    assert attention.sum(1) == pytest.approx(np.ones(len(rows)), abs=1e-5)


def test_weights_of_an_encoder_that_listened_otherwise_are_refused(trained, tmp_path):
    for number, version in enumerate(({}, {"version": encoder.VERSION - 1})):
        model, (_, header) = encoder.load(trained, CPU), checkpoint.read(trained / encoder.FILE)
        about = {key: value for key, value in header["meta"].items() if key != "version"} | version
        checkpoint.save(tmp_path / str(number) / encoder.FILE, {"model": model}, **about)
        with pytest.raises(A2IError, match="train it again"):
            encoder.load(tmp_path / str(number), CPU)


def test_sound_without_a_picture_is_for_the_encoder_and_a_picture_without_sound_for_the_judge():
    store = ToyStore(per_class=6)
    train = set(np.flatnonzero(store.ok["split"] == "train"))
    store.has_picture[0] = store.has_sound[1] = False
    assert set(store.split_rows()[0]) == train - {0, 1}
    assert set(store.split_rows(picture=False)[0]) == train - {1}
    assert set(store.split_rows(sound=False)[0]) == train - {0}


def test_stopped_training_ends_in_the_same_weights_as_unbroken(tmp_path):
    settings = encoder.EncoderSettings(width=4, embedding=8, epochs=3, batch=8)
    whole = encoder.train(ToyStore(), tmp_path / "whole", settings, CPU)
    encoder.train(ToyStore(), tmp_path / "parts", settings, CPU, stop=lambda: True)
    assert not (tmp_path / "parts" / encoder.FILE).exists()
    parts = encoder.train(ToyStore(), tmp_path / "parts", settings, CPU)
    for one, other in zip(whole.state_dict().values(), parts.state_dict().values(), strict=True):
        assert torch.equal(one, other)


ALL = replace(SMALL, epochs=4, ema=0.9, balanced=True, several=True, held_out=0.3, auxiliary=0.5, schedule="constant")


def test_training_stopped_twice_has_every_part_of_unbroken_training(tmp_path):
    """Weights, average, best so far, what is left behind afterwards, and the optimiser's moments."""
    after = {"whole": [3], "parts": [1, 2]}
    for name, stops in after.items():
        for epochs in stops:
            encoder.train(ToyStore(), tmp_path / name, ALL, CPU, stop=iter([False] * (epochs - 1) + [True]).__next__)
    (one, _), (other, _) = (checkpoint.read(tmp_path / name / f"partial-{encoder.FILE}") for name in after)
    assert {key.split("/")[0] for key in one} == {"model", "reminder", "average", "best", "record", "optimiser"}
    assert one.keys() == other.keys()
    for key, tensor in one.items():
        assert torch.equal(tensor, other[key]), key


def test_paper_recipe_is_the_papers_and_wrong_names_are_refused():
    paper = encoder.settings("paper", width=4)
    assert (paper.pooling, paper.embedding, paper.batch, paper.learning_rate) == ("mean", 1024, 64, 8e-4)
    assert (paper.augment, paper.auxiliary, paper.weight_decay, paper.width) == (False, 0, 0, 4)
    for given in ({"recipe": "papr"}, {"widht": 4}, {"held_out": 0.9}, {"pooling": "max"}):
        with pytest.raises(A2IError):
            encoder.settings(**given)


def test_reminder_keeps_the_simple_numbers_in_the_embedding_and_is_left_behind(tmp_path):
    errors = {}
    for weight in (0.0, 3.0):
        work = encoder._Training(ToyStore(), replace(SMALL, auxiliary=weight, augment=False), CPU)
        for number in range(SMALL.epochs):
            work.step(number)
        model, mels = work.model.eval(), torch.from_numpy(ToyStore().log_mel(work.rows))[:, None]
        with torch.no_grad():
            known = torch.cat([model.telling(mels), torch.ones(len(mels), 1)], 1)
            wanted = simple_numbers(mels)
            wanted = (wanted - wanted.mean(0)) / wanted.std(0).clamp_min(1e-3)
            told = known @ torch.linalg.lstsq(known, wanted, driver="gelsd").solution
        errors[weight] = float((told - wanted).square().mean())
    assert errors[3.0] < errors[0.0]
    encoder.train(ToyStore(), tmp_path, replace(SMALL, epochs=1, auxiliary=1.0), CPU)
    assert not [name for name in checkpoint.read(tmp_path / encoder.FILE)[0] if "tell" in name]


def test_best_epoch_by_clips_held_out_is_the_one_that_is_kept(tmp_path):
    settings = replace(SMALL, held_out=0.3, epochs=4, augment=False)
    work = encoder._Training(ToyStore(), settings, CPU)
    scores, states = [], []
    for number in range(settings.epochs):
        scores.append(float(work.step(number)["held_out"]))
        states.append({name: value.clone() for name, value in work.model.state_dict().items()})
    best = max(range(len(scores)), key=lambda i: (scores[i], i))
    assert all(torch.equal(value, states[best][name]) for name, value in work.kept.state_dict().items())


def test_training_ends_after_epochs_that_bring_nothing_better():
    rows = [{"held_out": score} for score in (0.5, 0.8, 0.7, 0.6)]
    assert encoder._stale(2, rows)
    assert not encoder._stale(3, rows)
    assert not encoder._stale(0, rows)
    assert not encoder._stale(2, [{"loss": 1.0}] * 5)


def test_clips_held_out_share_no_source_with_those_learnt_from():
    store = ToyStore()
    store.ok["source_id"] = [f"source{i // 2}" for i in range(len(store.ok))]
    learnt, held = hold_out(store, 0.3, seed=1)
    sources = store.ok["source_id"].to_numpy()
    assert len(held) and not set(sources[learnt]) & set(sources[held])
    assert set(store.ok["split"].iloc[np.r_[learnt, held]]) == {"train"}
    assert set(store.ok["label"].iloc[held]) == set(store.classes)
    assert len(hold_out(store, 0.0)[1]) == 0


def test_balanced_training_draws_a_rare_class_as_often_as_a_frequent_one():
    store = ToyStore(per_class=60)
    store.has_sound[5:60] = False
    work = encoder._Training(store, replace(SMALL, balanced=True), CPU)
    picks = torch.cat([work.order(torch.Generator().manual_seed(i)) for i in range(20)])
    drawn = Counter(store.ok["label"].iloc[work.rows[picks.numpy()]])
    assert drawn["low"] / sum(drawn.values()) == pytest.approx(0.5, abs=0.05)


def test_average_moves_by_its_decay_and_copies_counts():
    now, count = torch.ones(2), torch.tensor(10_000)
    assert torch.allclose(encoder._averaged(0.9, torch.zeros(2), now, count), torch.full((2,), 0.1))
    assert encoder._averaged(0.9, torch.tensor(3), torch.tensor(7), count) == 7


def test_clip_is_of_its_label_and_of_the_classes_that_its_labels_name_or_mean():
    store = ToyStore(per_class=1)
    store.classes = ("cat", "dog")
    store.ok = store.ok.assign(label=["cat", "dog"], labels=[["/m/01yrx", "/m/0bt9lr", "/m/other"], ["dog"]])
    assert store.targets(np.arange(2)).tolist() == [[True, True], [False, True]]


def test_clip_of_two_classes_is_heard_as_both(tmp_path):
    store = ToyStore(per_class=18)
    for i in range(0, 18, 3):  # a low hum over a high one
        store._mel[i] = np.maximum(store._mel[i], store._mel[i + 18])
        store.ok.at[i, "labels"] = ["low", "high"]
    settings = replace(SMALL, several=True, epochs=14, augment=False, learning_rate=5e-3)
    encoder.train(store, tmp_path, settings, CPU)
    rows, _ = store.split_rows()
    found = encoder.apply(encoder.load(tmp_path, CPU), store, rows)["probability"]
    assert encoder.mean_average_precision(store.targets(rows), found) > 0.95
    assert (found[rows % 18 % 3 == 0][:6].sum(1) > 1.2).all()


def test_mean_pooling_weighs_all_moments_alike():
    model = encoder.Encoder(2, width=4, embedding=8, pooling="mean").eval()
    _, weights = model.steps(torch.randn(2, 1, 128, 431))
    assert torch.allclose(weights, torch.full_like(weights, 1 / weights.shape[1]))


def test_evaluation_clips_are_not_learnt_from():
    rows, _ = ToyStore().split_rows("train")
    assert set(ToyStore().ok["split"].iloc[rows]) == {"train"}


def test_augmented_clip_keeps_its_shape_and_differs():
    clip = torch.randn(2, 1, 128, 431)
    changed = encoder.augment(clip, torch.Generator().manual_seed(0))
    assert changed.shape == clip.shape
    assert not torch.equal(changed, clip)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_encoder_trains_and_is_logged_on_a_gpu(tmp_path):
    encoder.train(ToyStore(), tmp_path, SMALL, choose("cuda"))
    assert (tmp_path / encoder.FILE).is_file() and (tmp_path / loop.LOSSES).is_file()
    heard = encoder.apply(encoder.load(tmp_path, choose("cuda")), ToyStore(), np.arange(3), generator=torch.Generator())
    assert np.isfinite(heard["embedding"]).all()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
def test_the_graph_ends_where_the_same_passes_kernel_by_kernel_end(tmp_path):
    one, other = (
        encoder.train(ToyStore(), tmp_path / str(graph), SMALL, choose("cuda"), graph=graph).state_dict() for graph in (True, False)
    )
    for name, value in one.items():
        torch.testing.assert_close(value, other[name], rtol=1e-2, atol=1e-3)


def test_of_no_clips_there_are_arrays_of_no_rows():
    store = ToyStore(3)
    model = encoder.build(2, encoder.settings(width=4, embedding=8)).eval()
    with torch.no_grad():
        shapes = {name: values.shape for name, values in encoder.apply(model, store, np.zeros(0, int)).items()}
    assert {shape[0] for shape in shapes.values()} == {0}
    assert (shapes["embedding"], shapes["logit"]) == ((0, model.size), (0, 2))
