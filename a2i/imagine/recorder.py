"""A button that records from the microphone of whoever looks at the notebook; its other half is recorder.js."""

from collections.abc import Callable, Sequence
from pathlib import Path

import anywidget


class Recorder(anywidget.AnyWidget):
    """The button. `take` gets what was recorded, a sound file's bytes; `told` gets a sentence where nothing can be."""

    _esm = Path(__file__).with_suffix(".js")

    def __init__(self, take: Callable[[bytes], None], told: Callable[[str], None]):
        super().__init__()
        self.take, self.told = take, told
        self.on_msg(self._sent)

    def _sent(self, widget: object, content: dict[str, str], buffers: Sequence[memoryview]) -> None:
        for sound in buffers:
            self.take(bytes(sound))
        if "reason" in content:
            self.told(content["reason"])
