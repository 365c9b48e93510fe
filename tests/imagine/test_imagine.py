"""From a sound file to a picture file with a trained run, and clear errors without one."""

import shutil
from dataclasses import asdict

import numpy as np
import pandas as pd
import pytest
import scipy.io.wavfile
import torch
from PIL import Image
from toy_store import ToyStore

from a2i import cli, imagine
from a2i.core.errors import A2IError
from a2i.training import encoder, gan, stages
from a2i.training.device import choose

CPU = choose("cpu")


@pytest.fixture
def sound(tmp_path):
    path = tmp_path / "sound.wav"
    hum = 0.5 * np.sin(2 * np.pi * 220 * np.arange(3 * 16000) / 16000)
    scipy.io.wavfile.write(path, 16000, hum.astype(np.float32))
    return path


def write(path, sound, rate=16000):
    """A wav file of float samples."""
    path.parent.mkdir(parents=True, exist_ok=True)
    scipy.io.wavfile.write(path, rate, np.asarray(sound, np.float32))
    return path


def test_sound_becomes_a_strip_of_pictures(run, sound, tmp_path):
    result = imagine.imagine(sound, run, tmp_path / "out.png", count=3, scale=2)
    assert Image.open(tmp_path / "out.png").size == (3 * 128, 128)
    assert sum(result.probability.values()) == pytest.approx(1, abs=1e-4)
    assert set(result.probability) == {"low", "high"}
    assert result.start == 0


def test_same_seed_draws_the_same_picture_and_another_seed_another(run, sound, tmp_path):
    first, same, other = (imagine.imagine(sound, run, tmp_path / "out.png", seed=s).pictures for s in (1, 1, 2))
    assert np.array_equal(first, same)
    assert not np.array_equal(first, other)


def test_untrained_run_is_an_error_that_names_the_option(sound, tmp_path):
    with pytest.raises(A2IError, match="--run"):
        imagine.imagine(sound, tmp_path, tmp_path / "out.png")


def test_file_that_is_no_sound_is_an_error_and_leaves_no_picture(run, tmp_path):
    (tmp_path / "noise.wav").write_bytes(b"no sound at all")
    with pytest.raises(A2IError):
        imagine.imagine(tmp_path / "noise.wav", run, tmp_path / "out.png")
    assert not (tmp_path / "out.png").exists()


@pytest.mark.parametrize(
    ("out", "asked"),
    [("out.txt", {}), ("out.png", {"count": 0}), ("out.png", {"count": 10**6})]
    + [("out.png", {"start": value}) for value in (-1.0, 3.5, float("nan"))],
)
def test_wrong_request_is_refused(run, sound, tmp_path, out, asked):
    with pytest.raises(A2IError):
        imagine.imagine(sound, run, tmp_path / out, **asked)


@pytest.mark.parametrize("pooling", ["attention", "mean"])
def test_the_telling_ten_seconds_of_a_long_sound_are_found_by_what_the_encoder_listens_for(run, tmp_path, pooling):
    """Taught to attend to a high tone, which comes once in a minute of a low one."""
    time = np.arange(60 * 16000) / 16000
    tone = 0.3 * np.where((time > 41) & (time < 44), np.sin(2 * np.pi * 3000 * time), np.sin(2 * np.pi * 100 * time))
    path = write(tmp_path / "long.wav", tone)
    pair = imagine.load(run)
    pair.encoder = Listener(pooling)
    assert 34 <= pair.telling(path) <= 41
    assert pair.telling(write(tmp_path / "short.wav", tone[:16000])) == 0


class Listener(torch.nn.Module):
    """An encoder whose one feature is how loud the bands of a high tone are."""

    def __init__(self, pooling):
        super().__init__()
        self.register_buffer("mean", torch.zeros(()))
        self.attention = torch.nn.Conv1d(1, 1, 1, bias=False) if pooling == "attention" else None
        if self.attention:
            torch.nn.init.constant_(self.attention.weight, 1.0)
        self.classifier, self.probability = torch.nn.Linear(1, 2), torch.nn.Softmax(1)
        with torch.no_grad():
            self.classifier.weight.copy_(torch.tensor([[0.1], [0.0]]))
            self.classifier.bias.copy_(torch.tensor([0.0, -4.0]))

    def steps(self, log_mel):
        features = log_mel[:, 0, 60:90].amax(1, keepdim=True)
        return features, features.new_full((len(features), features.shape[2]), 1 / features.shape[2])


def test_start_chooses_the_ten_seconds(run, tmp_path):
    hum = np.sin(np.arange(30 * 16000) / 7) * np.linspace(0.01, 0.9, 30 * 16000)
    path = write(tmp_path / "long.wav", hum)
    at_five = imagine.imagine(path, run, tmp_path / "out.png", start=5.0)
    alone = imagine.imagine(write(tmp_path / "cut.wav", hum[5 * 16000 : 15 * 16000]), run, tmp_path / "out.png")
    assert at_five.start == 5.0
    assert at_five.probability == pytest.approx(alone.probability, abs=1e-3)


@pytest.fixture
def odd_sounds(bugs_dir):
    return bugs_dir / "sounds"


def cli_imagine(run, out, *arguments):
    return cli.main(["imagine", *map(str, arguments), "--run", str(run), "--out", str(out)])


