"""The terminal's view of a run: one line that is rewritten, or, where nobody watches, a plain line now and then."""

import json
import shutil
import sys
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Self, TextIO

REWRITE = 0.5  # s, between two states of the one line of a terminal
PLAIN = 10.0  # s, at least, between two lines in a log
PLAIN_SAME = 60.0  # s, between two lines in a log that differ in nothing but the time


def duration(seconds: float) -> str:
    """`seconds` as people say it: 42 s, 3:05 min, 1:02 h."""
    whole = round(seconds)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60}:{whole % 60:02d} min"
    return f"{whole // 3600}:{whole % 3600 // 60:02d} h"


class Ticker:
    """Shows, while the block runs, how far a notebook is: its cell, the stage that `file` tells of, the time.

    `expected` is how many seconds the block took the last time, where that is known.
    """

    def __init__(self, label: str, file: Path, *, expected: float | None = None, out: TextIO | None = None):
        self.label, self.file, self.expected = label, file, expected
        self.out = out or sys.stdout
        self.cell = ""
        self._start, self._begun = time.monotonic(), time.time()
        self._live = self.out.isatty()
        self._end = threading.Event()
        self._thread = threading.Thread(target=self._watch, daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end.set()
        self._thread.join()
        if self._live:
            self.out.write("\r\x1b[K")
        if kind is None:
            self.out.write(f"{self.label}  done in {duration(self.seconds)}\n")
        self.out.flush()

    @property
    def seconds(self) -> float:
        return time.monotonic() - self._start

    def at_cell(self, number: int, total: int) -> None:
        """Called as cell `number` of `total` begins."""
        self.cell = f"cell {number}/{total}"

    def line(self) -> str:
        """Where the notebook is, without the time."""
        return "  ".join(part for part in (self.label, self.cell, self._stage()) if part)

    def _stage(self) -> str:
        """The stage in the progress file, if this notebook wrote it and it still goes on."""
        try:
            if self.file.stat().st_mtime < self._begun - 1:
                return ""
            state = json.loads(self.file.read_text())
        except (OSError, ValueError):
            return ""
        done, total = min(state["done"], state["total"]), state["total"]
        if done == total:
            return ""
        left = "" if state["remaining"] is None else f", {duration(state['remaining'])} left"
        return f"{state['label']} {done}/{total} ({100 * done // total} %{left})"

    def _time(self) -> str:
        if self.expected is None:
            return duration(self.seconds)
        return f"{duration(self.seconds)} of about {duration(max(self.expected, self.seconds))}"

    def _watch(self) -> None:
        last, written = "", time.monotonic()
        while not self._end.wait(REWRITE):
            line, now = self.line(), time.monotonic()
            if self._live:
                width = shutil.get_terminal_size().columns - 1
                self.out.write(f"\r\x1b[K{f'{line}  {self._time()}'[:width]}")
                self.out.flush()
            elif now - written > (PLAIN_SAME if line == last else PLAIN):
                self.out.write(f"{line}  {self._time()}\n")
                self.out.flush()
                last, written = line, now
