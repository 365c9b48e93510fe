"""Wrong input as a tired user gives it, at every public entry: one sentence that says what was wrong, where, and what to do.

Nothing here is a traceback, and nothing is left behind.
"""

import shutil
from pathlib import Path

import numpy as np
import pytest
from scipy.io import wavfile
from toy_run import pair, run  # noqa: F401
from toy_store import ToyStore

from a2i import cli, imagine
from a2i.core.errors import A2IError
from a2i.data.store import Store

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
HUM = np.sin(np.arange(44100) * 0.06)


@pytest.fixture(scope="module")
def things(tmp_path_factory, run) -> Path:  # noqa: F811
    """A folder with a sound, what is none, an empty folder, folders of classes, a store, a run and half of one."""
    root = tmp_path_factory.mktemp("things")
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    (root / "pyproject.toml").touch()
    (root / "empty").mkdir()
    (root / "note.txt").write_text("hello")
    (root / "list.csv").write_text('-id00000000, 0.000, 10.000, "/m/01yrx"\n')
    (root / "table.csv").write_text("name,kind\na.wav,cat\n")
    for name in ("call", "one/cat/a", "two/cat/a", "two/cat/b", "two/dog/a", "two/dog/b"):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        wavfile.write(root / f"{name}.wav", 22050, (9000 * HUM).astype(np.int16))
    ToyStore().write(root / "store")
    shutil.copytree(run, root / "run")
    shutil.copytree(root / "run" / "encoder", root / "half" / "encoder")
    return root


@pytest.fixture
def here(things, monkeypatch) -> Path:
    """The same, as the place where commands are typed."""
    monkeypatch.chdir(things)
    monkeypatch.setenv("A2I_ROOT", str(things))
    return things


DRAW = ["--out", "x.png", "--run", "run"]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["imagine", "call.vaw", *DRAW], "there is no call.vaw"),
        (["imagine", "empty", *DRAW], "the folder empty holds no sound or video file"),
        (["imagine", "note.txt", *DRAW], "note.txt cannot be heard (unreadable: "),
        (["imagine", "call.wav", "--run", "run", "--out", "x.jpg"], "--out x.jpg: name a .png file"),
        (["imagine", "call.wav", "--run", "run", "--out", "note.txt/x.png"], "note.txt: File exists: name another place"),
        (["imagine", "call.wav", *DRAW, "--count", "0"], "--count must be 1 to 64, not 0"),
        (["imagine", "call.wav", *DRAW, "--seed", "-1"], "--seed must be 0 to 999999999, not -1"),
        (["imagine", "call.wav", *DRAW, "--start", "-1"], "--start must be 0 to 86400, not -1"),
        (["imagine", "call.wav", *DRAW, "--start", "100"], "call.wav cannot be heard (outside: starts at 100 s of 2 s)"),
        (["imagine", "call.wav", "--out", "x.png"], "there is no folder"),
        (["imagine", "call.wav", "--out", "x.png", "--run", "half"], "half holds no trained gan: finish that run first"),
        (["imagine", "call.wav", "--out", "x.png", "--model", "empty"], "empty holds no trained encoder"),
        (["imagine", *DRAW], "name sounds, or two for --morph or --mix"),
        (["imagine", "--morph", "call.wav", "empty", *DRAW], "empty cannot be heard (refused: not a plain file)"),
        (["imagine", "--morph", "call.wav", "call.wav", *DRAW, "--steps", "1"], "--steps must be 2 to 99, not 1"),
        (["imagine", "--slide", "call.wav", *DRAW, "--hop", "0"], "--hop must be 0.1 to 600, not 0.0"),
        (["imagine", "--mix", "call.wav", "call.wav", "--run", "run", "--out", "x.mp3"], "--out x.mp3: name a .png or .gif file"),
        (["verify", "lost"], "no finished store in lost: run notebook 01_curate_dataset or a2i curate first"),
        (["verify", "note.txt"], "note.txt is a file: name the folder of a store, such as data/mini"),
        (["pack", "lost", "--out", "x.pack"], "no finished store in lost"),
        (["pack", "store", "--out", "empty"], "empty is a folder: name a file to write"),
        (["train", "note.txt", "--out", "x"], "note.txt is no packed store"),
        (["train", "store", "--out", "x", "--recipe", "modren"], "recipe 'modren' is not known: use auto or one of"),
        (["train", "store", "--out", "x", "-p", "epochs=3"], "give it as in  -p encoder.epochs=30"),
        (["train", "store", "--out", "note.txt"], "note.txt/encoder: Not a directory: name another place"),
        (["curate", "lost", "--out", "x"], "there is no folder 'lost': give a folder that holds one folder a class"),
        (["curate", "empty", "--out", "x"], "empty holds no folders: put the media into one folder a class, such as empty/dog/"),
        (["curate", "one", "--out", "x"], "it takes two to tell apart: add clips of another"),
        (["curate", "two", "--out", "x", "--classes", "kat,dog"], "two has no clips of 'kat': it has 'cat', 'dog'"),
        (["curate", "two", "--out", "x", "--table", "lost.csv"], "the table 'lost.csv' cannot be read"),
        (["curate", "two", "--out", "x", "--table", "table.csv"], "needs the columns file and label"),
        (["curate", "two", "--out", "x", "--train-segments", "lost.csv"], "there is no file 'lost.csv': check the path"),
        (["curate", "two", "--out", "x", "--train-segments", "call.wav"], "no line of call.wav can be used"),
        (["curate", "two", "--out", "x", "--train-segments", "list.csv"], "files are named by their video id"),
        (["curate", "two", "--out", "x", "--eval-share", "2"], "eval_share must be 0.01 to 0.9, not 2.0"),
        (["fetch", "x"], "name a list: --train-segments LIST.csv"),
        (["fetch", "x", "--eval-segments", "lost.csv"], "there is no file 'lost.csv'"),
        (["lists", "note.txt"], "note.txt is a file: name a folder for the lists"),
        (["miniworld", "x", "--train-per-class", "-1"], "train_per_class must be 1 to 10000, not -1"),
        (["run", "--profile", "minni"], "there is no profile 'minni'; did you mean 'mini'?"),
        (["run", "-p", "sead=1"], "no notebook has a parameter 'sead'; did you mean 'seed'?"),
        (["run", "-p", "gan_batch=1"], "parameter 'gan_batch' must be 2 to 4096, not 1"),
        (["run", "--profile", "clips"], "name your clips: -p train_segments=LIST.csv"),
        (["run", "--profile", "clips", "-p", "media=lost"], "media: there is no lost"),
        (["run", "--profile", "clips", "-p", "media=note.txt"], "note.txt is no folder"),
        (["run", "--profile", "clips", "-p", "media=empty"], "is empty"),
        (["run", "--seeds", "0"], "seeds must be 1 to 100, not 0"),
        (["compare", "mini", "second"], "there is no run 'mini'"),
        (["export", "half", "--out", "x"], "half holds no trained gan"),
        (["export", "run", "--out", "note.txt"], "note.txt is a file: name a new folder"),
        (["card", "lost"], "no finished store in lost"),
        (["card", "store", "--licence", "GPL"], "--licence must be one of MIT,"),
    ],
)  # fmt: skip
def test_a_wrong_command_costs_one_sentence(here, capsys, words, message):
    assert cli.main(words) == 2
    error = capsys.readouterr().err
    assert error.startswith("a2i: ")
    assert error.count("\n") == 1
    assert message in error
    assert not list(here.glob("x*"))


