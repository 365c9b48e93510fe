"""Sheets show the pictures that they were given, in their places, under their names."""

import matplotlib as mpl
import numpy as np
import pytest

mpl.use("agg")

from matplotlib import pyplot as plt

from a2i.viz import sheets


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def grey(*levels: int) -> np.ndarray:
    """A picture a level, all of that grey."""
    return np.stack([np.full((64, 64, 3), level, np.uint8) for level in levels])


def shown(fig) -> tuple[np.ndarray, list[str]]:
    """The sheet's image and its texts."""
    (axis,) = fig.axes
    return np.asarray(axis.images[0].get_array()), [text.get_text() for text in axis.texts if text.get_text()]


def levels(image: np.ndarray) -> list[list[int]]:
    """The greys of the pictures of a sheet, row by row."""
    dark = image[..., 0] < 255
    rows = np.flatnonzero(np.diff(np.r_[0, dark.any(1).astype(int)]) == 1)
    return [[int(v) for v in dict.fromkeys(image[row, :, 0]) if v < 255] for row in rows]


def test_columns_have_a_column_a_class_under_its_title():
    image, texts = shown(sheets.columns({"cat": grey(1, 2, 3), "race_car": grey(9)}, 2))
    assert texts == ["Cat", "Race car"]
    assert levels(image) == [[1, 9], [2]]


def test_many_classes_go_in_bands():
    image, texts = shown(sheets.columns({f"class {i}": grey(i) for i in range(14)}, 1))
    assert len(texts) == 14
    assert levels(image) == [[*range(12)], [12, 13]]


def test_blocks_show_the_same_classes_once_named_in_several_ways():
    image, texts = shown(sheets.blocks({"real": {"cat": grey(1), "dog": grey(2)}, "drawn": {"cat": grey(3), "dog": grey(4)}}))
    assert sorted(texts) == ["Cat", "Dog", "drawn", "real"]
    assert levels(image) == [[1, 2], [3, 4]]


def test_rows_have_a_name_each_and_captions_under_their_pictures():
    image, texts = shown(sheets.rows({"cat": grey(1, 2), "dog": grey(3, 4)}, {"cat": ["+0.5", "-0.5"]}))
    assert texts == ["+0.5", "-0.5", "Cat", "Dog"]
    assert levels(image) == [[1, 2], [3, 4]]


def test_strips_wrap():
    image, texts = shown(sheets.strip(grey(1, 2, 3), ["a", "b", "c"], columns=2))
    assert texts == ["a", "b", "c"]
    assert levels(image) == [[1, 2], [3]]


@pytest.mark.parametrize("count", [1, 2, 10, 60])
def test_a_sheet_is_no_wider_than_a_page(count):
    fig = sheets.columns({f"class {i}": grey(0) for i in range(count)}, 1)
    assert fig.get_figwidth() <= sheets.WIDTH + 1e-6


def test_classes_without_any_picture_stand_over_white():
    fig = sheets.columns({"cat": np.zeros((0, 64, 64, 3), np.uint8)})
    assert [text.get_text() for text in fig.axes[0].texts if text.get_text()] == ["Cat"]
    assert fig.axes[0].images[0].get_array().min() == 255
