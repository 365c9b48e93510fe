"""A panel for a notebook: a file of one's own, a recording or an example, sliders, and the pictures that come of it.

Where no live page shows the notebook, as in an exported one, there is the picture of the panel's first state.
"""

import html
import io
import os
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from a2i.core.errors import A2IError
from a2i.imagine.listen import read_sound
from a2i.imagine.pair import Pair
from a2i.imagine.sheet import SCALE
from a2i.imagine.studies import Study, mixtures, volume

if TYPE_CHECKING:
    import ipywidgets

COUNT = 4  # pictures side by side
LIVE = "JPY_SESSION_NAME"  # set by the server behind a page; notebooks that are executed have none


def live() -> bool:
    """Whether a page shows this notebook, so that widgets can respond."""
    return LIVE in os.environ


class Panel:
    """The panel of a pair over example sounds, float (samples,) by name; `box` is what to display."""

    def __init__(self, pair: Pair, sounds: Mapping[str, np.ndarray], seed: int = 0):
        """Raises A2IError where there is no example."""
        import ipywidgets as widgets

        from a2i.imagine.recorder import Recorder

        if not sounds:
            raise A2IError("a panel needs an example: give sounds by name")
        self.pair, self.sounds, self.seed = pair, dict(sounds), seed
        names, wide = list(self.sounds), {"style": {"description_width": "9em"}, "layout": {"width": "30em"}}
        self.upload = widgets.FileUpload(accept="audio/*,video/*", multiple=False, description="your file")
        self.recorder = Recorder(self._record, self._tell)
        self.first = widgets.Dropdown(options=names, description="sound", **wide)
        self.second = widgets.Dropdown(options=names, value=names[-1], description="mixed with", **wide)
        self.share = widgets.FloatSlider(0, min=0, max=1, step=0.05, description="share of that", continuous_update=False, **wide)
        self.gain = widgets.FloatSlider(0, min=-24, max=24, step=1, description="volume, dB", continuous_update=False, **wide)
        self.noise = widgets.IntSlider(seed, min=0, max=max(99, seed), description="noise", continuous_update=False, **wide)
        self.told, self.picture = widgets.HTML(), widgets.Image(format="png")
        for control in (self.first, self.second, self.share, self.gain, self.noise):
            control.observe(self._draw, "value")
        self.upload.observe(self._take, "value")
        given = widgets.HBox([self.upload, self.recorder])
        controls = [given, self.first, self.second, self.share, self.gain, self.noise]
        self.box: ipywidgets.VBox = widgets.VBox([*controls, self.told, self.picture])
        self._draw()

    def study(self) -> Study:
        """What the controls ask for. Raises A2IError."""
        mixed = mixtures(self.sounds[self.first.value], self.sounds[self.second.value], [self.share.value])[0]
        return volume(self.pair, mixed, gains=[self.gain.value], count=COUNT, seed=self.noise.value)

    def _draw(self, change: object = None) -> None:
        try:
            study = self.study()
            self.told.value = f"heard: {study.told()[0]}"
            strip = Image.fromarray(np.concatenate(list(study.pictures[0]), 1))
            buffer = io.BytesIO()
            strip.resize((strip.width * SCALE // 2, strip.height * SCALE // 2), Image.Resampling.LANCZOS).save(buffer, "PNG")
            self.picture.value = buffer.getvalue()
        except A2IError as error:
            self._tell(str(error))

    def _take(self, change: object) -> None:
        """Takes up the file that was dropped."""
        for given in self.upload.value:
            self._keep(given["name"], given["content"])

    def _record(self, content: bytes) -> None:
        """Takes up what was recorded."""
        self._keep(f"recording {sum(name.startswith('recording ') for name in self.sounds) + 1}", content)

    def _tell(self, sentence: str) -> None:
        self.told.value = html.escape(sentence)

    def _keep(self, name: str, content: bytes) -> None:
        """Adds a sound file to the sounds, chooses it and draws it; what it may be mixed with stays."""
        with tempfile.NamedTemporaryFile(suffix=Path(name).suffix) as file:
            file.write(content)
            file.flush()
            try:
                self.sounds[name] = read_sound(file.name)
            except A2IError:
                self._tell(f"{name} cannot be heard: give a sound or video file")
                return
        for control, chosen in ((self.first, name), (self.second, self.second.value)):
            control.unobserve(self._draw, "value")
            control.options = list(self.sounds)
            control.value = chosen
            control.observe(self._draw, "value")
        self._draw()


def show(pair: Pair, sounds: Mapping[str, np.ndarray], seed: int = 0) -> None:
    """Displays the panel where a page can respond, else the picture of its first state."""
    from IPython.display import HTML, display
    from IPython.display import Image as Picture

    panel = Panel(pair, sounds, seed)
    if live():
        display(panel.box)
    else:
        display(HTML(panel.told.value), Picture(panel.picture.value))
