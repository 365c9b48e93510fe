"""The pictures and sounds that open a run's report."""

import shutil
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from PIL import Image

from a2i.core import files
from a2i.data.classes import title

SCALE = 2  # the report shows each pixel as 2x2


def write_grid(folder: Path, columns: Mapping[str, np.ndarray], sounds: Path, rows: int) -> None:
    """Writes `<class>.png`, a column of pictures, `<class>.ogg`, the sound of its first one, and `grid.json`.

    columns: uint8 (n, 64, 64, 3) by class. sounds: the folder of the curated examples; a class without one has none.
    """
    entries = []
    for name, pictures in columns.items():
        column = Image.fromarray(np.concatenate(list(pictures[:rows]), 0))
        with files.replacing(folder / f"{name}.png") as temporary:
            column.resize((column.width * SCALE, column.height * SCALE), Image.Resampling.NEAREST).save(temporary)
        entry = {"name": name, "title": title(name), "png": f"{name}.png"}
        if (sounds / f"{name}.ogg").is_file():
            with files.replacing(folder / f"{name}.ogg") as temporary:
                shutil.copyfile(sounds / f"{name}.ogg", temporary)
            entry["ogg"] = f"{name}.ogg"
        entries.append(entry)
    caption = (
        f"Generated pictures, a column a class. Each is drawn from an evaluation sound that was in no training, the "
        f"first {rows} of the list, none chosen; the player under a column plays the sound of its top picture."
    )
    files.write_json(folder / "grid.json", {"columns": entries, "caption": caption})
