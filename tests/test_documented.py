"""What the README, CONTRIBUTING, the pages of docs/ and the notebooks' prose tell people to type is typed here.

What is cheap is done, on toys; a run is planned by `--dry-run`; the rest is held to the command's own parser, each for the
reason that PARSED names. A block that is none of these fails.
"""

import ast
import re
import shlex
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
import toy_media
from scipy.io import wavfile
from toy_run import run  # noqa: F401
from toy_store import ToyStore

from a2i import cli
from a2i.runner import parameters
from a2i.training import encoder, recipes
from a2i.training.device import choose

ROOT = Path(__file__).resolve().parents[1]
PAGES = ["README.md", "CONTRIBUTING.md", "data/README.md", "reports/README.md", *sorted(f"docs/{p.name}" for p in (ROOT / "docs").glob("*.md"))]
BOOKS = sorted(f"notebooks/{p.name}" for p in (ROOT / "notebooks").glob("*.ipynb"))
DONE = ("card", "curate", "export", "imagine", "pack", "verify")
PARSED = {
    "fetch": "asks YouTube",
    "lists": "asks Google for 100 MB",
    "train": "trains for minutes; its settings are checked",
    "compare": "needs two finished runs",
    "miniworld": "draws for minutes",
    "evaluate": "trains judges for minutes",
}
SHELLS_OWN = {"a2i: command not found"}  # the one message on the pages that is not the project's


def prose(name: str) -> str:
    """A page as it is written; of a notebook its cells of prose."""
    if name.endswith(".md"):
        return (ROOT / name).read_text(encoding="utf-8")
    cells = nbformat.read(ROOT / name, as_version=4).cells
    return "\n\n".join(cell.source for cell in cells if cell.cell_type == "markdown")


def blocks(name: str) -> Iterator[tuple[str, str]]:
    """The fenced blocks of a page: language and content."""
    return ((found[1], found[2]) for found in re.finditer(r"^```(\w*)\n(.*?)^```$", prose(name), re.MULTILINE | re.DOTALL))


def commands(name: str) -> list[list[str]]:
    """The words of each command in a page's blocks, without what is a comment."""
    lines = [line for language, text in blocks(name) if language in ("", "sh") for line in text.splitlines()]
    return [words for line in lines if (words := shlex.split(line, comments=True))]


def option_names(command: str) -> set[str]:
    """Every option of a command."""
    action = next(a for a in cli.parser(command)._actions if a.dest != "help" and a.choices)
    return {text for option in action.choices[command]._actions for text in option.option_strings}


@pytest.fixture(scope="module")
def place(tmp_path_factory, run) -> Path:  # noqa: F811
    """A repository in which everything lies that the pages name: sounds, clips, lists, a store, and trained runs."""
    root = tmp_path_factory.mktemp("repository")
    (root / "pyproject.toml").touch()
    shutil.copytree(ROOT / "notebooks", root / "notebooks")
    tone = (9000 * np.sin(np.arange(4 * 22050) * 0.06)).astype(np.int16)
    (root / "sounds").mkdir()
    for name in ("call", "cat", "sea", "day", "sounds/one", "sounds/two"):
        wavfile.write(root / f"{name}.wav", 22050, tone)
    for number, name in enumerate(("clips/cat/one", "clips/cat/two", "clips/dog/one", "clips/dog/two")):
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        toy_media.write(root / f"{name}.mp4", seconds=3 + number / 2, fps=5)
    (root / "labels.csv").write_text("file,label,split\ncat/one.mp4,cat,train\ndog/one.mp4,dog,train\n")
    lists = root / "data" / "audioset" / "lists"
    lists.mkdir(parents=True)
    for path in (root / "train.csv", root / "eval.csv", lists / "eval_segments.csv", lists / "balanced_train_segments.csv"):
        path.write_text('-id00000000, 0.000, 10.000, "/m/01yrx"\n-id00000001, 0.000, 10.000, "/m/0bt9lr"\n')
    for folder in (root / "media", root / "data" / "audioset" / "media"):
        shutil.copytree(root / "clips" / "cat", folder)
    ToyStore().write(root / "data" / "mini")
    for name in ("mini", "taste", "pets", "mine", "there"):
        shutil.copytree(run, root / "reports" / name)
    return root


@pytest.fixture
def here(place, monkeypatch) -> Path:
    """The same, as the place where commands are typed."""
    monkeypatch.chdir(place)
    monkeypatch.setenv("A2I_ROOT", str(place))
    return place