def test_clips_of_which_none_is_usable_are_a_mistake_to_mend(here, tmp_path, capsys):
    assert cli.main(["curate", "two", "--out", str(tmp_path / "store")]) == 2
    assert "none of the 4 clips is usable: 4 no_picture; to keep them: " in capsys.readouterr().err


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda pair: imagine.load("lost"), "there is no folder lost"),
        (lambda pair: pair.imagine("lost.wav"), "lost.wav cannot be heard (missing: no such file)"),
        (lambda pair: pair.imagine("empty"), "empty cannot be heard (refused: not a plain file)"),
        (lambda pair: pair.imagine(HUM), "a sound to imagine is a file; an array of samples goes to `hear`"),
        (lambda pair: pair.imagine("call.wav", count="8"), "--count must be 1 to 64, not 8"),
        (lambda pair: pair.imagine("call.wav", count=1.5), "--count and --seed are whole numbers, not 1.5 and 0"),
        (lambda pair: pair.imagine("call.wav", start="3"), "--start must be 0 to 86400, not 3"),
        (lambda pair: pair.hear(), "there is no sound to hear"),
        (lambda pair: pair.hear("call.wav"), "read a file by a2i.imagine.read_sound"),
        (lambda pair: pair.hear(np.zeros((2, 9))), "not of shape (2, 9)"),
        (lambda pair: pair.hear(np.full(9, np.nan)), "take them out"),
        (lambda pair: imagine.morph(pair, "call.wav", HUM), "read a file by a2i.imagine.read_sound"),
        (lambda pair: imagine.volume(pair, HUM, gains=["loud"]), "gains are a list of numbers from -60 to 60 dB"),
        (lambda pair: imagine.slide(pair, HUM, hop="2"), "--hop must be 0.1 to 600, not 2"),
        (lambda pair: imagine.read_sound("empty"), "empty cannot be heard"),
        (lambda pair: imagine.sounds_in("lost"), "there is no lost"),
        (lambda pair: imagine.imagine_all([], "run", "x.png"), "there is no sound to imagine: name one at least"),
        (lambda pair: Store.open("run"), "no finished store in run: run notebook 01_curate_dataset or a2i curate first"),
        (lambda pair: Store.open("note.txt"), "note.txt is a file: name the folder of a store"),
    ],
)
def test_a_wrong_call_raises_one_sentence(here, pair, call, message):  # noqa: F811
    with pytest.raises(A2IError) as caught:
        call(pair)
    assert message in str(caught.value)
    assert "\n" not in str(caught.value)
