"""The ways to train the generator, one a module: networks, losses and one step of each."""

from a2i.core.errors import A2IError
from a2i.training.device import Device
from a2i.training.recipes.base import Batch, GanSettings, Trainer, TrainingSet
from a2i.training.recipes.losses import hinge_d_loss, kl_divergence, stackgan_d_loss
from a2i.training.recipes.modern import Modern
from a2i.training.recipes.stackgan import StackGan

__all__ = [
    "RECIPES", "Batch", "GanSettings", "Modern", "StackGan", "Trainer", "TrainingSet", "hinge_d_loss", "kl_divergence",
    "stackgan_d_loss", "trainer",
]  # fmt: skip

RECIPES: dict[str, type[Trainer]] = {"stackgan": StackGan, "modern": Modern}


def trainer(data: TrainingSet, settings: GanSettings, device: Device) -> Trainer:
    """The trainer of the recipe that `settings` name. Raises A2IError where there is none of that name."""
    if settings.recipe not in RECIPES:
        raise A2IError(f"recipe {settings.recipe!r} is not known: use one of {', '.join(RECIPES)}")
    return RECIPES[settings.recipe](data, settings, device)