def test_silence_says_nothing_heard_and_has_an_exit_code_of_its_own(run, odd_sounds, tmp_path, capsys):
    assert cli_imagine(run, tmp_path / "out.png", odd_sounds / "silence.wav") == 3
    assert capsys.readouterr().err.endswith("silence.wav: nothing heard\n")
    assert not (tmp_path / "out.png").exists()


def test_ten_seconds_with_the_sound_are_found_behind_twelve_of_silence(run, odd_sounds, tmp_path, capsys):
    path = odd_sounds / "twelve_seconds_of_silence_first.opus"
    assert cli_imagine(run, tmp_path / "out.png", path) == 0
    assert "(from " in capsys.readouterr().out
    assert cli_imagine(run, tmp_path / "out.png", path, "--start", 0) == 3


def test_channels_that_cancel_draw_a_picture_with_a_warning(run, odd_sounds, tmp_path, capsys):
    assert cli_imagine(run, tmp_path / "out.png", odd_sounds / "opposite_channels.ogg") == 0
    assert "its channels cancel each other" in capsys.readouterr().err
    assert (tmp_path / "out.png").exists()


def test_a_name_that_begins_with_a_dash_is_a_name(run, odd_sounds, tmp_path, capsys, monkeypatch):
    monkeypatch.chdir(odd_sounds)
    assert cli_imagine(run, tmp_path / "out.png", "-gR5NuJRm6.wav") == 0
    assert (tmp_path / "out.png").exists()


def test_a_folder_gives_a_sheet_and_a_csv_of_what_was_heard(run, sound, tmp_path, capsys):
    folder = sound.parent / "many"
    for number in range(3):
        write(folder / "in" / f"$cost_{number}.wav", np.sin(np.arange(16000) / (7 + number)))
    write(folder / "silence.wav", np.zeros(16000))
    (folder / "broken.mp3").write_bytes(b"no sound at all")
    (folder / "notes.txt").touch()
    assert cli_imagine(run, tmp_path / "sheet.png", folder, "--count", 2) == 0
    assert capsys.readouterr().out.startswith("drawn: 3 of 5 sounds")
    table = pd.read_csv(tmp_path / "sheet.csv")
    assert list(table.columns) == ["sound", "status", "start", "from", "to", "predicted", "none", "low", "high"]
    status = dict(zip(table["sound"].map(lambda path: path.rpartition("/")[2]), table["status"]))
    assert status["silence.wav"] == "nothing heard"
    assert "cannot be heard" in status["broken.mp3"]
    assert list(status.values()).count("ok") == 3
    assert table.loc[table["status"] == "ok", ["low", "high"]].sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-3)
    assert min(Image.open(tmp_path / "sheet.png").size) > 100


def test_many_silent_sounds_are_nothing_heard_and_leave_no_sheet(run, tmp_path):
    silent = [write(tmp_path / f"{i}.wav", np.zeros(800)) for i in range(2)]
    with pytest.raises(imagine.NothingHeard):
        imagine.imagine_all(silent, run, tmp_path / "out.png")
    assert not (tmp_path / "out.csv").exists()


@pytest.mark.parametrize("what", ["size", "stage"])
def test_an_encoder_and_a_generator_that_do_not_belong_together_are_refused_in_one_line(run, sound, tmp_path, what):
    mixed = shutil.copytree(run, tmp_path / "mixed")
    if what == "size":
        settings = encoder.EncoderSettings(width=4, embedding=12, epochs=1, batch=8)
        encoder.train(ToyStore(), mixed / "encoder", settings, CPU)
    else:
        for name, asked, inputs in (("encoder", 1, {}), ("gan", 2, {"encoder": "another"})):
            settings = encoder.EncoderSettings(seed=asked)
            stages.Stage(mixed / name, "print", False, {"settings": asdict(settings), "inputs": inputs}).finish()
    with pytest.raises(A2IError, match="its generator learnt from another encoder") as caught:
        imagine.imagine(sound, mixed, tmp_path / "out.png")
    assert "\n" not in str(caught.value)


def test_views_of_a_clip_start_with_the_clip_itself(run):
    store = ToyStore()
    listener = encoder.load(run / "encoder", CPU)
    data = gan.training_set(store, listener, views=2)
    rows, _ = store.split_rows()
    plain = torch.from_numpy(encoder.apply(listener, store, rows)["description"])
    assert torch.equal(data.embeddings[:, 0], plain)
    assert not torch.equal(data.embeddings[:, 1], plain)


def test_when_is_the_shortest_stretch_with_half_of_the_attention():
    from a2i.imagine.pair import shortest

    assert shortest(np.array([0.1, 0.1, 0.3, 0.4, 0.1]), 0.5) == (2, 4)
    assert shortest(np.full(10, 0.1), 0.5) == (0, 5)
    assert shortest(np.array([0.0, 0.0, 1.0]), 0.5) == (2, 3)


def test_silent_sounds_are_left_out_and_all_silent_ones_are_nothing_heard(pair, sound, tmp_path):
    silent = write(tmp_path / "silent.wav", np.zeros(800))
    assert [one.sound for one in imagine.audible(pair, [silent, sound])] == [sound]
    with pytest.raises(imagine.NothingHeard):
        imagine.audible(pair, [silent])
