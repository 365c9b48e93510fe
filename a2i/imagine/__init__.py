"""From sounds of one's own to pictures, with the encoder and generator of a trained run or of an exported model.

    pair = a2i.imagine.load("reports/mini")
    pair.imagine("call.wav", count=8).pictures
"""

from a2i.imagine.film import write_study
from a2i.imagine.listen import NothingHeard, read_sound, sounds_in
from a2i.imagine.pair import Heard, Imagined, Pair, load
from a2i.imagine.sheet import audible, imagine, imagine_all
from a2i.imagine.studies import Study, mix, morph, slide, volume

__all__ = [
    "Heard", "Imagined", "NothingHeard", "Pair", "Study", "audible", "imagine", "imagine_all", "load", "mix", "morph", "read_sound",
    "slide", "sounds_in", "volume", "write_study",
]  # fmt: skip
