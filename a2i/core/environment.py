"""What a run ran on: versions, device, memory; and `python -m a2i.core.environment`, which writes requirements.lock."""

import os
import platform
import re
import resource
import sys
import tomllib
from datetime import UTC, datetime
from importlib.metadata import PackageNotFoundError, distribution, requires
from itertools import chain
from pathlib import Path
from typing import Any

from a2i.core.paths import root

HEADER = """\
# Every package of the environment at the version that the tests ran with. `make lock` writes it anew from .venv:
# what pyproject.toml names, its extras, what these need in turn, and setuptools, which installs the project itself.
"""


def describe() -> dict[str, Any]:
    """Versions of what the project names, the device and the machine: the facts that a number depends on."""
    direct = {re.match(r"[\w.-]+", text)[0] for text in requires("a2i") or [] if "extra ==" not in text}
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cpu_count": len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count(),
        "device": device_name(),
        "packages": {name: distribution(name).version for name in sorted(direct)},
    }


def summary() -> str:
    """The same on one line, for people."""
    facts = describe()
    torch = facts["packages"]["torch"]
    return f"Python {facts['python']}, PyTorch {torch}, {facts['device']} ({instructions()}), {facts['cpu_count']} cores"


def instructions() -> str:
    """What torch computes with: on processors of another kind a training goes another way, as from another seed."""
    import torch

    return "CUDA" if torch.cuda.is_available() else torch.backends.cpu.get_cpu_capability()


def device_name() -> str:
    """The GPU that torch would use, else the processor."""
    import torch

    if torch.cuda.is_available():
        return torch.cuda.get_device_name(0)
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
        return next(line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    except (OSError, StopIteration):
        return platform.processor() or platform.machine()


def now() -> str:
    """The time, UTC, to the second."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def peak_children_gb() -> float:
    """The most memory that any finished child process held, GB."""
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return round(peak * (1 if sys.platform == "darwin" else 1024) / 1e9, 2)


def closure(roots: list[str]) -> dict[str, str]:
    """Name and version of every installed package that the requirements `roots` reach, without local suffixes."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    found: dict[str, tuple[str, str]] = {}
    todo, seen = [Requirement(root) for root in roots], set()
    while todo:
        wanted = todo.pop()
        key = (canonicalize_name(wanted.name), frozenset(wanted.extras))
        if key in seen:
            continue
        seen.add(key)
        try:
            package = distribution(wanted.name)
        except PackageNotFoundError:
            continue  # needed on another platform, or with an extra that nobody asked for
        found[key[0]] = (package.metadata["Name"], package.version.partition("+")[0])
        for text in package.requires or []:
            needed = Requirement(text)
            if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in ("", *wanted.extras)):
                todo.append(needed)
    return {name: version for _, (name, version) in sorted(found.items())}


def lock() -> str:
    """The text of requirements.lock, of what is installed here.

    Not by a resolver such as `uv pip compile`: that locks the CUDA packages of PyPI's torch, which the CPU build lacks.
    """
    content = tomllib.loads((root() / "pyproject.toml").read_text(encoding="utf-8"))
    extras = chain.from_iterable(content["project"]["optional-dependencies"].values())
    found = closure([*content["project"]["dependencies"], *extras, *content["build-system"]["requires"]])
    return HEADER + "".join(f"{name}=={version}\n" for name, version in found.items())


if __name__ == "__main__":
    print(lock(), end="")