def typed(words: list[str]) -> None:
    """Does what a command says, or holds it to its parser. Fails for one that a user could not type."""
    if words[0] == "make":
        targets = [word for word in words[1:] if "=" not in word]
        assert targets
        subprocess.run(["make", "-n", *words[1:]], cwd=ROOT, check=True, capture_output=True)
    elif words[0] in ("source", "conda"):
        assert words in (["source", ".venv/bin/activate"], ["conda", "env", "create", "-f", "environment.yml"])
    else:
        start = words.index("a2i.cli") if words[0] == "torchrun" else words.index("a2i")
        assert words[0] == "torchrun" or start == 0
        a2i(words[start + 1 :])


def a2i(words: list[str]) -> None:
    given = cli.parser(words[0]).parse_args(words)
    if words[0] in DONE:
        assert cli.main(words) == 0
    elif words[0] == "run":
        assert cli.main([*words, "--dry-run"]) == 0
    else:
        assert words[0] in PARSED
    if words[0] == "train":
        pairs = [text.split("=") for text in given.settings]
        own = {part: {n.split(".")[1]: parameters.parse_overrides([f"x={v}"])["x"] for n, v in pairs if n.startswith(part)} for part in ("encoder", "gan")}
        encoder.settings(**own["encoder"])
        recipes.settings(recipes.choose(given.recipe, choose("cpu")), **own["gan"])


@pytest.mark.slow
@pytest.mark.parametrize("name", [page for page in (*PAGES, *BOOKS) if list(blocks(page))])
def test_what_a_page_says_to_type_can_be_typed(here, name, capfd):
    faults = []
    for words in commands(name):
        try:
            typed(words)
        except (Exception, SystemExit) as error:  # noqa: BLE001 (all of a page's at once)
            faults.append(f"{shlex.join(words)}: {error!r} {capfd.readouterr().err[-400:]}")
    assert faults == []


@pytest.mark.slow
@pytest.mark.parametrize("name", [page for page in (*PAGES, *BOOKS) if any(language == "python" for language, _ in blocks(page))])
def test_a_pages_python_runs(here, name):
    cli.main(["curate", "clips", "--out", "data/mine"])
    for language, text in blocks(name):
        if language == "python":
            exec(compile(text, name, "exec"), {"__name__": name})  # noqa: S102


@pytest.mark.parametrize("name", [*PAGES, *BOOKS])
def test_every_block_is_commands_python_or_text(name):
    assert {language for language, _ in blocks(name)} <= {"", "sh", "python", "text"}
    for words in commands(name):
        assert words[0] in ("a2i", "make", "torchrun", "source", "conda"), words


@pytest.mark.parametrize("name", [*PAGES, *BOOKS])
def test_commands_options_targets_and_parameters_within_the_prose_exist(name):
    known = parameters.union(parameters.declared(ROOT / book) for book in BOOKS)
    targets = re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    for span in re.findall(r"`([^`\n]+)`", prose(name)):
        if found := re.match(r"a2i ([a-z]+)\b", span):
            assert found[1] in cli.names(), span
            assert set(re.findall(r"(?<!\S)--[a-z-]+", span)) <= option_names(found[1]), span
        if found := re.match(r"make ([a-z-]+)$", span):
            assert found[1] in targets, span
        if not span.startswith("a2i train"):
            assert set(re.findall(r"-p ([a-z_]+)=", span)) <= set(known), span


@pytest.mark.parametrize("name", PAGES)
def test_links_lead_to_files(name):
    for target in re.findall(r"\]\(([^)#]+)", prose(name)):
        if "://" not in target:
            assert ((ROOT / name).parent / target).exists(), target


def told() -> list[str]:
    """Every text in the package and the Makefile that may be part of a message."""
    texts = [(ROOT / "Makefile").read_text()]
    for path in (ROOT / "a2i").rglob("*.py"):
        texts += [n.value for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Constant) and isinstance(n.value, str)]
    return texts


@pytest.mark.parametrize("name", ["README.md", "docs/troubleshooting.md"])
def test_the_messages_that_are_explained_are_real(name):
    texts = told()
    section = prose(name)[prose(name).index("When something goes wrong") :]
    cells = re.findall(r"^\| (`.*?) \| ", section, re.MULTILINE)
    assert len(cells) > 5
    for message in {span for cell in cells for span in re.findall(r"`([^`]+)`", cell)} - SHELLS_OWN:
        for part in filter(None, (part.strip() for part in message.split("…"))):
            assert any(part in text for text in texts), part
