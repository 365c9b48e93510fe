"""Figures of causes, losses and claims show every class and every test."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest

from a2i.viz import verdicts


@pytest.fixture(autouse=True)
def closed():
    yield
    plt.close("all")


def words(axis) -> list[str]:
    return [text.get_text() for text in axis.get_yticklabels()]


def shares(counts: dict[str, tuple[int, ...]], n: int = 20) -> pd.DataFrame:
    rows = [
        (name, cause, n, count, count / n, max(count / n - 0.1, 0), count / n + 0.1)
        for name, own in counts.items() for cause, count in zip(verdicts.COLOURS, own)
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=["label", "cause", "n", "count", "share", "low", "high"])


def test_class_that_fails_most_stands_on_top_with_its_number_of_clips():
    axis = verdicts.causes(shares({"cat": (1, 0, 0, 0), "dog": (2, 3, 4, 1), "ocean": (0, 0, 0, 0)})).axes[0]
    assert words(axis) == ["Ocean (20)", "Cat (20)", "Dog (20)"]
    widths = [bar.get_width() for bar in axis.patches]
    assert sum(widths) == pytest.approx(11 / 20)


def test_causes_of_a_world_without_failures_are_an_empty_figure_and_no_error():
    assert verdicts.causes(shares({"cat": (0, 0, 0, 0)})).axes[0].get_xlim() == (0, 0.2)


def test_losses_have_a_panel_a_place():
    rows = [(name, place, 0.1, 0.0, 0.2, 20) for name in ("cat", "dog") for place in verdicts.PLACES]
    fig = verdicts.losses(pd.DataFrame(rows, columns=["label", "place", "loss", "low", "high", "n"]))
    assert [axis.get_title().split(":")[0] for axis in fig.axes] == list(verdicts.PLACES)
    assert verdicts.losses(pd.DataFrame(columns=["label", "place", "loss", "low", "high", "n"])).axes


def test_claims_that_cannot_be_told_are_shown_too():
    table = pd.DataFrame({
        "number": [1, 2], "claim": ["a", "b"], "level": "within", "effect": [0.4, np.nan], "low": [0.3, np.nan],
        "high": [0.5, np.nan], "n": [20, 3], "smallest": [0.2, np.nan], "verdict": ["holds", "cannot be told"],
    })  # fmt: skip
    assert len(words(verdicts.claims(table).axes[0])) == 2
