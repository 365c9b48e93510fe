"""Bands stand at their frequencies, and a figure shows what it was given."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

mpl.use("agg")

from matplotlib import pyplot as plt

from a2i.media import mel
from a2i.viz import spectra


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


@pytest.mark.parametrize("hz", [200, 1000, 5000])
def test_a_tone_is_loudest_in_the_band_that_stands_at_its_frequency(hz):
    tone = np.sin(2 * np.pi * hz * np.arange(mel.SAMPLES) / mel.SAMPLE_RATE).astype(np.float32)
    assert abs(mel.log_mel(tone).mean(1).argmax() - spectra.hertz(hz)[0]) <= 1


def test_log_mels_span_ten_seconds():
    weights = pd.Series(np.ones(27), np.linspace(0, 9.7, 27))
    fig = spectra.log_mels({"cat": np.zeros((128, 431))}, {"cat": weights}, {"cat": np.array([[1.0, 2.0], [5.0, 5.5]])})
    assert len(fig.axes[0].collections[0].get_segments()) == 2, "a line an event"
    assert fig.axes[0].get_images()[0].get_extent()[1] == pytest.approx(10, abs=0.01)
    assert fig.get_supxlabel() == "time (s)"
    assert [text.get_text() for text in fig.axes[0].get_yticklabels()] == ["250", "1000", "4000"]


def test_steps_are_four_with_units_on_every_axis():
    fig = spectra.steps(np.zeros(mel.SAMPLES), np.ones((1025, 431)), np.zeros((128, 431)))
    panels = [axis for axis in fig.axes if axis.get_title()]
    assert len(panels) == 4
    assert all("(" in axis.get_xlabel() for axis in panels)
    assert panels[1].images[0].get_array().max() == 0, "power of 1 is 0 dB"


def test_mean_spectra_have_a_line_a_class():
    axis = spectra.mean_spectra(pd.DataFrame({"cat": np.arange(128.0), "dog": np.zeros(128)})).axes[0]
    assert [text.get_text() for text in axis.get_legend().get_texts()] == ["Cat", "Dog"]
    assert axis.get_xlabel() == "frequency (Hz)"
