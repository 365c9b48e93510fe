"""Tables of clips to curate, and what became of them."""

import hashlib
from pathlib import Path

import pandas as pd

from a2i.curation.curate import CurateSettings

CLASSES = ["cat", "dog"]
QUICK = CurateSettings(workers=2, shard_clips=4, timeout_s=20)


def clip_table(folder: Path, names: list[str | None]) -> pd.DataFrame:
    """Clips of two classes, one for each file name."""
    count = len(names)
    return pd.DataFrame({
        "clip_id": [f"clip{i:07d}_0" for i in range(count)],
        "source_id": [f"clip{i:07d}" for i in range(count)],
        "start": 0.0,
        "end": 10.0,
        "label": [CLASSES[i % 2] for i in range(count)],
        "labels": [["/m/01yrx"], ["/m/0bt9lr", "/m/x"]] * (count // 2) + [["/m/01yrx"]] * (count % 2),
        "split": ["train" if i % 3 else "eval" for i in range(count)],
        "media": [str(folder / name) if name else None for name in names],
        "media_kind": "auto",
    })  # fmt: skip


def bytes_of(folder: Path) -> dict[str, str]:
    """The digest of each file of a store."""
    return {p.name: hashlib.sha256(p.read_bytes()).hexdigest() for p in sorted(folder.iterdir()) if p.is_file()}
