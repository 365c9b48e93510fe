"""Notebooks one by one, as people run them: the plain commands of papermill and nbval, from anywhere."""

import os
import re
import subprocess
import sys
from pathlib import Path

import inline_notebooks
import nbformat
import pytest
from toy_notebooks import write

from a2i.core.errors import A2IError
from a2i.runner import notebooks, parameters

ROOT = Path(__file__).resolve().parents[2]
BOOKS = notebooks.find(ROOT / "notebooks")
PAPERMILL = [sys.executable, "-m", "papermill"]


@pytest.mark.parametrize("book", BOOKS[1:], ids=lambda book: book.stem)
def test_a_notebook_alone_in_a_fresh_clone_says_what_it_needs_first(book, tmp_path):
    with pytest.raises(A2IError, match=r"run notebook 0\d|a2i run|a2i train"):
        inline_notebooks.run(book.stem, tmp_path)


@pytest.mark.parametrize("book", BOOKS, ids=lambda book: book.stem)
def test_papermill_lists_every_parameter_with_its_type_and_help(book):
    done = subprocess.run([*PAPERMILL, "--help-notebook", str(book)], capture_output=True, text=True, check=False)
    shown = " ".join(done.stdout.split())
    for parameter in parameters.declared(book).values():
        kind = type(parameter.default).__name__
        assert re.search(rf"\b{parameter.name}: {kind} .*?{re.escape(' '.join(parameter.help.split()))}", shown), parameter.name


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    """A folder like the repository, with a notebook that writes its parameters to where the run's report is."""
    folder = tmp_path_factory.mktemp("repo")
    (folder / "notebooks" / "profiles").mkdir(parents=True)
    (folder / "pyproject.toml").touch()
    (folder / "notebooks" / "profiles" / "mini.yaml").write_text("# a profile\nrun: toy\nsize: 2\n")
    code = "from a2i.core.paths import report_folder\nreport_folder(run).mkdir(parents=True)\n"
    code += "(report_folder(run) / 'sizes.txt').write_text(f'{size} {steps}')"
    write(folder / "notebooks" / "04_toy.ipynb", code, parameters='run = "mini"  # its name\nsize = 1\nsteps = 9\n')
    return folder


@pytest.mark.parametrize("place", [".", "notebooks", "elsewhere"])
def test_papermill_s_plain_command_works_from_the_root_and_from_elsewhere(toy, tmp_path, place):
    """The package finds the repository around the current folder; from outside, A2I_ROOT names it."""
    start = tmp_path if place == "elsewhere" else toy / place
    environment = {name: value for name, value in os.environ.items() if name != "A2I_ROOT"}
    environment |= {"A2I_ROOT": str(toy)} if place == "elsewhere" else {}
    book, profile = toy / "notebooks" / "04_toy.ipynb", toy / "notebooks" / "profiles" / "mini.yaml"
    command = [*PAPERMILL, str(book), str(tmp_path / "out.ipynb"), "-p", "steps", "50", "-f", str(profile)]
    subprocess.run([*command, "-p", "run", place.replace(".", "root")], cwd=start, env=environment, check=True)
    assert (toy / "reports" / place.replace(".", "root") / "sizes.txt").read_text() == "2 50"
    cells = nbformat.read(tmp_path / "out.ipynb", as_version=4).cells
    assert all(cell.execution_count for cell in cells if cell.cell_type == "code")
