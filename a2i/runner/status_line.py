"""The terminal's view of a run: one line that is rewritten, or, where nobody watches, a plain line now and then."""

import json
import shutil
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self, TextIO

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


class StatusLine:
    """Shows, while the block runs, how far a notebook is: its cell, the stage that `file` tells of, the time.

    `expected` is how many seconds the block takes, by experience, and `later` how many all that comes after it takes.
    """

    def __init__(
        self, label: str, file: Path, out: TextIO, *, expected: float | None = None, later: float | None = 0.0
    ):
        self.label, self.file, self.out, self.expected, self.later = label, file, out, expected, later
        self.cell = ""
        self._start = time.monotonic()
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

    def _read(self) -> dict[str, Any]:
        """The state of the stage that goes on, empty where none does."""
        try:
            state = json.loads(self.file.read_text())
        except (OSError, ValueError):
            return {}
        return state if state["done"] < state["total"] else {}

    def _stage(self) -> str:
        state = self._read()
        if not state:
            return ""
        left = "" if state["remaining"] is None else f", {duration(state['remaining'])} left"
        return f"{state['label']} {state['done']}/{state['total']} ({100 * state['done'] // state['total']} %{left})"

    def time(self) -> str:
        """How long the notebook has run, and how long the whole run still takes, where that is known."""
        if self.expected is None or self.later is None:
            return duration(self.seconds)
        left = max(self.expected - self.seconds, self._read().get("remaining") or 0) + self.later
        return f"{duration(self.seconds)}; the run: about {duration(left)} left"

    def _watch(self) -> None:
        last, written = "", time.monotonic()
        while not self._end.wait(REWRITE):
            line, now = self.line(), time.monotonic()
            if self._live:
                width = shutil.get_terminal_size().columns - 1
                self.out.write(f"\r\x1b[K{f'{line}  {self.time()}'[:width]}")
                self.out.flush()
            elif now - written > (PLAIN_SAME if line == last else PLAIN):
                self.out.write(f"{line}  {self.time()}\n")
                self.out.flush()
                last, written = line, now
