"""What is no longer needed goes back to the system."""

import os
import subprocess
import sys

CODE = """
import sys
if "release" in sys.argv:
    from a2i.core import memory
    memory.release_memory()
import numpy as np, psutil, pyarrow as pa, pyarrow.compute as pc
process = psutil.Process()
def work():
    kept = []
    for _ in range(40):  # small and large arrays in turn, as reading a list makes them
        some = pa.array(np.random.default_rng(0).integers(0, 1 << 40, 100_000)).cast(pa.string())
        kept.append(pc.dictionary_encode(pc.binary_join_element_wise(some, some, "-")).indices[:10].to_pylist())
        kept.append(np.sort(np.arange(200_000)[::-1])[:10].copy())
    return kept
before = process.memory_info().rss
kept = work()
print((process.memory_info().rss - before) >> 20)
"""


def held(*arguments: str) -> int:
    """MiB that a process holds after some work of which it keeps next to nothing."""
    # Other tests of this process may have released theirs, and its children would inherit that.
    fresh = {name: value for name, value in os.environ.items() if name != "ARROW_DEFAULT_MEMORY_POOL"}
    command = [sys.executable, "-c", CODE, *arguments]
    done = subprocess.run(command, env=fresh, capture_output=True, text=True, check=True)
    return int(done.stdout)


def test_a_quarter_less_is_held_after_the_work_at_the_least():
    assert held("release") < 0.75 * held()
