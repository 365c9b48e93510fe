"""Odd folders and lists from a seed, each through the notebooks: it ends with a report or with one sentence.

The notebooks' cells run in this process, so that a set takes seconds; `tests/notebooks/test_odd_sets.py` runs a few.
"""

import shutil
from collections import Counter
from pathlib import Path

import odd_run
import odd_sets
import pytest

ALL = ("01", "02", "03", "04", "05", "06")


@pytest.mark.timeout(7200)
@pytest.mark.parametrize(("count", "first", "notebooks"), [(200, 0, ALL[:2]), (20, 1000, ALL)], ids=["01 and 02", "all six"])
def test_odd_sets_through_notebooks(benchmark, tmp_path, count, first, notebooks):
    prepared = odd_sets.prepare(tmp_path / "prepared")
    endings: Counter[str] = Counter()

    def sets() -> None:
        number = first
        while sum(endings.values()) < count:
            endings[_ending(tmp_path, prepared, number, notebooks)] += 1
            number += 1

    benchmark.pedantic(sets, rounds=1)
    benchmark.extra_info.update({"sets": count, "to the end": endings["report"], "one sentence": endings["sentence"], "tracebacks": endings["fault"]})
    assert not endings["fault"]


@pytest.mark.timeout(1800)
def test_sixty_classes_with_long_names_through_all_five_notebooks(benchmark, tmp_path):
    clip = odd_sets.prepare(tmp_path / "prepared")["clip"]
    names = [f"the sound of a great number of creatures, kind {i}" for i in range(60)]
    made = odd_sets.folders(tmp_path / "set", dict.fromkeys(names, clip[:3]))
    ending = benchmark.pedantic(odd_run.go, (made, tmp_path / "root", ALL), rounds=1)
    benchmark.extra_info |= {"notebooks to their end": len(ending.ran), "warnings": len(ending.warned)}
    assert (ending.ran, ending.fault, ending.warned) == (list(ALL), "", [])


def _ending(folder: Path, prepared: dict, number: int, notebooks: tuple[str, ...]) -> str:
    """How a set ended: report, sentence or fault, which is printed."""
    made = odd_sets.make(folder / f"{number}", prepared, number)
    ending = odd_run.go(made, folder / f"root{number}", notebooks)
    shutil.rmtree(folder / f"root{number}", ignore_errors=True)
    odd_sets.remove(made)
    if ending.fault or ending.warned:
        print(f"set {number} ({'; '.join(made.story)}): {ending.fault or ending.warned}")
    return "fault" if ending.fault else "sentence" if ending.sentence else "report"
