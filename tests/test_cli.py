"""The command line: what a user types, what a mistake costs."""

import json
import os
import re
import shlex
import subprocess
import sys

import pytest
from toy_notebooks import repository, write

from a2i import cli
from a2i.core.errors import A2IError
from a2i.runner import run


@pytest.fixture
def toy(tmp_path, monkeypatch):
    folder = repository(tmp_path / "repo")
    monkeypatch.setenv("A2I_ROOT", str(folder))
    write(folder / "notebooks" / "01_first.ipynb", "print(seed)")
    return folder


def fails(capsys, *arguments: str) -> tuple[int, str]:
    """Runs a command that must fail; returns its exit code and its one line of error."""
    code = cli.main(arguments)
    err = capsys.readouterr().err
    assert err.startswith("a2i: ")
    assert err.count("\n") == 1
    return code, err


def test_run_makes_a_report_and_names_it(toy, capsys):
    assert cli.main(["run", "-p", "seed=3"]) == 0
    assert capsys.readouterr().out.endswith("the report: reports/mini/index.html\n")
    assert (toy / "reports" / "mini" / "index.html").is_file()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--profile", "big"], "the profiles are mini"),
        (["-p", "sead=3"], "did you mean 'seed'?"),
        (["-p", "seed=x"], "'seed' must be a whole number"),
        (["-p", "seed"], "set as name=value"),
        (["-p", "run=../x"], "is no name for a folder"),
    ],
)
def test_a_mistake_is_one_line_and_exit_code_2(toy, capsys, arguments, message):
    code, err = fails(capsys, "run", *arguments)
    assert code == 2
    assert message in err


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (run.RunFailed("01_first stopped"), 1),
        (A2IError("mend it"), 2),
        (OSError(28, "No space left on device"), 2),
        (run.Interrupted("01_first was interrupted"), 130),
        (KeyboardInterrupt(), 130),
    ],
)
def test_every_kind_of_end_has_its_exit_code(toy, capsys, monkeypatch, error, code):
    def stop(*_, **__):
        raise error

    monkeypatch.setattr(run, "run", stop)
    assert fails(capsys, "run")[0] == code


