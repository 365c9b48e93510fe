"""Files are either whole or not there."""

import errno
import json
import subprocess
import sys

import pytest

from a2i.core import files
from a2i.core.errors import A2IError


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_written_file_is_there_and_nothing_beside_it(tmp_path):
    files.write_text(tmp_path / "deep" / "a.txt", "wörter")
    assert (tmp_path / "deep" / "a.txt").read_text(encoding="utf-8") == "wörter"
    assert names(tmp_path / "deep") == ["a.txt"]


def test_a_block_that_fails_leaves_the_old_file_and_no_rest(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(ValueError, match="halfway"), files.replacing(path) as temporary:
        temporary.write_text("half of the n")
        raise ValueError("halfway")
    assert path.read_text() == "old"
    assert names(tmp_path) == ["a.txt"]


def test_the_temporary_file_lies_beside_its_place_and_keeps_the_suffix(tmp_path):
    with files.replacing(tmp_path / "a.npy") as temporary:
        assert (temporary.parent, temporary.suffix) == (tmp_path, ".npy")
        assert temporary.name.startswith(".")
        temporary.touch()


@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk_is_an_error_that_says_what_to_do(tmp_path, code):
    path = tmp_path / "a.txt"
    path.write_text("old")
    with pytest.raises(A2IError, match="free some space"), files.replacing(path):
        raise OSError(code, "no space left")
    assert path.read_text() == "old"


def test_other_errors_of_the_system_pass(tmp_path):
    with pytest.raises(PermissionError), files.replacing(tmp_path / "a.txt"):
        raise PermissionError(errno.EACCES, "no")


def test_json_is_written_the_same_whatever_the_order(tmp_path):
    files.write_json(tmp_path / "a.json", {"b": 1, "a": "ü"})
    files.write_json(tmp_path / "b.json", {"a": "ü", "b": 1})
    assert (tmp_path / "a.json").read_bytes() == (tmp_path / "b.json").read_bytes()
    assert json.loads((tmp_path / "a.json").read_text(encoding="utf-8")) == {"a": "ü", "b": 1}


def test_a_lock_keeps_others_out_until_its_holder_is_done(tmp_path):
    lock = tmp_path / "lock"
    with files.locked(lock, "busy"), pytest.raises(A2IError, match="^busy$"), files.locked(lock, "busy"):
        pass
    with files.locked(lock, "busy"):
        pass


def test_a_lock_goes_free_when_its_holder_is_killed(tmp_path):
    code = "import os, sys\nfrom a2i.core.files import locked\nwith locked(sys.argv[1], 'busy'): os.kill(os.getpid(), 9)"
    subprocess.run([sys.executable, "-c", code, tmp_path / "lock"], check=False)
    assert (tmp_path / "lock").exists()
    with files.locked(tmp_path / "lock", "busy"):
        pass
