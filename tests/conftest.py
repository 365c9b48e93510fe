"""What several test modules share."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
SHARED = ROOT.parent / "shared"


def _shared(name: str) -> Path:
    folder = SHARED / name
    if not folder.is_dir():
        pytest.skip(f"shared/{name} does not lie beside the project")
    return folder


@pytest.fixture(scope="session")
def real_dir() -> Path:
    """The real clips in AudioSet's form, read where they lie."""
    return _shared("real")


@pytest.fixture(scope="session")
def audioset_dir() -> Path:
    """AudioSet's own evaluation list."""
    return _shared("audioset")


@pytest.fixture(scope="session")
def bugs_dir() -> Path:
    """Small inputs, each after a kind of trouble that people report of software that does this job."""
    return _shared("bugs")
