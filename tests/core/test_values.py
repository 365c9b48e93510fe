"""Values that a profile or a command line gives as text."""

import pytest

from a2i.core import values
from a2i.core.errors import A2IError


def test_pairs_have_the_types_that_yaml_gives_them():
    assert values.pairs("warm=0.3, steps=20,name=fine") == {"warm": 0.3, "steps": 20, "name": "fine"}
    assert values.pairs("") == {}


@pytest.mark.parametrize("text", ["warm", "warm=", "=0.3", "a=1,b"])
def test_what_is_no_pair_is_told_with_the_form_that_is(text):
    with pytest.raises(A2IError, match=r"not understood: give names and values, as in warm=0\.3"):
        values.pairs(text)
