"""Progress of long work: lines for a notebook, a file for the runner."""

import json

from a2i.core.progress import MILESTONES, Progress


def test_a_line_is_printed_at_each_tenth(capsys):
    progress = Progress("encoder", 40)
    for step in range(40):
        progress.update(note=f"loss {step}")
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == MILESTONES
    assert lines[0] == "encoder: 4/40  loss 3"
    assert lines[-1] == "encoder: 40/40  loss 39"


def test_a_big_step_over_several_tenths_prints_one_line(capsys):
    Progress("x", 10).update(7)
    assert capsys.readouterr().out == "x: 7/10\n"


def test_quiet_work_prints_nothing(capsys):
    Progress("x", 2, quiet=True).update(2)
    assert capsys.readouterr().out == ""


def test_the_file_tells_the_state_from_the_start_to_the_end(tmp_path, monkeypatch):
    file = tmp_path / "progress.json"
    monkeypatch.setenv("A2I_PROGRESS", str(file))
    progress = Progress("decode", 5, quiet=True)
    assert json.loads(file.read_text()) == {"label": "decode", "done": 0, "total": 5, "remaining": None}
    progress.update(5)
    assert json.loads(file.read_text()) == {"label": "decode", "done": 5, "total": 5, "remaining": 0.0}
    assert [path.name for path in tmp_path.iterdir()] == ["progress.json"]


def test_a_place_that_cannot_be_written_does_not_end_the_work(tmp_path, monkeypatch):
    monkeypatch.setenv("A2I_PROGRESS", str(tmp_path / "lost" / "progress.json"))
    Progress("decode", 1, quiet=True).update()


def test_time_left_counts_only_what_this_process_did():
    progress = Progress("train", 100, done=90, quiet=True)
    assert progress.remaining() is None
    progress._start -= 10.0  # ten seconds ago
    progress.update(5)
    assert 9.9 < progress.remaining() < 11


def test_work_of_nothing_does_not_divide_by_zero(capsys):
    Progress("none", 0).update(0)
    assert capsys.readouterr().out == ""


def test_what_an_earlier_run_did_is_done_but_does_not_make_this_one_look_fast():
    progress = Progress("clip", 100, quiet=True)
    progress.skip(90)
    assert progress.done == 90
    assert progress.remaining() is None
    progress._start -= 10.0  # ten seconds ago
    progress.update(5)
    assert 9.9 < progress.remaining() < 11
