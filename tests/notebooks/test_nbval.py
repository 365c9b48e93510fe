"""The check of the notebooks can fail: a changed number in a stored output is found, whichever it is."""

import importlib.util
import json
import re
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbformat import v4
from toy_notebooks import KERNEL

from a2i.core import environment

pytestmark = pytest.mark.slow

NOTEBOOKS = Path(__file__).resolve().parents[2] / "notebooks"
CONFTEST = NOTEBOOKS / "conftest.py"


@pytest.fixture(scope="module")
def plugin():
    spec = importlib.util.spec_from_file_location("notebooks_conftest", CONFTEST)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def text(value: str) -> nbformat.NotebookNode:
    return v4.new_output("stream", text=value)


def nbval(folder: Path, *arguments: str) -> subprocess.CompletedProcess:
    """Runs pytest with nbval on the notebooks in `folder`, under the conftest of the real ones."""
    (folder / "conftest.py").write_text(CONFTEST.read_text())
    command = [
        sys.executable,
        "-m",
        "pytest",
        "--nbval",
        "--nbval-current-env",
        "-q",
        "-p",
        "no:cacheprovider",
        *arguments,
    ]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


def outcome(folder: Path, cells: list[nbformat.NotebookNode]) -> str:
    """Runs a notebook of `cells` with their stored outputs; returns nbval's verdict, a dot or an F a cell."""
    for number, cell in enumerate(cells, 1):
        cell.execution_count = number
    book = v4.new_notebook(metadata=KERNEL, cells=cells)
    nbformat.write(book, folder / "01_toy.ipynb")
    return nbval(folder).stdout.split()[0]


def test_a_changed_number_fails_and_one_within_the_tolerance_does_not(tmp_path):
    code, close = "print('clips', 440, 'loss', 2.3026)", {"tags": ["close"]}
    figure = "from matplotlib import pyplot as plt\nplt.plot([1])\nplt.show()"
    player = "import os\nfrom IPython.display import Audio\nAudio(data=os.urandom(64))"
    table = "import pandas as pd\npd.DataFrame({'loss': [2.3026]})"
    written = "     loss\n0  {}"
    cells = [
        v4.new_code_cell(code, outputs=[text("clips 440 loss 2.3026\n")]),
        v4.new_code_cell(code, outputs=[text("clips 441 loss 2.3026\n")]),
        v4.new_code_cell(code, outputs=[text("clips 440 loss 2.3027\n")]),
        v4.new_code_cell(code, metadata=close, outputs=[text("clips 440 loss 2.3036\n")]),
        v4.new_code_cell(code, metadata=close, outputs=[text("clips 440 loss 2.3126\n")]),
        v4.new_code_cell(code, metadata=close, outputs=[text("clips 441 loss 2.3026\n")]),
        v4.new_code_cell(code, metadata=close, outputs=[text("films 440 loss 2.3026\n")]),
        v4.new_code_cell(code, metadata={"tags": ["close-1e-2"]}, outputs=[text("clips 440 loss 2.3126\n")]),
        v4.new_code_cell(code, metadata=close),
        v4.new_code_cell(table, outputs=[shown(9, written.format("2.3026"), "text/html", "<b>other</b>")]),
        v4.new_code_cell(table, outputs=[shown(10, written.format("2.3027"), "text/html", "<b>other</b>")]),
        v4.new_code_cell(figure, outputs=[drawn("<Figure size 640x480 with 1 Axes>")]),
        v4.new_code_cell(figure, outputs=[drawn("<Figure size 640x480 with 2 Axes>")]),
        v4.new_code_cell(player, outputs=[shown(13, "<IPython.lib.display.Audio object>", "text/html", "<audio>")]),
        v4.new_code_cell("1", metadata={"tags": ["nbval-ignore-output"]}, outputs=[text("anything")]),
    ]
    assert outcome(tmp_path, cells) == ".FF.FFF.F.F.F.."


@pytest.mark.parametrize(("instructions", "expected"), [(None, ".FFFF"), ("AVX9", "..F.."), ("", ".FFFF")])
def test_what_a_training_gave_is_compared_where_it_was_trained_alone(tmp_path, instructions, expected):
    """Stored with these instructions (None: this machine's; "": none told) and then computed here."""
    here, told = f"({environment.instructions()})", environment.summary()
    stored = told if instructions is None else told.replace(here, instructions and f"({instructions})")
    environs = "from a2i.core import environment\nprint(environment.summary())"
    cells = [v4.new_code_cell(environs, metadata={"tags": ["nbval-ignore-output"]}, outputs=[text(stored + "\n")])]
    for tags in (["close-1e-1"], ["close-1e-2"], ["trained"], ["report", "trained"]):
        cells.append(v4.new_code_cell("print('holds', 0.9)", metadata={"tags": tags}, outputs=[text("fails 0.5\n")]))
    assert outcome(tmp_path, cells) == expected


def shown(count: int, plain: str, kind: str, other: str) -> nbformat.NotebookNode:
    return v4.new_output("execute_result", {"text/plain": plain, kind: other}, execution_count=count)


def drawn(plain: str) -> nbformat.NotebookNode:
    return v4.new_output("display_data", {"text/plain": plain, "image/png": "iVBORw0KGgo="})


