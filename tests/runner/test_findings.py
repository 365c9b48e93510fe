"""Findings say what the numbers say: other numbers, other sentences; no number, no sentence."""

import pandas as pd

from a2i.runner.findings import findings


def entry(value: float, **more) -> dict:
    return {"value": value, "n": 200, "seeds": 1, "title": "a title", **more}


def told(measured: dict, clips: pd.DataFrame | None = None) -> dict[str, str]:
    return dict(findings(measured, clips))


def test_nothing_measured_is_nothing_found():
    assert findings({}, None) == []


def test_what_was_heard_is_told_with_its_interval_and_what_a_guess_would_reach():
    text = told({"encoder_accuracy": entry(0.98, low=0.95, high=0.992, floor=0.1)})["What it hears."]
    assert "98.0 % (95.0 to 99.2); a guess would be right in 10 %" in text


def test_a_generator_that_does_not_beat_a_copy_says_so():
    copy = {"control_retrieval": entry(0.9, low=0.88, high=0.92)}
    for value, verdict in ((0.8, "does not beat a copy"), (0.9, "is no better than a copy"), (0.97, "beats a copy")):
        drawn = {"generated_accuracy": entry(value, low=value - 0.01, high=value + 0.01)}
        assert verdict in told({**drawn, **copy})["What it draws."]


def test_pictures_follow_the_sound_only_where_the_interval_is_above_zero():
    for low, says in (
        (0.1, "Pictures follow the sound's hidden attributes"),
        (-0.1, "no attribute of the sound that could"),
    ):
        text = told({"attributes_correlation": entry(0.2, low=low, high=0.5)})["Whether it follows this sound."]
        assert says in text


def test_failing_clips_are_counted_by_cause_and_by_class():
    clips = pd.DataFrame({"label": ["cat", "cat", "ocean", "dog"], "cause": ["sound", "picture", "none", "none"]})
    text = told({}, clips)["Why it fails."]
    assert text.startswith("2 of 4 evaluation clips fail: ")
    assert "1 because the encoder mishears the clip" in text
    assert "Cat fails most: 2 of 2 clips" in text
    assert "there is nothing to explain" in told({}, clips[2:])["Why it fails."]


def test_a_claim_holds_where_its_interval_is_above_zero_unless_a_verdict_was_recorded():
    measured = {
        "claim_1": entry(0.1, low=0.05, high=0.2, title="claim 1: one"),
        "claim_2": entry(0.1, low=-0.05, high=0.2, title="claim 2: two"),
        "claim_3": entry(-0.1, low=-0.2, high=-0.05, title="claim 3: three"),
        "claim_4": entry(0.1, low=0.05, high=0.2, title="claim 4: four", verdict="cannot be told"),
    }
    text = told(measured)["The paper's claims."]
    assert text == "Holds: (1) one. Cannot be told: (2) two; (4) four. Does not hold: (3) three."


def test_a_goal_that_is_missed_is_told_and_one_that_is_reached_is_not():
    text = told({"a": entry(0.7, goal=0.8), "b": {**entry(0.9, goal=0.8), "title": "other"}})["Goals missed."]
    assert text == "a title: 0.700 of 0.800."