def test_a_full_disk_says_what_to_do(toy, capsys, monkeypatch):
    def stop(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(run, "run", stop)
    assert "free some space and run the same command again" in fails(capsys, "run")[1]


def test_outside_the_repository_it_says_where_to_go(tmp_path, capsys, monkeypatch):
    monkeypatch.delenv("A2I_ROOT", raising=False)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("a2i.core.paths.__file__", str(tmp_path / "site" / "a2i" / "core" / "paths.py"))
    assert "this is not the Audio2Img repository" in fails(capsys, "run")[1]


def test_the_repository_is_found_from_any_folder_below_it(toy, monkeypatch):
    from a2i.core import paths

    monkeypatch.delenv("A2I_ROOT")
    monkeypatch.chdir(toy / "notebooks" / "profiles")
    assert paths.root() == toy
    assert paths.resolve("data/mini") == toy / "data" / "mini"
    assert paths.resolve("/abs") == paths.Path("/abs")
    assert paths.shown(toy / "data" / "x") == "data/x"
    assert paths.shown(paths.Path("/abs/x")) == "/abs/x"


def test_imagine_of_a_run_that_is_not_there_is_an_error(toy, capsys, tmp_path):
    code, _ = fails(
        capsys, "imagine", str(tmp_path / "a.wav"), "--out", str(tmp_path / "a.png"), "--run", str(tmp_path)
    )
    assert code == 2
    assert not (tmp_path / "a.png").exists()


@pytest.mark.parametrize("command", ["verify", "curate"])
def test_a_folder_that_is_not_there_is_an_error(toy, capsys, tmp_path, command):
    assert fails(capsys, command, str(tmp_path / "lost"), *(["--out", "x"] if command == "curate" else []))[0] == 2


def test_help_names_every_command_and_loads_nothing_heavy():
    code = "import sys; from a2i import cli\ntry: cli.main(['--help'])\nfinally: print(sorted(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    for command in cli.names():
        assert f"\n    {command}" in done.stdout
    for module in ("torch", "pandas", "numpy", "papermill", "librosa"):
        assert f"'{module}'" not in done.stdout


@pytest.mark.parametrize("command", cli.names())
def test_the_help_of_every_command_shows_an_example_that_the_command_takes(command, capsys):
    with pytest.raises(SystemExit):
        cli.main([command, "--help"])
    shown = capsys.readouterr().out
    examples = re.findall(rf"^  a2i ({command}\b.*?)(?:   .*)?$", shown, re.MULTILINE)
    assert examples
    for example in examples:
        assert cli.parser(command).parse_args(shlex.split(example)).command


@pytest.mark.parametrize(
    ("line", "word", "others"),
    [("a2i ru", "run", "imagine"), ("a2i run --pro", "--profile", "--seeds"), ("a2i run --profile m", "mini", "run")]
    + [("a2i run -p se", "seed=", "data="), ("a2i curate --fr", "--frame-sampling", "--seed")],
)
def test_the_shell_completes_commands_options_profiles_and_parameters(toy, tmp_path, line, word, others):
    shell = {"_ARGCOMPLETE": "1", "COMP_LINE": line, "COMP_POINT": str(len(line)), "_ARGCOMPLETE_IFS": "\n"}
    shell |= {"_ARGCOMPLETE_STDOUT_FILENAME": str(tmp_path / "words"), "_ARGCOMPLETE_SUPPRESS_SPACE": "1"}
    subprocess.run([sys.executable, "-m", "a2i.cli"], env={**os.environ, **shell}, check=True)
    words = [found.strip() for found in (tmp_path / "words").read_text().split("\n")]
    assert word in words
    assert others not in words


@pytest.fixture
def library(tmp_path):
    """Lists in both forms and a folder of three media files, one of them without sound."""
    from toy_media import write

    (tmp_path / "media").mkdir()
    for number in range(3):
        write(tmp_path / "media" / f"-id{number:08d}.mp4", seconds=10, fps=5, **({"audio": None} if number == 2 else {}))
    lines = [f'-id{number:08d}, 0.000, 10.000, "{mid}"\n' for number, mid in enumerate(["/m/01yrx", "/m/0bt9lr"] * 2)]
    (tmp_path / "list.csv").write_text("".join(lines))
    (tmp_path / "vggsound.csv").write_text("-id00000000,0,cat meowing,test\n-id00000001,0,dog barking,test\n")
    return tmp_path


def test_curate_takes_one_list_with_every_option_of_the_choice_and_says_what_became_of_the_clips(library, capsys):
    media, out = str(library / "media"), str(library / "store")
    lists = ["--train-segments", str(library / "list.csv")]
    assert cli.main(["curate", media, "--out", out, *lists, "--frame-sampling", "spread", "--frames-per-clip", "2"]) == 0
    assert capsys.readouterr().out.splitlines() == [f"{out}: 2 of 4 clips usable", "  missing: 1", "  no_sound: 1"]
    assert cli.main(["verify", out]) == 0
    cut = ["--cap-per-class", "1", "--exclude", str(library / "vggsound.csv"), "--classes", "cat,dog", "--seed", "1"]
    assert cli.main(["curate", media, "--out", f"{out}2", *lists, *cut, "--keep-soundless"]) == 0
    assert f"{out}2: 1 of 2 clips usable" in capsys.readouterr().out


def test_fetch_takes_lists_of_both_forms_and_prints_a_table_a_class(library, capsys):
    from toy_site import make_video, serving

    pytest.importorskip("yt_dlp")
    with serving(make_video(library / "film.mp4")) as site:
        site.behaviour["-id00000001"] = "404"
        command = ["fetch", str(library / "new"), "--eval-segments", str(library / "vggsound.csv"), "--pause", "0"]
        assert cli.main([*command, "--url", site.url]) == 0
    table = capsys.readouterr().out
    assert "removed" in table
    assert {"cat", "dog", "all"} <= set(table.split())
    assert (library / "new" / "-id00000000_0.mp4").exists()


def test_every_field_of_a_dataset_is_an_option_with_its_comment_as_the_help(capsys):
    from dataclasses import fields

    from a2i.core.settings import explained
    from a2i.data.dataset import Dataset

    with pytest.raises(SystemExit):
        cli.main(["curate", "--help"])
    shown = " ".join(capsys.readouterr().out.split())
    comments = explained(Dataset)
    for field in fields(Dataset):
        if field.name not in ("source", "media"):
            assert "--" + field.name.replace("_", "-") in shown
            assert comments[field.name] in shown


@pytest.mark.parametrize(
    ("command", "option", "value", "message"),
    [
        ("curate", "--frames-per-clip", "0", "frames_per_clip must be 1 to 256, not 0"),
        ("curate", "--frame-sampling", "randon", "did you mean 'random'?"),
        ("curate", "--seed", "12345678901234", "seed must be 0 to 999999999"),
        ("curate", "--timeout-s", "nan", "timeout_s must be"),
        ("curate", "--eval-share", "1.5", "eval_share must be 0.01 to 0.9"),
        ("fetch", "--workers", "-1", "workers must be 1 to 64, not -1"),
    ],
)
def test_a_value_out_of_range_is_refused_before_anything_is_made(library, capsys, command, option, value, message):
    out = ["--out", str(library / "new")] if command == "curate" else ["--eval-segments", str(library / "vggsound.csv")]
    code, err = fails(capsys, command, str(library / "media"), *out, option, value)
    assert code == 2
    assert message in err
    assert not (library / "new").exists()


def test_a_line_that_is_refused_is_told_on_the_command_line(library, capsys):
    with open(library / "list.csv", "a") as lines:
        lines.write('-id00000001, 9.000, 5.000, "/m/01yrx"\n')
    assert cli.main(["curate", str(library / "media"), "--out", str(library / "store"), "--train-segments", str(library / "list.csv")]) == 0
    assert "1 lines of the lists cannot be used: " in capsys.readouterr().out


def test_a_folder_whose_name_begins_with_a_dash_is_a_name(library, capsys, monkeypatch):
    monkeypatch.chdir(library)
    (library / "media").rename(library / "-media")
    assert cli.main(["curate", "-media", "--out", "store", "--train-segments", "list.csv"]) == 0


def test_dry_runs_say_what_would_be_done_and_write_nothing(library, capsys):
    before = sorted(library.rglob("*"))
    lists = ["--train-segments", str(library / "list.csv"), "--dry-run"]
    assert cli.main(["curate", str(library / "media"), "--out", str(library / "store"), *lists]) == 0
    assert capsys.readouterr().out.splitlines()[-2:] == [
        f"would decode 4 clips of 2 classes into {library / 'store'}",
        "  train: 4",
    ]
    assert cli.main(["fetch", str(library / "new"), *lists, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["clips"] == {"cat": 2, "dog": 2}
    size = ["--train-per-class", "3", "--eval-per-class", "1"]
    assert cli.main(["miniworld", str(library / "world"), *size, "--dry-run"]) == 0
    assert capsys.readouterr().out.startswith("would make 4")
    assert cli.main(["lists", str(library / "lists"), "--dry-run"]) == 0
    assert capsys.readouterr().out.count("would fetch http") == 5
    assert sorted(library.rglob("*")) == before


def test_with_json_stdout_holds_nothing_else(library, capsys):
    store = str(library / "store")
    lists = ["--train-segments", str(library / "list.csv")]
    assert cli.main(["curate", str(library / "media"), "--out", store, *lists, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["counts"] == {"ok": 2, "missing": 1, "no_sound": 1}
    assert cli.main(["pack", store, "--out", f"{store}.pack", "--dry-run"]) == 0
    assert capsys.readouterr().out == f"would put 2 clips into {store}.pack\n"
    assert cli.main(["verify", store, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["clips"] == 2


def test_a_dry_run_of_training_shows_every_setting(library, capsys):
    store = str(library / "store")
    lists = ["--train-segments", str(library / "list.csv")]
    assert cli.main(["curate", str(library / "media"), "--out", store, *lists]) == 0
    capsys.readouterr()
    command = ["train", store, "--out", str(library / "run"), "--recipe", "stackgan", "-p", "gan.batch=7", "--dry-run"]
    assert cli.main([*command, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["gan"]["batch"], facts["gan"]["recipe"]) == (7, "stackgan")
    assert "width" in facts["encoder"]
    assert cli.main(command) == 0
    assert "  gan.batch = 7" in capsys.readouterr().out.splitlines()
    assert not (library / "run").exists()
