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


def test_the_judge_s_accuracy_is_told_with_what_a_mean_picture_has():
    measured = {
        "generated_accuracy": entry(0.8, low=0.78, high=0.82),
        "control_mean_picture_pictures_recognised": entry(0.99),
    }
    assert "That alone says little: the mean picture of each class, ever the same, has 99.0 %" in _draws(measured)
    measured["control_mean_picture_pictures_recognised"] = entry(0.1)
    assert "That alone says little" not in _draws(measured)


def test_a_judge_that_sees_pictures_more_surely_than_real_frames_is_called_no_measure():
    measured = {"generated_accuracy": entry(0.8, low=0.78, high=0.82), "judge_real": entry(0.77)}
    assert "here it is no measure" in _draws(measured)
    measured["judge_real"] = entry(0.81)
    assert "here it is no measure" not in _draws(measured)


def _draws(measured: dict) -> str:
    return told(measured)["What it draws."]


def test_where_pictures_lie_is_told_beside_what_real_frames_have():
    measured = {
        "pictures_kid": entry(0.08, low=0.07, high=0.1, floor=0.016, better="lower"),
        "pictures_recall": entry(0.865, low=0.8, high=0.9, ceiling=0.9),
    }
    text = told(measured)["How real they look."]
    assert "KID 0.080 (0.070 to 0.100) (two sets of real frames have 0.016)" in text
    assert (
        "recall 86.5 % (80.0 to 90.0), so many of the real frames lie where pictures lie (real frames 90.0 %)" in text
    )


def test_drawing_beats_looking_up_only_where_the_whole_interval_is_on_the_better_side():
    measured = {
        "attributes_correlation": entry(0.6, low=0.5, high=0.7),
        "control_retrieval_attributes_correlation": entry(0.3, low=0.2, high=0.4),
        "pictures_kid": entry(0.2, low=0.1, high=0.3, better="lower"),
        "control_retrieval_pictures_kid": entry(0.25, low=0.2, high=0.3, better="lower"),
        "pictures_recall": entry(0.5, low=0.4, high=0.6),
        "control_retrieval_pictures_recall": entry(0.9, low=0.8, high=0.95),
    }
    text = told(measured)["Whether drawing beats looking up."]
    assert "better in correlation; not better in KID, recall." in text


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
