"""A field's comment is its help."""

from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from a2i.core.errors import A2IError
from a2i.core.settings import check, explained, made
from a2i.curation.curate import CurateSettings
from a2i.data.dataset import Dataset
from a2i.download.fetch import FetchSettings
from a2i.runner import parameters
from a2i.training.classifier import JudgeSettings
from a2i.training.encoder import EncoderSettings
from a2i.training.recipes import RECIPES


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


@dataclass
class Child(Toy):
    """Has another default, and a field of its own."""

    name: str = "#2"
    rate: float = 0.1  # step size (1e-7 to 1)
    keep: bool = False  # all of them


def test_a_field_that_is_given_another_default_keeps_its_help():
    expected = {"name": "what it is called: any text", "size": "", "rate": "step size (1e-7 to 1)", "keep": "all of them"}
    assert explained(Child) == expected


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"rat": 1}, "the toy has no setting 'rat'; did you mean 'rate'?"),
        ({"rate": 2}, "the toy's rate must be 1e-7 to 1, not 2.0"),
        ({"rate": "1e-3"}, "the toy's rate must be a number such as 0.1, not \"1e-3\" (YAML reads '1e-3' as text: write 0.001)"),
        ({"rate": float("nan")}, "the toy's rate must be 1e-7 to 1, not nan"),
        ({"size": "big"}, 'the toy\'s size must be a whole number such as 3, not "big"'),
        ({"size": 2.5}, "the toy's size must be a whole number such as 3, not 2.5"),
        ({"keep": "maybe"}, 'the toy\'s keep must be true or false such as False, not "maybe"'),
    ],
)
def test_settings_are_made_of_their_own_names_types_and_ranges_alone(given, message):
    assert made(Child, {"rate": 1, "name": "a"}, "the toy") == Child(name="a", rate=1.0)
    with pytest.raises(A2IError) as caught:
        made(Child, given, "the toy")
    assert str(caught.value) == message


@pytest.mark.parametrize("settings", [EncoderSettings, JudgeSettings, *(recipe.settings_type for recipe in RECIPES.values())])
def test_every_number_of_a_training_has_a_range_that_its_default_lies_in(settings):
    told = explained(settings)
    numbers = [field.name for field in fields(settings) if type(field.default) in (int, float)]
    assert [name for name in numbers if " to " not in told[name]] == []
    check(settings())


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
