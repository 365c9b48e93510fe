"""Memory that a process no longer needs, given back to the system."""

import contextlib
import ctypes
import os
import sys

_MMAP_THRESHOLD = -3  # glibc's name for it
_LARGE = 128 << 10  # bytes


def release_memory() -> None:
    """From now on this process returns large arrays to the system as soon as they are freed.

    Arrow's own allocator keeps them, and so does glibc's once it has seen a few. Best called before Arrow is loaded:
    afterwards some of its functions go on as before. Where the system's allocator is not glibc's, Arrow is all.
    """
    os.environ.setdefault("ARROW_DEFAULT_MEMORY_POOL", "system")
    if arrow := sys.modules.get("pyarrow"):
        arrow.set_memory_pool(arrow.system_memory_pool())
    with contextlib.suppress(AttributeError, OSError):
        ctypes.CDLL(None).mallopt(_MMAP_THRESHOLD, _LARGE)
