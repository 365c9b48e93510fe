"""A run: what is executed, what is skipped, what a failure leaves."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from toy_notebooks import COMMON, repository, write

from a2i import cli
from a2i.core.errors import A2IError
from a2i.core.files import locked
from a2i.runner import run as runner

pytestmark = pytest.mark.slow

FIRST = """
from a2i.core import paths
from a2i.evaluation import metrics
folder = paths.root() / "reports" / run
(folder / "samples").mkdir(exist_ok=True)
(folder / "samples" / "first.txt").write_text(str(size))
store = paths.resolve(data)
store.mkdir(parents=True, exist_ok=True)
(store / "store.json").write_text("{}")
metrics.record(folder, "first", size, n=1, title="First")
"""
SECOND = """
from a2i.core import paths
from a2i.evaluation import metrics
folder = paths.root() / "reports" / run
(folder / "figures").mkdir(exist_ok=True)
(folder / "figures" / "second.png").write_text("x")
(folder / "stage").mkdir(exist_ok=True)
(folder / "stage" / "weights").write_text("x")
metrics.record(folder, "second", 2, n=1, title="Second")
"""


def make(folder: Path) -> Path:
    """A repository of two notebooks: the second can be told to fail."""
    repository(folder)
    first = COMMON + 'size = 1  # s (1 to 9)\ntrain_segments = ""  # a list\n'
    write(folder / "notebooks" / "01_first.ipynb", FIRST, parameters=first)
    second = COMMON + 'error = ""  # raise it\n'
    write(folder / "notebooks" / "02_second.ipynb", SECOND, "exec(error)", "2 + 2", parameters=second)
    return folder


@pytest.fixture
def toy(tmp_path, monkeypatch):
    """The repository, in which nothing has run yet."""
    monkeypatch.setenv("A2I_ROOT", str(tmp_path / "repo"))
    return make(tmp_path / "repo")


@pytest.fixture(scope="module")
def ran_once(tmp_path_factory):
    folder = make(tmp_path_factory.mktemp("once") / "repo")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("A2I_ROOT", str(folder))
        assert ran(execute(seed=5)) == ["01_first", "02_second"]
    return folder


@pytest.fixture
def done(ran_once, tmp_path, monkeypatch):
    """The repository after a run with the seed 5."""
    monkeypatch.setenv("A2I_ROOT", str(tmp_path / "repo"))
    return shutil.copytree(ran_once, tmp_path / "repo")


def execute(**overrides) -> str:
    """Runs the profile mini; returns what was printed."""
    fresh = overrides.pop("fresh", False)
    out = io.StringIO()
    runner.run("mini", overrides, fresh=fresh, out=out)
    return out.getvalue()


def ran(printed: str) -> list[str]:
    return [line.split()[1] for line in printed.splitlines() if " done in " in line]


def content(folder: Path) -> dict:
    return json.loads(folder.read_text())


def test_a_run_leaves_executed_notebooks_pages_and_what_it_ran_on(done):
    run = done / "reports" / "mini"
    book = nbformat.read(run / "notebooks" / "02_second.ipynb", as_version=4)
    assert [cell.execution_count for cell in book.cells if cell.cell_type == "code"] == [1, 2, 3, 4, 5]
    assert "seed = 5" in book.cells[2].source
    assert "run" not in book.cells[2].source, "a parameter at its default is not set again"
    for page in ("index.html", "html/01_first.html", "html/02_second.html"):
        assert "<!DOCTYPE html>" in (run / page).read_text()
    assert content(run / "params.json")["parameters"]["seed"] == 5
    assert content(run / "params.json")["profile"] == "mini"
    facts = content(run / "environment.json")
    assert facts["python"] == ".".join(map(str, sys.version_info[:3]))
    assert facts["packages"]["torch"]
    assert facts["device"]
    assert facts["cpu_count"] >= 1
    assert facts["seconds"] > 0
    assert facts["seed"] == 5
    assert facts["started"] <= facts["finished"]
    assert list(content(run / "metrics.json")) == ["first", "second"]


def test_the_kernel_is_this_interpreter_whatever_kernels_are_installed(toy, tmp_path, monkeypatch):
    other = tmp_path / "jupyter" / "kernels" / "python3"
    other.mkdir(parents=True)
    (other / "kernel.json").write_text(json.dumps({"argv": ["/bin/false"], "display_name": "x", "language": "python"}))
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))
    monkeypatch.setenv("MPLBACKEND", "agg")
    for book in (toy / "notebooks").glob("*.ipynb"):
        book.unlink()
    write(
        toy / "notebooks" / "01_a.ipynb",
        "import os, sys; print(sys.executable, os.environ.get('MPLBACKEND'), os.getcwd())",
    )
    execute()
    book = nbformat.read(toy / "reports" / "mini" / "notebooks" / "01_a.ipynb", as_version=4)
    executable, backend, place = book.cells[-1].outputs[0].text.split()
    assert executable == sys.executable
    assert backend != "agg"
    assert place == str(toy / "notebooks")
    assert os.environ["MPLBACKEND"] == "agg", "the runner's own environment is as it was"


def test_what_has_not_changed_is_not_run_again(done):
    assert ran(execute(seed=5)) == []
    assert ran(execute(seed=5, error="pass")) == ["02_second"]
    assert ran(execute(seed=1)) == ["01_first", "02_second"]


def test_a_change_of_code_runs_it_again_and_one_of_prose_does_not(done):
    book = done / "notebooks" / "02_second.ipynb"
    text = book.read_text()
    book.write_text(text.replace("# The notebook", "# The same notebook"))
    assert ran(execute(seed=5)) == []
    book.write_text(text.replace("2 + 2", "2 + 3"))
    assert ran(execute(seed=5)) == ["02_second"]


def test_a_change_of_a_file_that_a_parameter_names_runs_everything_again(toy):
    (toy / "list.csv").write_text("a")
    execute(train_segments="list.csv")
    (toy / "list.csv").write_text("b")
    assert ran(execute(train_segments="list.csv")) == ["01_first", "02_second"]


@pytest.mark.parametrize("lost", ["samples/first.txt", "notebooks/01_first.ipynb", "../../data/mini/store.json"])
def test_what_a_notebook_wrote_is_made_again_where_it_is_lost(done, lost):
    (done / "reports" / "mini" / lost).unlink()
    assert ran(execute(seed=5)) == ["01_first", "02_second"]


def test_a_store_that_another_run_has_written_since_is_not_trusted(done):
    (done / "data" / "mini" / "store.json").write_text('{"other": 1}')
    assert ran(execute(seed=5)) == ["01_first", "02_second"]


def test_fresh_does_everything_again_the_store_too_and_drops_the_former_run_in_the_end(done):
    run, data = done / "reports" / "mini", done / "data" / "mini"
    (run / "stage" / "leftover").touch()
    (data / "frames-00000.npy").touch()
    (data / "world").mkdir()
    assert ran(execute(seed=5, fresh=True)) == ["01_first", "02_second"]
    assert sorted(path.name for path in data.iterdir()) == ["store.json", "world"], "media stay"
    assert not (run / "stage" / "leftover").exists()
    assert not (run / ".previous").exists()
    assert ran(execute(seed=5)) == [], "fresh is no parameter of the result"


def test_a_fresh_run_that_stops_has_deleted_nothing_and_a_later_one_that_stands_does(done):
    run, data = done / "reports" / "mini", done / "data" / "mini"
    (data / "store.json").write_text('{"former": 1}')
    for attempt in range(2):
        with pytest.raises(runner.RunFailed, match=r"\| the former run: reports/mini/.previous \| .* without --fresh goes on"):
            execute(seed=5, fresh=True, error=f"{attempt} / 0")
        assert (run / ".previous" / "index.html").is_file()
        assert content(run / ".previous" / "metrics.json")["second"]["value"] == 2
        assert content(data / ".previous" / "store.json") == {"former": 1}
    assert ran(execute(seed=5)) == ["02_second"]
    assert not (run / ".previous").exists()
    assert not (data / ".previous").exists()


def test_a_move_that_was_killed_halfway_is_gone_on_with(done):
    run = done / "reports" / "mini"
    (run / ".moving.previous").mkdir()
    (run / "index.html").rename(run / ".moving.previous" / "index.html")
    with pytest.raises(runner.RunFailed):
        execute(seed=5, fresh=True, error="1 / 0")
    assert (run / ".previous" / "index.html").is_file()
    assert (run / ".previous" / "metrics.json").is_file()


def test_fresh_leaves_a_store_alone_that_is_being_curated(done):
    staging = done / "data" / "mini" / ".staging"
    staging.mkdir()
    with locked(staging / "lock", ""), pytest.raises(A2IError, match="another run is curating into data/mini"):
        execute(seed=5, fresh=True)
    assert (done / "data" / "mini" / "store.json").is_file()
    assert (done / "reports" / "mini" / "index.html").is_file()


def test_a_second_run_under_the_same_profile_has_a_store_of_its_own(done):
    assert ran(execute(seed=5, run="other")) == ["01_first", "02_second"]
    assert (done / "data" / "other" / "store.json").is_file()
    assert ran(execute(seed=5)) == [], "the first one's is untouched"
    execute(seed=5, run="third", data="data/mini")
    assert not (done / "data" / "third").exists()


def test_fresh_removes_no_folder_that_no_run_made(toy):
    (toy / "reports" / "pictures").mkdir(parents=True)
    (toy / "reports" / "pictures" / "mine.png").touch()
    with pytest.raises(A2IError, match="was not made by a run"):
        execute(run="pictures", fresh=True)
    assert (toy / "reports" / "pictures" / "mine.png").exists()


def test_a_failed_cell_ends_the_run_in_one_line_that_says_how_to_go_on(done):
    with pytest.raises(runner.RunFailed) as caught:
        execute(size=2, error="raise ValueError('two\\nlines')")
    message = str(caught.value)
    assert message.startswith("02_second stopped: cell [4]: ValueError: two lines | ")
    assert "reports/mini/notebooks/02_second.partial.ipynb" in message
    assert "usable: 01_first in reports/mini/index.html" in message
    assert "\n" not in message
    run = done / "reports" / "mini"
    assert "two lines" in (run / "index.html").read_text()
    assert (run / "notebooks" / "02_second.partial.ipynb").is_file()
    for stale in ("notebooks/02_second.ipynb", "html/02_second.html"):
        assert not (run / stale).exists(), "what an older run made is not shown beside the new"
    assert content(run / "metrics.json")["first"]["value"] == 2
    assert ran(execute(size=2)) == ["02_second"]
    assert not (run / "notebooks" / "02_second.partial.ipynb").exists()


def test_a_failure_takes_back_what_readers_see_and_keeps_trained_stages(done):
    book = done / "notebooks" / "02_second.ipynb"
    book.write_text(book.read_text().replace("from a2i.core import paths", "1 / 0"))
    with pytest.raises(runner.RunFailed, match=r"cell \[3\]: ZeroDivisionError"):
        execute(seed=5)
    run = done / "reports" / "mini"
    assert list(content(run / "metrics.json")) == ["first"]
    assert not (run / "figures" / "second.png").exists()
    assert (run / "stage" / "weights").exists()


def test_an_error_meant_for_the_user_comes_through_as_it_is(done):
    error = "from a2i.core.errors import A2IError; raise A2IError('the list is empty: name another')"
    with pytest.raises(runner.RunFailed, match=r"^02_second stopped: the list is empty: name another \|"):
        execute(seed=5, error=error)


@pytest.mark.parametrize("leave", ["import sys; sys.exit(0)", "import sys; sys.exit()"])
def test_a_notebook_that_leaves_early_without_an_error_has_failed(done, leave):
    with pytest.raises(runner.RunFailed, match="did not run to its end"):
        execute(seed=5, error=leave)
    assert ran(execute(seed=5)) == ["02_second"]


def test_a_kernel_that_is_killed_is_an_error_that_says_why(done):
    with pytest.raises(runner.RunFailed, match="most likely for want of memory"):
        execute(seed=5, error="import os; os.kill(os.getpid(), 9)")


@pytest.mark.parametrize(
    ("overrides", "message"),
    [
        ({"sise": 1}, "did you mean 'size'"),
        ({"size": "1"}, "must be a whole number"),
        ({"train_segments": "x"}, "there is no x"),
        ({"size": 0}, "must be 1 to 9, not 0"),
    ],
)
def test_a_mistake_is_found_before_anything_is_made(toy, overrides, message):
    with pytest.raises(A2IError, match=message):
        execute(**overrides)
    assert not (toy / "reports").exists()


@pytest.mark.parametrize("content", ['{"notebooks": {"01_fi', "[]", '{"notebooks": {"01_first": {"seconds": 1}}}'])
def test_a_broken_state_costs_time_and_nothing_else(done, content):
    (done / "reports" / "mini" / "run.json").write_text(content)
    assert ran(execute()) == ["01_first", "02_second"]


def test_two_runs_do_not_write_into_one_folder(toy):
    from a2i.runner.state import claimed

    with claimed(toy / "reports" / "mini"), pytest.raises(A2IError, match="another run is at work in reports/mini"):
        execute()


def test_no_numbered_notebook_is_an_error(tmp_path, monkeypatch):
    monkeypatch.setenv("A2I_ROOT", str(repository(tmp_path / "repo")))
    with pytest.raises(A2IError, match="no numbered notebooks"):
        execute()


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_run_that_is_stopped_ends_cleanly_and_goes_on_where_it_was(done, stop):
    started = done / "started"
    wait = f"import pathlib, time; pathlib.Path({str(started)!r}).touch(); time.sleep(600)"
    command = [sys.executable, "-m", "a2i.cli", "run", "-p", "seed=5", "-p", f"error={wait}"]
    # A shell's background job ignores Ctrl-C, and so would what it starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    signal.signal(signal.SIGINT, before)
    while not started.exists() and process.poll() is None:
        time.sleep(0.05)
    process.send_signal(stop)
    out, err = process.communicate(timeout=300)
    assert process.returncode == 130
    assert ran(out) == []
    assert err.startswith("a2i: 02_second was interrupted | ")
    assert err.count("\n") == 1
    assert ran(execute(seed=5)) == ["02_second"]


def test_a_dry_run_says_what_would_run_and_writes_nothing(done, capsys):
    before = {path: path.stat().st_mtime_ns for path in done.rglob("*")}
    assert cli.main(["run", "--dry-run", "--json", "-p", "seed=5", "-p", "error=pass"]) == 0
    (plan,) = json.loads(capsys.readouterr().out)
    assert [(book["notebook"], book["runs"]) for book in plan["notebooks"]] == [("01_first", False), ("02_second", True)]
    assert plan["parameters"]["seed"] == 5
    assert cli.main(["run", "--dry-run", "-p", "seed=5", "--seeds", "2"]) == 0
    told = capsys.readouterr().out
    assert "01_first: unchanged, would not run" in told
    assert "reports/mini-seed1: profile mini, store data/mini" in told
    assert "seed = 6" in told
    assert {path: path.stat().st_mtime_ns for path in done.rglob("*")} == before


def test_several_seeds_share_the_store_and_their_numbers_are_merged(toy, capsys):
    first = COMMON + 'source = "folder"  # makes the store\n'
    write(toy / "notebooks" / "01_first.ipynb", FIRST.replace("size", "1"), parameters=first)
    write(toy / "notebooks" / "02_second.ipynb", SECOND.replace('"second", 2', '"second", seed'), parameters=COMMON)
    assert cli.main(["run", "-p", "source=miniworld", "-p", "seed=3", "--seeds", "3"]) == 0
    assert ran(capsys.readouterr().out) == ["01_first", "02_second", "02_second", "02_second"]
    reports = toy / "reports"
    assert sorted(path.name for path in (toy / "data").iterdir()) == ["mini"]
    assert content(reports / "mini-seed2" / "params.json")["parameters"]["seed"] == 5
    merged = content(reports / "mini" / "metrics.json")
    assert (merged["second"]["value"], merged["second"]["seeds"]) == (4, 3)
    assert merged["first"]["seeds"] == 1, "the store is the same in all"
    assert content(reports / "mini-seed2" / "metrics.json")["second"]["value"] == 5
    assert "../mini-seed2/index.html" in (reports / "mini" / "index.html").read_text()
    assert cli.main(["run", "-p", "source=miniworld", "-p", "seed=3", "--seeds", "3"]) == 0
    assert ran(capsys.readouterr().out) == []
    assert cli.main(["run", "-p", "source=miniworld", "-p", "seed=3"]) == 0
    assert content(reports / "mini" / "metrics.json")["second"]["value"] == 3, "of one seed, its own again"


def test_what_is_printed_stays_beside_what_it_names(toy):
    loop = 'for name in ("cat", "dog"):\n    print(name)\n    print("heard:")\n    display(HTML(name))'
    cell = "from IPython.display import HTML, display\n" + loop
    write(toy / "notebooks" / "02_second.ipynb", cell)
    assert cli.main(["run"]) == 0
    outputs = nbformat.read(toy / "reports" / "mini" / "notebooks" / "02_second.ipynb", 4).cells[-1].outputs
    assert [output.get("text") or output["data"]["text/html"] for output in outputs] == [
        "cat\nheard:\n", "cat", "dog\nheard:\n", "dog",
    ]  # fmt: skip
