"""What a trained encoder says of a store's clips, kept beside it: each notebook asks for it anew."""

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import numpy as np
import torch
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save_file

from a2i.core import source
from a2i.core.errors import A2IError
from a2i.core.files import replacing
from a2i.data.store import Store

FILE = "heard.safetensors"
SHARE = 0.5  # of a store's clips that must be asked for, before all of them are listened to

Said = dict[str, np.ndarray]  # arrays with a row a clip, by name


def kept(path: Path, model: torch.nn.Module, store: Store, rows: np.ndarray, ask: Callable[[np.ndarray], Said]) -> Said:
    """What `ask` gives of the clips at `rows` int64 (n,) of the store, which all have sound; read from `path` where it is there.

    A file that came from other weights, another store or other code counts as none. Where many clips are asked for, all of the
    store are, and kept for the next time if they can be written.
    """
    key, sounding = _key(model, store), np.flatnonzero(store.has_sound)
    said = _read(path, key)
    if said is None and len(rows) < SHARE * len(sounding):
        return ask(rows)
    if said is None:
        said = ask(sounding)
        with suppress(OSError, SafetensorError, A2IError), replacing(path) as temporary:  # a folder that is only read, a full disk
            save_file(said, temporary, {"key": key})
    places = np.searchsorted(sounding, rows)
    return {name: values[places] for name, values in said.items()}


def _key(model: torch.nn.Module, store: Store) -> str:
    """Changes with the weights, the store and the code that listens."""
    digest = hashlib.sha256(json.dumps([store.fingerprint, source.fingerprint(["models"])]).encode())
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode() + tensor.cpu().contiguous().numpy().tobytes())
    return digest.hexdigest()


def _read(path: Path, key: str) -> Said | None:
    """The arrays of a file written under this key; None where there is none that is whole."""
    try:
        with safe_open(path, "numpy") as file:
            if (file.metadata() or {}).get("key") == key:
                return {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 (no mapping)
    except (OSError, SafetensorError):
        pass
    return None
