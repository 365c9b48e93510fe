"""How `pytest --nbval notebooks` compares the outputs of the notebooks with the stored ones.

Text is compared exactly, with two exceptions. Pictures, players and the HTML twin of a table are not compared (the text
that stands beside each of them is). In a cell tagged `close`, or `close-1e-5` for another tolerance than 1e-3, numbers
with a decimal point need only be close: within the relative tolerance, or within one unit of the last place printed.
What a training gave (tagged `trained`, or `close` with a tolerance of 0.05 and more) is compared where torch computes with the
instructions that the notebook was executed with (AVX2, AVX512, CUDA); elsewhere it is that of another seed, as it were, and the
cell need only run to its end and meet what it asserts.

The notebooks run on an empty folder that is removed afterwards, unless A2I_ROOT names one to go on with. Where several
processes share the tests (`-n 2`), one of them runs all notebooks, in their order: each reads what the last one wrote.
"""

import math
import os
import re
import shutil
import tempfile
from collections.abc import Iterator
from typing import Any

import pytest

from a2i.core.environment import instructions

NOT_COMPARED = ("image/png", "image/jpeg", "image/svg+xml", "text/html")
TOLERANCE = 1e-3
TRAINED = 0.05  # the least tolerance of numbers that a training gave
NUMBER = re.compile(r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?")


class CloseText(str):
    """Text that equals another one if it differs in nothing but spaces and, a little, in numbers with a point."""

    tolerance = TOLERANCE

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, str):
            return NotImplemented
        mine, theirs = NUMBER.findall(self), NUMBER.findall(other)
        return (
            len(mine) == len(theirs)
            and " ".join(NUMBER.sub(" # ", self).split()) == " ".join(NUMBER.sub(" # ", other).split())
            and all(self._close(one, another) for one, another in zip(mine, theirs))
        )

    __hash__ = str.__hash__

    def __ne__(self, other: object) -> bool:
        equal = self.__eq__(other)
        return equal if equal is NotImplemented else not equal

    def _close(self, one: str, another: str) -> bool:
        """Whether two printed numbers are close; whole numbers are counts and must be equal."""
        if one.lstrip("+-").isdigit() and another.lstrip("+-").isdigit():
            return int(one) == int(another)
        step = max(last_place(one), last_place(another)) * 1.001
        return math.isclose(float(one), float(another), rel_tol=self.tolerance, abs_tol=step)


def last_place(number: str) -> float:
    """What one more in the last printed digit of `number` adds: 0.01 for 3.14, 1e-6 for 2.50e-4."""
    digits, _, exponent = number.lower().partition("e")
    return 10.0 ** (int(exponent or 0) - len(digits.partition(".")[2]))


def tolerance(tags: list[str]) -> float | None:
    """The tolerance that a cell's tags ask for, None for exact comparison."""
    for tag in tags:
        if tag == "close" or tag.startswith("close-"):
            return float(tag.partition("-")[2] or TOLERANCE)
    return None


def executed_with(book: Any) -> str:
    """The instructions that the stored outputs name, as `environment.summary` prints them; "" where they name none."""
    printed = (output.get("text", "") for cell in book.cells for output in cell.get("outputs", []))
    return next((found[1] for text in printed if (found := re.search(r"PyTorch \S+, .*\((\w+)\), \d+ cores", text))), "")


def pytest_itemcollected(item: pytest.Item) -> None:
    """Sets up each cell: what is not compared, how text is, and that only nbval limits its time."""
    if not hasattr(item, "cell"):
        return
    item.add_marker(pytest.mark.timeout(0))
    item.parent.skip_compare = tuple({*item.parent.skip_compare, *NOT_COMPARED})
    tags = item.cell.metadata.get("tags", [])
    wanted = tolerance(tags)
    if ("trained" in tags or (wanted or 0) >= TRAINED) and executed_with(item.parent.nb) not in ("", instructions()):
        item.options["check"] = False
    if wanted is not None:
        kind = type("CloseText", (CloseText,), {"tolerance": wanted})
        item.sanitize = lambda value: kind(value) if isinstance(value, str) else value


@pytest.hookimpl(wrapper=True, tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> Iterator[None]:
    """Gives the kernel that starts here the folder to work in; `agg` would take every figure out."""
    saved = {name: os.environ.get(name) for name in ("A2I_ROOT", "MPLBACKEND")}
    os.environ.setdefault("A2I_ROOT", str(_folder(item.session)))
    os.environ.pop("MPLBACKEND", None)
    try:
        return (yield)
    finally:
        for name, value in saved.items():
            os.environ.pop(name, None)
            if value is not None:
                os.environ[name] = value


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Hands out tests by file, and all notebooks together."""
    from xdist.scheduler import LoadScopeScheduling

    class NotebooksTogether(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return "notebooks" if ".ipynb::" in nodeid else super()._split_scope(nodeid)

    return None if config.getvalue("dist") == "each" else NotebooksTogether(config, log)


FOLDER = pytest.StashKey[str]()


def _folder(session: pytest.Session) -> str:
    """The folder of this session of pytest, made when the first notebook starts."""
    if FOLDER not in session.stash:
        session.stash[FOLDER] = tempfile.mkdtemp(prefix="a2i-")
    return session.stash[FOLDER]


def pytest_sessionfinish(session: pytest.Session) -> None:
    """Removes the folder."""
    shutil.rmtree(session.stash.get(FOLDER, ""), ignore_errors=True)
