"""Progress of long work, for whoever watches: lines in the notebook, and a small file that the runner reads.

A notebook's output does not leave the kernel before its cell ends, so the runner follows the file that the environment
variable `A2I_PROGRESS` names.
"""

import json
import os
import time
from pathlib import Path

FILE = "A2I_PROGRESS"
MILESTONES = 10
FILE_INTERVAL = 0.5  # s, between two writes of the file


class Progress:
    """Counts `total` steps of one kind of work; prints a line at each tenth of them unless `quiet`."""

    def __init__(self, label: str, total: int, *, done: int = 0, quiet: bool = False):
        self.label, self.total, self.quiet = label, max(int(total), 1), quiet
        self.done = self._first = done
        self._start, self._written = time.monotonic(), 0.0
        target = os.environ.get(FILE, "")
        self._file = Path(target) if target else None
        self._write()

    def update(self, steps: int = 1, note: str = "") -> None:
        """Says that `steps` more are done; `note` (a loss, a count) is shown with the milestone."""
        before = self.done
        self.done += steps
        now = time.monotonic()
        if now - self._written > FILE_INTERVAL or self.done >= self.total:
            self._write()
        reached = self.done * MILESTONES // self.total
        if not self.quiet and reached > before * MILESTONES // self.total:
            print(f"{self.label}: {min(self.done, self.total)}/{self.total}{'  ' + note if note else ''}", flush=True)

    def skip(self, steps: int) -> None:
        """Says that `steps` were done before, by an earlier run: they do not count for the time left."""
        self._first += steps
        self.update(steps)

    def remaining(self) -> float | None:
        """Seconds still to go at the mean rate so far; None before the first step."""
        steps = self.done - self._first
        if steps <= 0:
            return None
        return (time.monotonic() - self._start) / steps * max(self.total - self.done, 0)

    def _write(self) -> None:
        self._written = time.monotonic()
        if self._file is None:
            return
        state = {"label": self.label, "done": self.done, "total": self.total, "remaining": self.remaining()}
        temporary = self._file.with_suffix(f".{os.getpid()}")
        try:  # only for the eye: a full disk here must not end the work
            temporary.write_text(json.dumps(state))
            os.replace(temporary, self._file)
        except OSError:
            pass
