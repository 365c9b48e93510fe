"""From a store to a trained generator in one call: for machines without notebooks, and for several processes.

The folder it fills is laid out as a report's, so that `a2i imagine --run FOLDER` draws with it.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch

from a2i.data.store import Store
from a2i.models.encoder import Encoder
from a2i.training import distributed, encoder, gan, loop, recipes
from a2i.training.device import Device, choose
from a2i.training.stages import Stage, open_stage


def train(
    store: Store,
    folder: Path | str,
    recipe: str = "auto",
    *,
    encoder_settings: Mapping[str, Any] | None = None,
    gan_settings: Mapping[str, Any] | None = None,
    views: int = 4,
    device: Device | None = None,
    measure: Callable[[np.ndarray], loop.Row] | None = None,
) -> tuple[Encoder, torch.nn.Module]:
    """The trained encoder and generator of `folder`'s stages `encoder` and `gan`; what is finished there is not redone.

    The settings are given by name where they are not the defaults; views: embeddings of each clip; measure: as `gan.train`
    has it. Raises A2IError, before anything is trained, where a name is not known or a value is none for it.
    """
    device = device or choose()
    chosen = encoder.settings(**encoder_settings or {})
    settings = recipes.settings(recipes.choose(recipe, device), **gan_settings or {})  # a mistake is told before the hours
    stage = _open(folder, "encoder", chosen, {"store": store.fingerprint})
    if not stage.complete:
        encoder.train(store, stage.folder, chosen, device)
        if distributed.rank() == 0:
            stage.finish(encoder.FILE, loop.LOSSES)
        distributed.wait()
    frozen = encoder.load(stage.folder, device)
    inputs = {"store": store.fingerprint, "encoder": stage.fingerprint, "views": str(views)}
    stage = _open(folder, "gan", settings, inputs)
    if not stage.complete:
        gan.train(gan.training_set(store, frozen, views, settings.seed), stage.folder, settings, device, measure=measure)
        if distributed.rank() == 0:
            stage.finish(gan.FILE, loop.LOSSES)
        distributed.wait()
    return frozen, gan.load(stage.folder, device)


def _open(folder: Path | str, name: str, settings: Any, inputs: Mapping[str, str]) -> Stage:
    """A stage that one process alone moves aside where it is stale."""
    if distributed.rank() == 0:
        open_stage(folder, name, settings, inputs)
    distributed.wait()
    return open_stage(folder, name, settings, inputs)