def test_the_notebooks_work_in_an_empty_folder_that_is_gone_afterwards(tmp_path, monkeypatch):
    monkeypatch.delenv("A2I_ROOT", raising=False)
    monkeypatch.setenv("MPLBACKEND", "agg")
    code = f"import os, pathlib\n_ = pathlib.Path({str(tmp_path / 'seen')!r}).write_text(os.environ['A2I_ROOT'])"
    content = "import os\nprint(os.listdir(os.environ['A2I_ROOT']), os.environ.get('MPLBACKEND') == 'agg')"
    cells = [v4.new_code_cell(code), v4.new_code_cell(content, outputs=[text("[] False\n")])]
    assert outcome(tmp_path, cells) == ".."
    assert not Path((tmp_path / "seen").read_text()).exists()


@pytest.mark.parametrize("dist", ["loadscope", "load"])
def test_of_several_processes_one_runs_all_notebooks_in_their_order(tmp_path, monkeypatch, dist):
    """The second one, which has more cells and would be handed out first, reads what the first wrote."""
    pytest.importorskip("xdist")
    monkeypatch.delenv("A2I_ROOT", raising=False)
    where = "import os, pathlib\nfile = pathlib.Path(os.environ['A2I_ROOT'], 'x.txt')"
    books = {"01_first": [where, "_ = file.write_text('1')"], "02_second": [where, "print(file.read_text())", *["1"] * 4]}
    for name, sources in books.items():
        cells = [v4.new_code_cell(source, execution_count=i) for i, source in enumerate(sources, 1)]
        if name == "02_second":
            cells[1].outputs = [text("1\n")]
            for cell in cells[2:]:
                cell.outputs = [v4.new_output("execute_result", {"text/plain": "1"}, execution_count=cell.execution_count)]
        nbformat.write(v4.new_notebook(metadata=KERNEL, cells=cells), tmp_path / f"{name}.ipynb")
    done = nbval(tmp_path, "-n", "2", "--dist", dist)
    assert "8 passed" in done.stdout, done.stdout


@pytest.mark.parametrize(
    ("stored", "computed", "equal"),
    [
        ("2.3026", "2.3026", True),
        ("2.3026", "2.3040", True),
        ("2.3026", "2.3060", False),
        ("0.012", "0.013", True),  # one unit of the last place printed: a rounding
        ("0.012", "0.014", False),
        ("1.00e-04", "1.01e-04", True),
        ("1.00e-04", "1.10e-04", False),
        ("-1.5", "1.5", False),
        ("100", "101", False),
        ("loss  2.30\n  next", "loss 2.30 next", True),
        ("loss 2.30", "lost 2.30", False),
        ("1.0 2.0", "1.0", False),
        ("nan 1.0", "nan 1.0", True),
        ("nan", "1.0", False),
        ("", "", True),
    ],
)
def test_close_text_differs_in_nothing_but_a_little_in_numbers(plugin, stored, computed, equal):
    assert (plugin.CloseText(stored) == plugin.CloseText(computed)) is equal
    assert (plugin.CloseText(stored) != plugin.CloseText(computed)) is not equal


def test_close_text_equals_nothing_but_text(plugin):
    assert plugin.CloseText("1") != 1


MUTATOR = '''
import copy, json, re, pathlib

NUMBER = re.compile(r"(?<![\\\\w.])\\\\d+(?:\\\\.\\\\d+)?(?![\\\\w.]*[A-Za-z])")


def texts(output):
    """The texts of an output that are compared, with the way to change each."""
    if output.output_type == "stream":
        yield output.text, lambda new: output.update(text=new)
    elif "data" in output and "text/plain" in output.data:
        yield output.data["text/plain"], lambda new: output.data.update({"text/plain": new})


def mutations(item):
    """The stored outputs of a cell, each time with one number changed."""
    for k, output in enumerate(item.cell.outputs):
        for text, _ in texts(output):
            for match in NUMBER.finditer(text):
                changed = copy.deepcopy(item.cell.outputs)
                other = str(9 - int(match[0][0])) + match[0][1:] if match[0][0] != "4" else "7" + match[0][1:]
                for _, put in texts(changed[k]):
                    put(text[: match.start()] + other + text[match.end() :])
                yield match[0], other, changed


def pytest_collection_finish(session):
    report = []
    for item in session.items:
        if not item.options["check"] or item.cell.execution_count is None:
            continue
        same = item.compare_outputs(item.cell.outputs, copy.deepcopy(item.cell.outputs))
        for old, new, changed in mutations(item):
            report.append([item.nodeid, old, new, same, item.compare_outputs(changed, item.cell.outputs)])
    pathlib.Path("report.json").write_text(json.dumps(report))
'''


def test_every_number_stored_in_the_notebooks_is_guarded(tmp_path):
    (tmp_path / "mutator.py").write_text(MUTATOR.replace("\\\\", "\\"))
    books = sorted(NOTEBOOKS.glob("*.ipynb"))
    for book in books:
        (tmp_path / book.name).write_bytes(book.read_bytes())
    done = nbval(tmp_path, "--collect-only", "-p", "mutator")
    assert done.returncode == 0, done.stdout
    tried = json.loads((tmp_path / "report.json").read_text())
    for name, old, new, same, blind in tried:
        assert same, f"{name}: the stored output does not equal itself"
        assert not blind, f"{name}: {old} can become {new} unseen"
    seen = {re.match(r"\d\d_\w+\.ipynb", name)[0] for name, *_ in tried}
    assert seen == {book.name for book in books}, "each notebook has numbers that are checked"
