"""The claims are measured the right way round, and what so few clips cannot tell is not told."""

import numpy as np
import pandas as pd
import pytest
from toy_store import ToyStore

from a2i.evaluation import claims, metrics

NAMES = [f"class{i}" for i in range(10)]


def facts(per_class: int = 30, seed: int = 0) -> pd.DataFrame:
    """Clips of ten classes whose outcomes follow nothing."""
    rng = np.random.default_rng(seed)
    n = 10 * per_class
    columns = ["accuracy", "diversity", "in view", "share of time", "seconds an event", "flatness"]
    table = pd.DataFrame(rng.random((n, len(columns))), columns=columns)
    return table.assign(label=np.repeat(NAMES, per_class), **{"heard right": rng.integers(0, 2, n).astype(float)})


def verdicts(table: pd.DataFrame) -> dict:
    return claims.overall(claims.tested(table))["verdict"].to_dict()


def test_where_outcomes_follow_nothing_no_claim_holds():
    found = [verdict for seed in range(5) for verdict in verdicts(facts(seed=seed)).values()]
    assert found.count("holds") <= 1


def test_claim_that_classes_differ_holds_only_where_they_do():
    table = facts()
    assert verdicts(table)[1] != "holds"
    assert verdicts(table.assign(accuracy=table["accuracy"] * 0.2 + 0.08 * np.repeat(range(10), 30)))[1] == "holds"


@pytest.mark.parametrize(
    ("number", "outcome", "descriptor", "sign"),
    [(2, "heard right", "share of time", 1), (3, "accuracy", "flatness", -1), (4, "heard right", "seconds an event", 1)],
)
def test_claim_holds_where_outcome_follows_the_sound_and_does_not_the_other_way_round(number, outcome, descriptor, sign):
    table = facts()
    follows = (table[descriptor] > 0.5).astype(float)
    assert verdicts(table.assign(**{outcome: follows if sign > 0 else 1 - follows}))[number] == "holds"
    assert verdicts(table.assign(**{outcome: 1 - follows if sign > 0 else follows}))[number] == "does not hold"


@pytest.mark.parametrize(("number", "descriptor", "sign"), [(5, "diversity", -1), (6, "in view", 1)])
def test_claim_of_pictures_follows_the_classes(number, descriptor, sign):
    table, place = facts(), np.repeat(np.arange(10), 30) / 10
    table = table.assign(**{descriptor: place, "accuracy": 0.5 + sign * (place - 0.5)})
    assert verdicts(table)[number] == "holds"


def test_noise_claim_holds_length_fixed():
    table = facts()
    table["share of time"] = table["flatness"]  # what falls with the one falls with the other: nothing is left to tell
    table["accuracy"] = 1 - table["flatness"]
    assert verdicts(table)[3] == "cannot be told"


def test_few_clips_tell_nothing_but_strong_effects():
    found = claims.tested(facts(per_class=2))
    across = found[(found["level"] == "across") & found["number"].between(2, 6)]
    assert (across["smallest"] > 0.7).all(), "ten classes"
    assert (claims.tested(facts(per_class=200)).query("level == 'within'")["smallest"] < 0.1).all()


@pytest.mark.parametrize("labels", [["cat"], ["cat", "ocean"], ["cat"] * 3])
def test_claims_of_one_clip_a_class_cannot_be_told(labels):
    table = facts().iloc[: len(labels)].assign(label=labels)
    assert set(verdicts(table).values()) == {"cannot be told"}


def test_more_tests_need_smaller_p():
    table = claims.tested(facts(), np.array([1.0, 0.0] * 150), 0.1)
    assert (table["corrected"] >= table["p"] - 1e-12).all()
    assert table.set_index("number").loc[7, "verdict"] == "holds"


def test_rim_tells_the_class_of_surroundings_and_not_of_the_middle():
    rng = np.random.default_rng(0)
    frames = rng.integers(0, 80, (20, 64, 64, 3)).astype(np.uint8)
    labels = np.repeat([0, 1], 10)
    middle, rim = frames.copy(), frames.copy()
    middle[labels == 1, 20:44, 20:44] = 255
    rim[labels == 1, :12] = 255
    assert claims.told_by_rim(rim[::2], labels[::2], rim[1::2], labels[1::2]).mean() == 1
    assert claims.told_by_rim(middle[::2], labels[::2], middle[1::2], labels[1::2]).mean() < 0.9


def test_facts_of_clips_stand_beside_what_was_found(tmp_path):
    store = ToyStore().write(tmp_path / "store")
    rows, target = store.split_rows("eval")
    names = np.array(store.classes)[target]
    table = pd.DataFrame({"label": names, "heard": names, "accuracy": 1.0, "real": 0.5})
    found = claims.facts(store, rows, table)
    assert len(found) == len(rows)
    assert found["in view"].eq(0.5).all(), "what the judge recognises stands for what is not known"
    assert found["diversity"].gt(0).all()
    assert {claim.descriptor for claim in claims.CLAIMS} <= set(found)


def test_a_claim_is_recorded_with_its_verdict_and_one_that_nothing_was_measured_of_is_not(tmp_path):
    table = facts()
    claims.record(tmp_path, claims.tested(table.assign(**{"heard right": 1.0, "accuracy": 1 - table["flatness"]})))
    kept = metrics.read(tmp_path)
    assert (kept["claim_3"]["verdict"], "claim_2" in kept) == ("holds", False)
    assert kept["claim_3"]["low"] < kept["claim_3"]["value"]


def test_the_test_that_is_recorded_is_one_that_says_what_the_verdict_says(tmp_path):
    columns = ["number", "claim", "level", "effect", "low", "high", "n", "smallest", "p", "corrected", "verdict"]
    across = (2, "long", "across", -0.4, -0.8, 0.3, 10, 0.8, 0.2, 0.5, "cannot be told")
    within = (2, "long", "within", 0.01, -0.1, 0.12, 300, 0.15, 0.9, 0.9, "does not hold")
    claims.record(tmp_path, pd.DataFrame([across, within], columns=columns))
    assert metrics.read(tmp_path)["claim_2"]["n"] == 300
