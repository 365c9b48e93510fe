"""Workers outlive whatever their tasks do, one at a time."""

import os
import signal
import subprocess
import sys
import threading
import time

import numpy as np
import psutil
import pytest

from a2i.core.pool import CRASHED, KILLED, TIMEOUT, Workers

pytestmark = pytest.mark.slow


def act(task: str) -> str:
    """What a test's worker does."""
    what, _, rest = task.partition(" ")
    if what == "segfault":
        os.kill(os.getpid(), signal.SIGSEGV)
    if what == "exit":
        os._exit(7)
    if what == "sleep":
        time.sleep(float(rest))
    if what == "raise":
        raise KeyError(rest)
    if what == "fill":
        try:
            return str(np.ones(int(rest) << 17).sum())  # MiB
        except MemoryError:
            return "no memory"
    if what == "threads":
        from threadpoolctl import threadpool_info

        return str(max(pool["num_threads"] for pool in threadpool_info()))
    return task.upper()


def outcomes(tasks: list[str], count: int = 2, timeout: float = 20.0, memory_mb: int = 1024) -> dict[str, tuple]:
    """What became of each task."""
    left = iter(tasks)
    with Workers(act, count, timeout=lambda _: timeout, memory_mb=memory_mb) as workers:
        return {o.task: (o.result, o.failure, o.detail) for o in workers.run(lambda: next(left, None))}


def test_every_task_is_done_once():
    tasks = [f"word{i}" for i in range(50)]
    assert outcomes(tasks) == {task: (task.upper(), "", "") for task in tasks}


def test_a_crash_costs_its_own_task_and_no_other():
    found = outcomes(["a", "segfault", "b", "exit", "c", "d"])
    assert found.pop("segfault") == (None, CRASHED, "signal SIGSEGV")
    assert found.pop("exit") == (None, CRASHED, "exit code 7")
    assert found == {word: (word.upper(), "", "") for word in "abcd"}


def test_a_task_that_hangs_is_ended_at_its_time_limit():
    start = time.monotonic()
    found = outcomes(["sleep 60", "a", "b"], count=1, timeout=1.5)
    assert found["sleep 60"] == (None, TIMEOUT, "more than 1.5 s")
    assert found["a"][0] == "A"
    assert time.monotonic() - start < 30


def test_memory_beyond_the_limit_is_refused_to_the_task():
    found = outcomes(["fill 64", "fill 3000", "a"], count=1)
    assert found["fill 64"][0] == str(float(64 << 17))
    assert found["fill 3000"][0] == "no memory"
    assert found["a"][0] == "A"


def test_an_error_of_the_function_itself_is_raised_here():
    with pytest.raises(KeyError, match="why"):
        outcomes(["raise why"])


def test_each_worker_computes_on_one_thread():
    assert outcomes(["threads"])["threads"][0] == "1"


def test_no_worker_is_left_when_the_run_has_ended():
    before = set(psutil.Process().children(recursive=True))
    with Workers(act, 2, timeout=lambda _: 20.0, memory_mb=1024) as workers:
        left = iter(["a", "b"])
        list(workers.run(lambda: next(left, None)))
        pids = [worker.process.pid for worker in workers._workers]
    assert pids
    assert not any(psutil.pid_exists(pid) for pid in pids)
    assert len(set(psutil.Process().children(recursive=True)) - before) <= 2  # the fork server and its tracker


@pytest.mark.parametrize("how", ["raise ImportError('libodd.so: no such file')", "raise SystemExit('libodd.so')", "os._exit(9)"])
def test_workers_that_cannot_start_end_the_run_with_one_error_that_shows_why(tmp_path, how):
    """Their module can be imported here and not there."""
    (tmp_path / "odd.py").write_text(
        f"import multiprocessing, os\nif multiprocessing.parent_process(): {how}\ndef act(task): pass\n"
    )
    (tmp_path / "script.py").write_text(
        "from odd import act\nfrom a2i.core.pool import Workers\ntasks = ['a', 'b'] * 10\n"
        "with Workers(act, 2, timeout=lambda _: 20.0, memory_mb=1024) as workers:\n"
        "    list(workers.run(lambda: tasks.pop() if tasks else None))\n"
    )
    done = subprocess.run([sys.executable, tmp_path / "script.py"], capture_output=True, text=True, check=False)
    assert done.stderr.count("Traceback") == 1
    last = done.stderr.splitlines()[-1]
    assert "A2IError: worker processes do not start, 5 in a row: " in last
    assert ("exit code 9" if "_exit" in how else "libodd.so") in last


def test_a_plain_script_needs_no_main_guard_and_is_run_once(tmp_path):
    script = tmp_path / "plain.py"
    script.write_text(PARENT.replace('if __name__ == "__main__":', "print('once')\nif True:").replace("60.0", "0.1"))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("once\n", "")


def test_a_function_of_the_script_itself_is_refused_with_the_reason(tmp_path):
    script = tmp_path / "plain.py"
    script.write_text("def act(task): pass\n" + PARENT.replace("time.sleep", "act"))
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, check=False)
    assert "A2IError: worker processes do not start" in done.stderr.splitlines()[-1]
    assert "'act'" in done.stderr.splitlines()[-1]


PARENT = """
import time
from a2i.core.pool import Workers
if __name__ == "__main__":
    tasks = [60.0, 60.0]
    with Workers(time.sleep, 2, timeout=lambda _: 100.0, memory_mb=1024) as workers:
        for outcome in workers.run(lambda: tasks.pop() if tasks else None):
            pass
"""


