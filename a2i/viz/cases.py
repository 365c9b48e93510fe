"""A sheet of clips, a row each: the sound with the attention on it, the clip's own frames, what was drawn, and the nearest
training frame, with what was heard, what is shown, and the cause."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
from matplotlib import colormaps
from matplotlib.figure import Figure
from PIL import Image

from a2i.data.store import Store
from a2i.viz import sheets
from a2i.viz.figures import short
from a2i.viz.sheets import SIDE
from a2i.viz.spectra import SHOWN_DB

DPI = 72  # of a sheet, so that three of them leave a notebook small
BAR = 12  # pixels under a log-mel, for the attention


def heard(log_mel: np.ndarray, attention: np.ndarray) -> np.ndarray:
    """A log-mel (128, frames), dB, with the attention (steps,) as bars below: uint8 (64, 64, 3)."""
    level = np.clip((log_mel[::-1] - log_mel.max()) / SHOWN_DB + 1, 0, 1)
    tall = SIDE - BAR
    picture = Image.fromarray((255 * colormaps["magma"](level)[..., :3]).astype(np.uint8)).resize((SIDE, tall))
    weight = np.interp(np.linspace(0, 1, SIDE), np.linspace(0, 1, len(attention)), attention)
    height = np.round(BAR * weight / max(weight.max(), 1e-9)).astype(int)
    bars = np.where(np.arange(BAR, 0, -1)[:, None, None] <= height[None, :, None], (40, 40, 40), (235, 235, 235))
    return np.concatenate([np.asarray(picture), bars.astype(np.uint8)])


def sheet(
    clips: pd.DataFrame,
    store: Store,
    rows: np.ndarray,
    attention: np.ndarray,
    drawn: np.ndarray,
    nearest: Sequence[np.ndarray],
    count: int = 3,
) -> Figure:
    """A row each of `clips` (label, heard, shown, cause, and `place`, its position among the clips at `rows` of `store`).

    Of all the clips at `rows`: attention (n, steps) and the pictures drawn, uint8 (n, k, 64, 64, 3). nearest: of `clips`, the
    training frames. `count` of a clip's own frames and of its pictures are shown.
    """
    sheet, captions = {}, {}
    for i, clip in enumerate(clips.itertuples()):
        row = [rows[clip.place]]
        own, made = store.frames(row)[0][:count], drawn[clip.place][:count]
        name = clip.label if clip.label not in sheet else f"{clip.label} ({i + 1})"
        sheet[name] = [heard(store.log_mel(row)[0], attention[clip.place]), *own, *made, nearest[i]]
        told = "right" if clip.cause == "none" else f"cause: {clip.cause}"
        parts = (1, [f"heard: {short(clip.heard)}"]), (len(own), ["own frames"]), (len(made), [f"shown: {short(clip.shown)}", told])
        captions[name] = [text for wide, texts in parts for text in (texts + [""] * wide)[:wide]] + ["nearest learnt"]
    figure = sheets.rows(sheet, captions)
    figure.set_dpi(DPI)
    return figure
