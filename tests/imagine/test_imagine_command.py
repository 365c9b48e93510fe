"""`a2i imagine` with its studies, standard input and models: what lies there afterwards, and what it says."""

import io
import json
import re
import sys

import numpy as np
import pandas as pd
import pytest
import scipy.io.wavfile
from PIL import Image

from a2i import cli
from a2i.imagine import listen


@pytest.fixture(scope="module")
def sounds(tmp_path_factory, hum, hiss):
    folder = tmp_path_factory.mktemp("sounds")
    for name, sound in (("hum", hum), ("hiss", hiss), ("silence", np.zeros(22050, np.float32))):
        scipy.io.wavfile.write(folder / f"{name}.wav", 22050, sound)
    return folder


def go(run, out, *arguments):
    return cli.main(["imagine", *map(str, arguments), "--run", str(run), "--out", str(out)])


@pytest.mark.parametrize("study", ["morph", "mix"])
def test_two_sounds_become_as_many_steps_as_asked_for_beside_a_table(run, sounds, tmp_path, capsys, study):
    assert go(run, tmp_path / "way.gif", f"--{study}", sounds / "hum.wav", sounds / "hiss.wav", "--steps", 4) == 0
    assert Image.open(tmp_path / "way.gif").n_frames == 4
    assert len(pd.read_csv(tmp_path / "way.csv")) == 4
    assert capsys.readouterr().out.endswith("way.gif\n")


def test_volume_and_slide_write_their_strips(run, sounds, tmp_path):
    assert go(run, tmp_path / "loud.png", "--volume", sounds / "hum.wav") == 0
    assert go(run, tmp_path / "along.png", "--slide", sounds / "hiss.wav", "--hop", 4) == 0
    assert pd.read_csv(tmp_path / "along.csv")["moment, s"].tolist() == [0, 4, 8]


def test_a_slide_is_a_film_with_sound(run, sounds, tmp_path):
    assert go(run, tmp_path / "along.mp4", "--slide", sounds / "hiss.wav", "--hop", 5) == 0
    assert (tmp_path / "along.mp4").stat().st_size > 1000


def test_standard_input_is_a_sound(run, sounds, tmp_path, capsys, monkeypatch):
    content = (sounds / "hum.wav").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(content)))
    assert go(run, tmp_path / "in.png", "-") == 0
    assert go(run, tmp_path / "file.png", sounds / "hum.wav") == 0
    assert (tmp_path / "in.png").read_bytes() == (tmp_path / "file.png").read_bytes()
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO()))
    assert go(run, tmp_path / "nothing.png", "-") == 2
    assert "nothing comes in on standard input" in capsys.readouterr().err


def test_it_says_what_was_heard_how_surely_and_when(run, sounds, tmp_path, capsys):
    go(run, tmp_path / "out.png", sounds / "hum.wav")
    assert re.match(r"heard: (Low|High) \d\.\d\d, .*, most of all at \d+\.\d to \d+\.\d s\n", capsys.readouterr().out)


@pytest.mark.parametrize(
    ("arguments", "out", "says"),
    [
        ([], "x.png", "name sounds"),
        (["hum.wav", "--slide", "hum.wav"], "x.png", "name sounds"),
        (["--mix", "hum.wav", "lost.wav"], "x.png", "lost.wav"),
        (["--mix", "hum.wav", "hum.wav", "--steps", "1"], "x.png", "--steps"),
        (["--slide", "hum.wav", "--hop", "-1"], "x.png", "--hop"),
        (["--slide", "hum.wav"], "x.avi", ".mp4"),
        (["--mix", "hum.wav", "hum.wav"], "x.mp4", ".gif"),
        (["--mix", "hum.wav", "hum.wav", "--start", "1"], "x.png", "--start"),
        (["hum.wav", "--count", "0"], "x.png", "--count"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_sentence_and_leaves_nothing(run, sounds, tmp_path, capsys, monkeypatch, arguments, out, says):
    monkeypatch.chdir(sounds)
    assert go(run, tmp_path / out, *arguments) == 2
    told = capsys.readouterr().err
    assert told.startswith("a2i: ")
    assert says in told
    assert told.count("\n") == 1
    assert list(tmp_path.iterdir()) == []


def test_a_recording_that_is_too_long_to_hold_is_told(run, sounds, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(listen, "LONGEST", 5.0)
    scipy.io.wavfile.write(tmp_path / "long.wav", 8000, np.full(8000 * 21, 0.1, np.float32))
    assert go(run, tmp_path / "x.mp4", "--slide", tmp_path / "long.wav") == 2
    assert "longer than an hour" in capsys.readouterr().err


def test_of_a_folder_what_is_not_drawn_is_named_with_its_reason(run, sounds, tmp_path, capsys):
    (tmp_path / "Töne und mehr").mkdir()
    for name in ("hum", "silence"):
        (tmp_path / "Töne und mehr" / f"{name}.wav").write_bytes((sounds / f"{name}.wav").read_bytes())
    (tmp_path / "Töne und mehr" / "letter.wav").write_text("Dear")
    assert go(run, tmp_path / "sheet.png", tmp_path / "Töne und mehr") == 0
    drawn, first, second, _ = capsys.readouterr().out.splitlines()
    assert first.startswith(f"not drawn: {tmp_path / 'Töne und mehr' / 'letter.wav'} cannot be heard (")
    assert second == f"not drawn: {tmp_path / 'Töne und mehr' / 'silence.wav'}: nothing heard"
    assert drawn.startswith("drawn: 1 of 3 sounds on ")


def test_silence_in_a_study_has_the_exit_code_of_silence(run, sounds, tmp_path, capsys):
    assert go(run, tmp_path / "x.png", "--mix", sounds / "hum.wav", sounds / "silence.wav") == 3
    assert "nothing heard" in capsys.readouterr().err


def test_a_dry_run_names_the_sounds_and_draws_nothing(run, sounds, tmp_path, capsys):
    assert go(run, tmp_path / "sheet.png", sounds, "--dry-run") == 0
    told = capsys.readouterr().out.splitlines()
    assert told[0].endswith("from 3 sounds:")
    assert f"  {sounds / 'hum.wav'}" in told
    assert list(tmp_path.iterdir()) == []
    assert go(tmp_path / "lost", tmp_path / "sheet.png", sounds, "--dry-run") == 2


def test_with_json_what_was_heard_is_told_in_full(run, sounds, tmp_path, capsys):
    assert go(run, tmp_path / "one.png", sounds / "hum.wav", "--json") == 0
    assert sum(json.loads(capsys.readouterr().out)["probability"].values()) == pytest.approx(1, abs=1e-4)
    assert go(run, tmp_path / "all.png", sounds, "--json") == 0
    told = json.loads(capsys.readouterr().out)["sounds"]
    assert len(told) == 3
    assert "ok" in {row["status"] for row in told}
    assert go(run, tmp_path / "loud.png", "--volume", sounds / "hum.wav", "--json") == 0
    assert len(json.loads(capsys.readouterr().out)["steps"]) > 2
