"""A field's comment is its help."""

from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from a2i.core.settings import explained
from a2i.curation.curate import CurateSettings
from a2i.data.dataset import Dataset
from a2i.download.fetch import FetchSettings
from a2i.runner import parameters


@dataclass
class Toy:
    """Has a method too."""

    name: str = "#1"  # what it is called: any text
    size: int = 3

    def area(self) -> int:
        """Squares."""
        side: int = self.size  # no field
        return side * side


def test_a_fields_comment_is_its_help_and_nothing_else_is():
    assert explained(Toy) == {"name": "what it is called: any text", "size": ""}


def test_notebook_01_says_of_its_parameters_what_the_dataset_says():
    notebook = Path(__file__).resolve().parents[2] / "notebooks" / "01_curate_dataset.ipynb"
    declared, told = parameters.declared(notebook), explained(Dataset)
    options = {field.name: (field.default, told[field.name]) for field in fields(Dataset) if field.name in declared}
    assert {name: (declared[name].default, declared[name].help) for name in options} == options
    assert [field.name for field in fields(Dataset) if field.name not in declared] == ["eval_share"]


@pytest.mark.parametrize("settings", [Dataset, CurateSettings, FetchSettings])
def test_every_option_of_a_users_is_explained(settings):
    told = explained(settings)
    assert [field.name for field in fields(settings) if len(told[field.name]) < 3] == []
