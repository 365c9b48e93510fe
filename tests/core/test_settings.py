"""A field's comment is its help."""

from dataclasses import dataclass, fields

import pytest

from a2i.core.settings import explained
from a2i.curation.curate import CurateSettings
from a2i.data.dataset import Dataset
from a2i.download.fetch import FetchSettings


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


@pytest.mark.parametrize("settings", [Dataset, CurateSettings, FetchSettings])
def test_every_option_of_a_users_is_explained(settings):
    told = explained(settings)
    assert [field.name for field in fields(settings) if len(told[field.name]) < 3] == []
