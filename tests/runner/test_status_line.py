"""What the terminal shows of a run."""

import io
import json
import threading

import pytest

from a2i.runner import status_line
from a2i.runner.status_line import StatusLine, duration


class Terminal(io.StringIO):
    """A stream that says it is watched."""

    def isatty(self) -> bool:
        return True


def wait_for(stream: io.StringIO, text: str) -> None:
    """Waits until `text` has been written; the test's own time limit ends it otherwise."""
    while text not in stream.getvalue():
        threading.Event().wait(0.005)


@pytest.mark.parametrize(
    ("seconds", "text"),
    [(0, "0 s"), (59.4, "59 s"), (59.6, "1:00 min"), (185, "3:05 min"), (3720, "1:02 h"), (90000, "25:00 h")],
)
def test_durations_are_short(seconds, text):
    assert duration(seconds) == text


def test_a_line_names_notebook_cell_stage_and_time_left(tmp_path):
    state = {"label": "encoder", "done": 30, "total": 40, "remaining": 65.0}
    (tmp_path / "progress").write_text(json.dumps(state))
    shown = StatusLine("[3/5] 03_pretrain_encoder", tmp_path / "progress", io.StringIO(), expected=100.0, later=200.0)
    shown.at_cell(4, 12)
    assert shown.line() == "[3/5] 03_pretrain_encoder  cell 4/12  encoder 30/40 (75 %, 1:05 min left)"
    assert shown.time() == "0 s; the run: about 5:00 min left"


def test_a_stage_that_takes_longer_than_known_moves_the_end(tmp_path):
    state = {"label": "encoder", "done": 30, "total": 40, "remaining": 600.0}
    (tmp_path / "progress").write_text(json.dumps(state))
    assert (
        StatusLine("x", tmp_path / "progress", io.StringIO(), expected=100.0, later=60.0)
        .time()
        .endswith("about 11:00 min left")
    )


@pytest.mark.parametrize(("expected", "later"), [(None, 5.0), (5.0, None)])
def test_without_experience_no_end_is_promised(tmp_path, expected, later):
    assert StatusLine("x", tmp_path / "progress", io.StringIO(), expected=expected, later=later).time() == "0 s"


@pytest.mark.parametrize(
    "content", [None, "", '{"label": "enc', '{"label": "a", "done": 4, "total": 4, "remaining": 0.0}']
)
def test_no_stage_is_shown_where_none_goes_on(tmp_path, content):
    if content is not None:
        (tmp_path / "progress").write_text(content)
    assert StatusLine("[1/5] 01_a", tmp_path / "progress", io.StringIO()).line() == "[1/5] 01_a"


def test_a_terminal_shows_one_line_that_is_rewritten(tmp_path, monkeypatch):
    monkeypatch.setattr(status_line, "REWRITE", 0.001)
    out = Terminal()
    with StatusLine("[1/5] 01_a", tmp_path / "progress", out) as shown:
        shown.at_cell(1, 3)
        wait_for(out, "cell 1/3")
        shown.at_cell(2, 3)
        wait_for(out, "cell 2/3")
    assert out.getvalue().count("\n") == 1
    assert out.getvalue().endswith("\r\x1b[K[1/5] 01_a  done in 0 s\n")


def test_a_log_gets_plain_lines_now_and_then(tmp_path, monkeypatch):
    monkeypatch.setattr(status_line, "REWRITE", 0.001)
    monkeypatch.setattr(status_line, "PLAIN", 0.002)
    out = io.StringIO()
    shown = StatusLine("[1/5] 01_a", tmp_path / "progress", out)
    shown.at_cell(1, 3)
    with shown:
        wait_for(out, "cell 1/3")
        shown.at_cell(2, 3)
        wait_for(out, "cell 2/3")
    lines = out.getvalue().splitlines()
    assert lines == ["[1/5] 01_a  cell 1/3  0 s", "[1/5] 01_a  cell 2/3  0 s", "[1/5] 01_a  done in 0 s"]


def test_a_log_stays_quiet_while_little_time_has_passed(tmp_path, monkeypatch):
    monkeypatch.setattr(status_line, "REWRITE", 0.001)
    out = io.StringIO()
    with StatusLine("[1/5] 01_a", tmp_path / "progress", out) as shown:
        for cell in range(20):
            shown.at_cell(cell, 20)
            threading.Event().wait(0.002)
    assert out.getvalue() == "[1/5] 01_a  done in 0 s\n"


def test_a_notebook_that_failed_is_not_called_done(tmp_path):
    out = io.StringIO()
    with pytest.raises(ValueError, match="x"), StatusLine("[1/5] 01_a", tmp_path / "progress", out):
        raise ValueError("x")
    assert "done" not in out.getvalue()
