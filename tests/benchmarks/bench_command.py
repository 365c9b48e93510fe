"""How long a user waits for the command line to say what it can do.

Run with `pytest tests/benchmarks/bench_command.py`.
"""

import subprocess
import sys
import time

import pytest

ROUNDS = 7
GOAL = 0.3  # s


@pytest.mark.parametrize("arguments", ["--help", "run --help"])
def test_the_help_is_there_at_once(benchmark, arguments):
    def ask() -> float:
        begin = time.perf_counter()
        subprocess.run([sys.executable, "-m", "a2i.cli", *arguments.split()], stdout=subprocess.DEVNULL, check=True)
        return time.perf_counter() - begin

    best = min(ask() for _ in range(ROUNDS))  # the first one compiles, others may wait for the processor
    benchmark.extra_info.update(seconds=round(best, 3), goal=GOAL)
    benchmark.pedantic(ask, rounds=1)
    assert best < GOAL
