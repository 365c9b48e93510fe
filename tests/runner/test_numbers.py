"""The tables of a report: which numbers come first, how they are written, where they lie on the scale."""

import pytest

from a2i.runner.numbers import controls, digits, tables


def entry(value: float, title: str = "a title", **more) -> dict:
    return {"value": value, "n": 200, "seeds": 1, "title": title, **more}


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.71234, "0.712"), (0.9, "0.900"), (1, "1.000"), (0.0, "0.000"), (-0.25, "-0.250"), (12.0, "12"), (12.34, "12.3")]
    + [(1234.5, "1234"), (2.5e-7, "2.5e-07"), (-6.6e-17, "0.000")],
)
def test_numbers_are_shown_with_as_many_digits_as_help(value, text):
    assert digits(value) == text


def test_the_headline_comes_first_in_its_own_order_then_the_groups():
    measured = {
        "control_a": entry(0.1, "control: a"),
        "control_b": entry(0.2, "control: b"),
        "encoder_accuracy": entry(0.9, "encoder: accuracy"),
        "attributes_correlation": entry(0.7, "pictures: attributes"),
        "clips": entry(1200, "usable clips"),
    }
    found = tables(measured)
    assert [table.heading for table in found] == ["Headline numbers", "Control", "Also measured"]
    assert [row.title for row in found[0].rows] == ["Correlation: attributes", "Encoder: accuracy"]
    assert [row.title for row in found[1].rows] == ["A", "B"]


def test_a_value_lies_on_the_scale_between_its_interval_s_ends():
    (table,) = tables({"encoder_accuracy": entry(0.5, low=0.25, high=0.75, floor=0.1)})
    assert table.rows[0].place == {"value": 50, "low": 25, "high": 75, "floor": 10}


def test_small_differences_get_a_scale_of_their_own_around_zero():
    claims = {f"claim_{i}": entry(v, f"claim {i}: x", low=v - 0.1, high=v + 0.1) for i, v in ((1, 0.1), (2, -0.1))}
    (table,) = tables(claims)
    assert [row.place["value"] for row in table.rows] == [75, 25]


def test_what_shares_no_scale_is_not_drawn():
    measured = {
        "pictures_kid": entry(0.03, better="lower"),
        "rate": entry(1234.0, unit="pictures/s"),
        "clips": entry(1200.0),
    }
    assert all(row.place == {} for table in tables(measured) for row in table.rows)


def test_controls_stand_beside_what_was_drawn_and_not_among_the_other_tables():
    measured = {
        "attributes_slope": entry(0.6, "pictures: attributes"),
        "control_class_label_attributes_slope": entry(0.1, "control class label: slope"),
        "control_retrieval_attributes_slope": entry(0.3, "control retrieval: slope"),
    }
    found = controls(measured)
    assert found.columns == ("drawn", "class label", "retrieval")
    assert found.rows == (("Slope: attributes", ("0.600", "0.100", "0.300")),)
    assert [table.heading for table in tables(measured)] == ["Headline numbers"]
    assert controls({"attributes_slope": measured["attributes_slope"]}) is None