def test_workers_in_the_middle_of_a_task_die_with_a_killed_parent(tmp_path):
    script = tmp_path / "parent.py"
    script.write_text(PARENT)
    parent = subprocess.Popen([sys.executable, str(script)])
    workers = _wait_for(lambda: [p for p in psutil.Process(parent.pid).children(recursive=True) if _computes(p)], 2)
    parent.kill()
    parent.wait()
    _, alive = psutil.wait_procs(workers, timeout=10)
    assert alive == []


def _fork_server(parent: int) -> psutil.Process | None:
    """The process that the workers of `parent` are forked from."""
    children = psutil.Process(parent).children()
    return next((p for p in children if p.is_running() and "forkserver import main" in " ".join(p.cmdline())), None)


def test_a_killed_fork_server_costs_nothing(tmp_path):
    """Killed as soon as it is there, before it can fork, and again while workers are at work."""
    script = tmp_path / "parent.py"
    script.write_text(PARENT.replace("[60.0, 60.0]", "[1.0] * 4"))
    parent = subprocess.Popen([sys.executable, str(script)], stderr=subprocess.PIPE)
    _wait_for(lambda: [p for p in [_fork_server(parent.pid)] if p], 1)[0].kill()
    _wait_for(lambda: [p for p in psutil.Process(parent.pid).children(recursive=True) if _computes(p)], 2)
    _fork_server(parent.pid).kill()
    assert parent.communicate(timeout=30) == (None, b"")
    assert parent.returncode == 0


@pytest.mark.parametrize("both", [True, False])
def test_workers_die_with_their_fork_server_and_count_as_killed(both):
    tasks = iter(["sleep 30"])
    with Workers(act, 1, timeout=lambda _: 20.0, memory_mb=1024) as workers:
        run = workers.run(lambda: next(tasks, None))

        def kill() -> None:
            worker = _wait_for(lambda: [w for w in workers._workers if w.task], 1)[0].process.pid
            time.sleep(0.5)
            _fork_server(os.getpid()).kill()
            if both:
                os.kill(worker, signal.SIGKILL)

        killer = threading.Thread(target=kill)
        killer.start()
        assert next(run).failure == KILLED
        killer.join()


SLICES = """
import time
def act(task):
    for _ in range(40):
        time.sleep(0.05)
"""
SLICED = """
from slices import act
from a2i.core.pool import Workers
if __name__ == "__main__":
    tasks = ["one", "two"]
    with Workers(act, 2, timeout=lambda _: 4.0, memory_mb=1024) as workers:
        for outcome in workers.run(lambda: tasks.pop() if tasks else None):
            print(outcome.failure or "done", flush=True)
"""


def test_time_during_which_everything_was_stopped_does_not_count(tmp_path):
    """As by Ctrl-Z, and `fg` later."""
    script = tmp_path / "parent.py"
    script.write_text(SLICED)
    (tmp_path / "slices.py").write_text(SLICES)
    parent = subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, start_new_session=True)
    _wait_for(lambda: [p for p in psutil.Process(parent.pid).children(recursive=True) if _computes(p)], 2)
    time.sleep(0.3)
    os.killpg(parent.pid, signal.SIGSTOP)
    time.sleep(4.5)
    os.killpg(parent.pid, signal.SIGCONT)
    assert parent.communicate(timeout=20)[0].split() == [b"done", b"done"]


def test_a_process_that_cannot_be_killed_is_left_behind(monkeypatch):
    """As one in a read that the system does not break off."""
    monkeypatch.setattr("a2i.core.pool.GRACE", 0.2)
    monkeypatch.setattr("multiprocessing.process.BaseProcess.kill", lambda process: None)
    start = time.monotonic()
    found = outcomes(["sleep 8", "a"], count=1, timeout=1.0)
    assert found["sleep 8"] == (None, TIMEOUT, "more than 1 s")
    assert found["a"][0] == "A"
    assert time.monotonic() - start < 7


@pytest.mark.parametrize("after", [0.05, 0.2])
def test_an_interrupt_at_the_start_is_answered_by_the_parent_alone(tmp_path, after):
    """Ctrl-C goes to every process of the terminal, also to those that are just starting."""
    script = tmp_path / "parent.py"
    script.write_text("import signal; signal.signal(signal.SIGINT, lambda *_: exit(3))\n" + PARENT)
    parent = subprocess.Popen([sys.executable, str(script)], stderr=subprocess.PIPE, start_new_session=True)
    _wait_for(lambda: [p for p in [_fork_server(parent.pid)] if p], 1)
    time.sleep(after)
    os.killpg(parent.pid, signal.SIGINT)
    assert parent.communicate(timeout=20)[1] == b""
    assert parent.returncode == 3


def _computes(process: psutil.Process) -> bool:
    """Whether a process is a worker: forked from the fork server, and so its child."""
    try:
        return "forkserver" in " ".join(process.parent().cmdline())
    except (psutil.NoSuchProcess, AttributeError):
        return False


def _wait_for(look, count: int, patience: float = 30.0) -> list:
    """What `look` finds once it finds `count`."""
    end = time.monotonic() + patience
    while time.monotonic() < end:
        found = look()
        if len(found) >= count:
            return found
        time.sleep(0.05)
    raise AssertionError(f"only {len(look())} of {count}")
