"""Which clips a command works on: the fields of a dataset, and of how, as options."""

import argparse
import dataclasses
from collections.abc import Collection
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from a2i.data.dataset import Dataset


def add_choice(parser: argparse.ArgumentParser, settings: type, *, without: Collection[str] = ()) -> None:
    """An option for each field of a dataset but those in `without`, and of a command's own `settings`."""
    from a2i.core.options import add_fields
    from a2i.data.dataset import Dataset

    add_fields(parser.add_argument_group("which clips"), Dataset, {"source", "media", *without})
    add_fields(parser.add_argument_group("how"), settings, {field.name for field in dataclasses.fields(Dataset)})


def chosen(given: argparse.Namespace) -> "Dataset":
    """The dataset that the options name."""
    from a2i.core.options import filled
    from a2i.data.dataset import Dataset

    return filled(Dataset, given, source="auto", media=str(given.media))
