"""Two million rows: read, filtered by the paper's rule and balanced, against the usual loop over csv.reader.

Run with `pytest tests/benchmarks/bench_segments.py`.
"""

import json
import subprocess
import sys
import time

import numpy as np
import pytest

from a2i.curation import duplicates
from a2i.data.classes import PAPER_CLASSES

ROWS = 2_000_000
USUAL_ROWS = 200_000  # of the same list, by the usual way; its time is scaled

# Each in a process of its own, so that its peak memory is its own.
OURS = """
from a2i.data.lists import read_segments
from a2i.data.dataset import Dataset
from a2i.data.selection import select
clips = select(read_segments(path), None, Dataset(balance=True)).clips
"""
USUAL = f"""
import csv, itertools
import pandas as pd
from a2i.data.classes import PAPER_CLASSES
names = {{c.mid: c.name for c in PAPER_CLASSES}}
rows = []
with open(path) as file:
    for row in itertools.islice(csv.reader(file, skipinitialspace=True), 3, 3 + {USUAL_ROWS}):
        labels = row[3].split(",")
        mine = [label for label in labels if label in names]
        if len(mine) == 1:
            rows.append((row[0], float(row[1]), float(row[2]), names[mine[0]], labels))
clips = pd.DataFrame(rows, columns=["source_id", "start", "end", "label", "labels"])
clips = clips.groupby("label").sample(clips["label"].value_counts().min(), random_state=0)
"""
FRAME = """
import json, re, sys, time
path, begin = sys.argv[1], time.perf_counter()
{work}
# Not ru_maxrss, which a child inherits from the process that started it.
peak = int(re.search(r"VmHWM:\\s*(\\d+) kB", open("/proc/self/status").read())[1])
print(json.dumps({{"seconds": time.perf_counter() - begin, "peak_mb": peak / 1024, "clips": len(clips)}}))
"""


@pytest.fixture(scope="module")
def two_million_rows(tmp_path_factory):
    """A list like AudioSet's: 527 labels, the commonest far ahead, one to four a segment."""
    rng = np.random.default_rng(0)
    letters = np.frombuffer(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_", np.uint8)
    ids = letters[rng.integers(0, 64, (ROWS, 11))].tobytes().decode()
    mids = [f"/m/{i:05x}" for i in range(517)]
    mids[50:50] = [c.mid for c in PAPER_CLASSES]
    share = 1 / np.arange(1, 528)
    picked = rng.choice(527, (ROWS, 4), p=share / share.sum()).tolist()
    counts, starts = rng.integers(1, 5, ROWS).tolist(), rng.integers(0, 300, ROWS).tolist()
    path = tmp_path_factory.mktemp("lists") / "unbalanced_train_segments.csv"
    with open(path, "w") as file:
        file.write("# Segments csv\n# num_ytids=2000000\n# YTID, start_seconds, end_seconds, positive_labels\n")
        for i, (some, count, start) in enumerate(zip(picked, counts, starts, strict=True)):
            labels = ",".join(mids[k] for k in some[:count])
            file.write(f'{ids[11 * i : 11 * i + 11]}, {start}.000, {start + 10}.000, "{labels}"\n')
    return path


def run(work, path):
    command = [sys.executable, "-c", FRAME.format(work=work), str(path)]
    return json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def test_two_million_rows_are_read_filtered_and_balanced(benchmark, two_million_rows):
    """At most 10 s (imports included) and 1.5 GB; the ratio to the usual way is reported."""
    ours = benchmark.pedantic(run, args=(OURS, two_million_rows), rounds=3)
    usual = run(USUAL, two_million_rows)
    ratio = usual["seconds"] * ROWS / USUAL_ROWS / ours["seconds"]
    benchmark.extra_info.update(rows=ROWS, ratio=round(ratio, 2), **{key: round(ours[key], 2) for key in ours})
    assert ours["seconds"] < 10
    assert ours["peak_mb"] < 1500


def test_the_search_for_copies_grows_with_the_clips_and_not_with_their_pairs(benchmark):
    """Four times the clips take less than ten times as long; all pairs would take sixteen."""

    def prints(n):
        rng = np.random.default_rng(n)
        words = rng.integers(0, 2**32, (n, 407), dtype=np.uint32)
        return duplicates.Fingerprints(words, np.ones(words.shape, bool))

    few, many = prints(5000), prints(20000)
    begin = time.process_time()
    duplicates.compare([few])
    between = time.process_time()
    benchmark.pedantic(duplicates.compare, args=([many],), rounds=1)
    ratio = (time.process_time() - between) / (between - begin)
    benchmark.extra_info.update(clips=20000, ratio=round(ratio, 2))
    assert ratio < 10
