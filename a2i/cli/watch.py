"""How far a command is, on the terminal."""

import contextlib
import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path


@contextlib.contextmanager
def watched(label: str) -> Iterator[None]:
    """Shows on the terminal how far the `Progress` of the block is."""
    from a2i.core.progress import FILE
    from a2i.runner.status_line import StatusLine

    with tempfile.TemporaryDirectory() as folder:
        os.environ[FILE] = str(Path(folder) / "progress")
        try:
            with StatusLine(label, Path(os.environ[FILE]), sys.stderr):
                yield
        finally:
            del os.environ[FILE]
