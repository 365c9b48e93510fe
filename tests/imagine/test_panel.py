"""The panel's widgets respond; without a page its picture is shown."""

import datetime
import io

import numpy as np
import pytest
import scipy.io.wavfile
import toy_media

from a2i.core.errors import A2IError
from a2i.imagine import panel

NOW = datetime.datetime(2026, 1, 1, tzinfo=datetime.UTC)


@pytest.fixture
def made(pair, hum, hiss):
    return panel.Panel(pair, {"hum": hum, "hiss": hiss})


@pytest.mark.parametrize(("control", "value"), [("first", "hiss"), ("share", 0.5), ("gain", -12.0), ("noise", 3)])
def test_each_control_draws_anew_and_back_again_the_same(made, control, value):
    before, first = getattr(made, control).value, made.picture.value
    setattr(getattr(made, control), "value", value)
    assert made.picture.value != first
    setattr(getattr(made, control), "value", before)
    assert made.picture.value == first
    assert made.told.value.startswith("heard: ")


def test_a_file_that_is_dropped_is_drawn_and_one_that_is_no_sound_is_told(made, hum):
    buffer, first = io.BytesIO(), made.picture.value
    scipy.io.wavfile.write(buffer, 22050, np.sign(hum) * np.float32(0.3))
    made.upload.value = ({"name": "mine.wav", "type": "audio/wav", "size": 1, "content": buffer.getvalue(), "last_modified": NOW},)
    assert made.first.value == "mine.wav"
    assert made.picture.value != first
    made.upload.value = ({"name": "letter.txt", "type": "text/plain", "size": 1, "content": b"Dear", "last_modified": NOW},)
    assert made.told.value == "letter.txt cannot be heard: give a sound or video file"


@pytest.mark.parametrize("kind", ["webm", "ogg"])
def test_what_is_recorded_is_drawn_as_the_same_file_dropped(made, tmp_path, kind):
    """Browsers send one of these two; the recording comes as their message does."""
    content = toy_media.write(tmp_path / f"it.{kind}", seconds=3, video="", audio="libopus", rate=48000).read_bytes()
    made.recorder._handle_custom_msg({}, [memoryview(content)])
    assert made.first.value == "recording 1"
    recorded, first = made.picture.value, made.first.options[0]
    made.first.value = first
    assert made.picture.value != recorded
    dropped = {"name": f"it.{kind}", "type": f"audio/{kind}", "size": 1, "content": content, "last_modified": NOW}
    made.upload.value = (dropped,)
    assert made.picture.value == recorded
    made.recorder._handle_custom_msg({}, [memoryview(content)])
    assert made.first.options[-1] == made.first.value == "recording 2"


def test_what_a_recording_is_mixed_with_stays(made, tmp_path):
    made.second.value = "hiss"
    content = toy_media.write(tmp_path / "it.webm", seconds=3, video="", audio="libopus", rate=48000).read_bytes()
    made.recorder._handle_custom_msg({}, [memoryview(content)])
    assert (made.first.value, made.second.value) == ("recording 1", "hiss")


def test_without_a_microphone_the_panel_says_so(made):
    before = made.picture.value
    made.recorder._handle_custom_msg({"reason": "there is no microphone: plug one in, or give a file"}, [])
    assert made.told.value == "there is no microphone: plug one in, or give a file"
    assert made.picture.value == before


def test_without_a_page_the_picture_is_shown_and_with_one_the_panel(pair, hum, monkeypatch, capsys):
    for page, kind in ((False, "Image object"), (True, "VBox(")):
        monkeypatch.setenv(panel.LIVE, "x") if page else monkeypatch.delenv(panel.LIVE, raising=False)
        panel.show(pair, {"hum": hum})
        assert kind in capsys.readouterr().out


def test_no_sound_is_one_sentence(pair):
    with pytest.raises(A2IError):
        panel.Panel(pair, {})
