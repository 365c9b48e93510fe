"""A stage is trusted only while what it came from is the same."""

from dataclasses import dataclass

from a2i.training import stages


@dataclass(frozen=True)
class Settings:
    width: int = 1


def finished(run, settings=Settings(), inputs=None):
    stage = stages.open_stage(run, "encoder", settings, inputs or {"store": "abc"})
    stage.path("weights").write_text("kept")
    stage.finish("weights")
    return stage


def test_finished_stage_is_complete_under_the_same_request(tmp_path):
    finished(tmp_path)
    assert stages.open_stage(tmp_path, "encoder", Settings(), {"store": "abc"}).complete


def test_begun_stage_is_not_complete_but_keeps_its_files(tmp_path):
    stage = stages.open_stage(tmp_path, "encoder", Settings(), {"store": "abc"})
    stage.path("partial").write_text("half")
    again = stages.open_stage(tmp_path, "encoder", Settings(), {"store": "abc"})
    assert not again.complete
    assert again.path("partial").read_text() == "half"


def test_other_settings_set_the_old_stage_aside(tmp_path):
    finished(tmp_path)
    assert not stages.open_stage(tmp_path, "encoder", Settings(2), {"store": "abc"}).complete
    assert (tmp_path / "encoder.previous" / "weights").read_text() == "kept"


def test_other_inputs_make_a_stage_incomplete(tmp_path):
    finished(tmp_path)
    assert not stages.open_stage(tmp_path, "encoder", Settings(), {"store": "other"}).complete


def test_changed_file_makes_a_stage_incomplete(tmp_path):
    finished(tmp_path).path("weights").write_text("changed")
    assert not stages.open_stage(tmp_path, "encoder", Settings(), {"store": "abc"}).complete


def test_fingerprint_of_an_unfinished_stage_is_empty(tmp_path):
    stages.open_stage(tmp_path, "encoder", Settings(), {"store": "abc"})
    assert stages.fingerprint_of(tmp_path, "encoder") == ""
    assert stages.fingerprint_of(tmp_path, "encoder") != finished(tmp_path).fingerprint
