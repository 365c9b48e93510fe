"""What a result depends on of the package's source."""

import pytest

from a2i.core import source


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of three rooms in a row and a module beside them."""
    monkeypatch.setattr(source, "PACKAGE", tmp_path)
    source._imported_by.cache_clear()
    for room, code in {
        "low": "import numpy",
        "middle": "def f():\n    from a2i import low",
        "high": "import a2i.middle.part",
    }.items():
        (tmp_path / room).mkdir()
        (tmp_path / room / "part.py").write_text(code)
    (tmp_path / "alone.py").write_text("")
    yield tmp_path
    source._imported_by.cache_clear()


@pytest.mark.parametrize(
    ("code", "rooms"),
    [
        ("import numpy", ""),
        ("from a2i.low.part import x", "low"),
        ("from a2i.high import part", "high low middle"),
        ("from a2i import alone, middle, __version__", "alone low middle"),
        ("%magic", "alone high low middle"),
    ],
)
def test_code_reaches_what_it_imports_and_what_that_imports(package, code, rooms):
    assert sorted(source.reached(code)) == rooms.split()


def test_a_fingerprint_changes_with_its_rooms_and_with_no_other(package):
    before = source.fingerprint(["low", "alone"]), source.fingerprint(["high"])
    (package / "low" / "part.py").write_text("x = 1")
    assert source.fingerprint(["low", "alone"]) != before[0]
    assert source.fingerprint(["high"]) == before[1]
    (package / "high" / "new.py").touch()
    assert source.fingerprint(["high"]) != before[1]


def test_curation_does_not_depend_on_training_and_training_does_on_the_models():
    assert not {"training", "models", "runner"} & source.reached("from a2i.curation import gather")
    assert {"models", "data", "core"} <= source.reached("from a2i.training import gan")
