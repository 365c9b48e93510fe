"""One call from a store to a generator, which does nothing twice."""

import numpy as np
import pytest
from toy_store import ToyStore

from a2i.cli import main
from a2i.core.errors import A2IError
from a2i.data.pack import pack
from a2i.training import encoder, gan, loop, run
from a2i.training.device import choose

CPU = choose("cpu")
SMALL = {"encoder_settings": {"width": 4, "embedding": 8, "epochs": 1}, "gan_settings": {"gf": 4, "df": 4, "steps": 2, "batch": 4}}


def test_both_stages_are_finished_once_and_keep_a_log(tmp_path):
    listener, first = run.train(ToyStore(), tmp_path, "modern", **SMALL, views=2, device=CPU)
    written = [(tmp_path / "encoder" / encoder.FILE).stat().st_mtime_ns, (tmp_path / "gan" / gan.FILE).stat().st_mtime_ns]
    _, again = run.train(ToyStore(), tmp_path, "modern", **SMALL, views=2, device=CPU)
    assert written == [
        (tmp_path / "encoder" / encoder.FILE).stat().st_mtime_ns, (tmp_path / "gan" / gan.FILE).stat().st_mtime_ns
    ]  # fmt: skip
    sounds = np.zeros((1, sum(listener.parts)), np.float32)
    assert np.array_equal(gan.draw_pictures(first, sounds, 2), gan.draw_pictures(again, sounds, 2))
    assert all((tmp_path / stage / loop.LOSSES).is_file() for stage in ("encoder", "gan"))


def test_the_command_trains_from_a_packed_store(tmp_path):
    pack(ToyStore().write(tmp_path / "store"), tmp_path / "toy.pack")
    settings = ["encoder.width=4", "encoder.embedding=8", "encoder.epochs=1", "gan.gf=4", "gan.df=4", "gan.steps=2"]
    command = ["train", str(tmp_path / "toy.pack"), "--out", str(tmp_path / "run"), "--recipe", "modern"]
    assert main(command + [word for setting in settings for word in ("-p", setting)]) == 0
    assert (tmp_path / "run" / "gan" / gan.FILE).is_file()


@pytest.mark.parametrize("part", ["encoder_settings", "gan_settings"])
def test_a_setting_that_is_none_is_named(part, tmp_path):
    with pytest.raises(A2IError, match="no setting 'widht'"):
        run.train(ToyStore(), tmp_path, "modern", **SMALL | {part: {**SMALL[part], "widht": 3}}, device=CPU)


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("gan.batch=1", "the recipe modern's batch must be 2 to 4096, not 1"),
        ("gan.steps=many", 'the recipe modern\'s steps must be a whole number such as'),
        ("encoder.learning_rate=7", "the encoder's learning_rate must be 1e-7 to 1, not 7.0"),
        ("encoder.pooling=max", "the encoder's pooling must be one of mean, attention, not 'max'"),
        ("encoder.epochs=[1", 'the encoder\'s epochs must be a whole number such as 40, not "[1"'),
    ],
)
def test_a_wrong_value_is_told_before_anything_is_trained(setting, message, tmp_path, capsys):
    ToyStore().write(tmp_path / "store")
    command = ["train", str(tmp_path / "store"), "--out", str(tmp_path / "run"), "--recipe", "modern", "-p", setting]
    assert main(command) == 2
    assert message in capsys.readouterr().err
    assert not (tmp_path / "run").exists()
