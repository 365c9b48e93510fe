"""What a run found, in sentences. Each is computed from the run's numbers and says no more than they do; a number that
is not there leaves its sentence out."""

import re
from collections.abc import Callable, Mapping
from typing import Any

import pandas as pd

from a2i.data.classes import title
from a2i.runner.numbers import PICTURES, digits

Metrics = Mapping[str, Mapping[str, Any]]
LIES = {
    "precision": "of the pictures lie where real frames lie",
    "recall": "of the real frames lie where pictures lie",
    "coverage": "of the real frames have a picture near them",
}
BLAME = {
    "sound": "because the encoder mishears the clip",
    "data": "because the clip's own frames or sound do not show the class",
    "picture": "because the generator fails where the sound was heard rightly",
    "unclear": "for no cause that can be told",
}


def findings(measured: Metrics, clips: pd.DataFrame | None) -> list[tuple[str, str]]:
    """The findings as pairs of a lead, a few words, and the text that says it in numbers.

    `measured` is the run's metrics.json, `clips` its clips.csv, None where there is none.
    """
    told = [_hears(measured), _draws(measured), _follows(measured), _resembles(measured), _independent(measured)]
    told += [_beats(measured), _fails(clips), _claims(measured), _misses(measured)]
    return [found for found in told if found]


def per_cent(entry: Mapping[str, Any], *, interval: bool = True) -> str:
    """A share as per cent, with its interval where one is known: 98.0 % (95.0 to 99.2)."""
    around = f" ({100 * entry['low']:.1f} to {100 * entry['high']:.1f})" if interval and _known(entry) else ""
    return f"{100 * entry['value']:.1f} %{around}"


def _known(entry: Mapping[str, Any]) -> bool:
    return entry.get("low") is not None and entry.get("high") is not None


def _number(entry: Mapping[str, Any]) -> str:
    return digits(entry["value"]) + (f" ({digits(entry['low'])} to {digits(entry['high'])})" if _known(entry) else "")


def _hears(measured: Metrics) -> tuple[str, str] | None:
    heard = measured.get("encoder_accuracy")
    if heard is None:
        return None
    text = f"Of {heard['n']} evaluation clips that were in no training the encoder names the class of {per_cent(heard)}"
    guess = heard.get("chance", heard.get("floor"))
    text += "." if guess is None else f"; a guess would be right in {100 * guess:.0f} %."
    when = measured.get("attention_on_sound")
    if when is not None:
        text += f" Its attention lies on the call {when['value']:.1f} times as much as an even spread would"
        text += f" (median of {when['n']} clips)."
    return "What it hears.", text


def _draws(measured: Metrics) -> tuple[str, str] | None:
    drawn = measured.get("generated_accuracy")
    if drawn is None:
        return None
    text = "A judge that learnt from real training frames sees the sound's class"
    text += f" in {per_cent(drawn)} of the pictures drawn from {drawn['n']} sounds"
    real, mean = measured.get("judge_real"), measured.get("control_mean_picture_pictures_recognised")
    text += f" and in {per_cent(real, interval=False)} of the real frames." if real is not None else "."
    if real is not None and drawn["value"] > real["value"]:
        text += " It recognises pictures more often than what they are of: here it is no measure."
    if mean is not None:
        little = "That alone says little: the" if mean["value"] >= drawn.get("low", drawn["value"]) else "The"
        text += f" {little} mean picture of each class, ever the same, has {per_cent(mean, interval=False)}."
    return "What it draws.", text


def _beats(measured: Metrics) -> tuple[str, str] | None:
    """In what the pictures beat real frames of the training clip that sounds nearest."""
    better, not_better = [], []
    for name in PICTURES:
        copied = measured.get(f"control_retrieval_{name}")
        if copied is not None and name in measured:
            (better if _exceeds(measured[name], copied) else not_better).append(PICTURES[name])
    if not better + not_better:
        return None
    parts = [f"{word} in {', '.join(own)}" for word, own in (("better", better), ("not better", not_better)) if own]
    return "Whether drawing beats looking up.", (
        f"Against real frames of the training clip that sounds nearest, the pictures are {'; '.join(parts)}."
    )


def _exceeds(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    """Whether the whole interval of `one` lies on the better side of the other's."""
    ends = [(entry.get("low", entry["value"]), entry.get("high", entry["value"])) for entry in (one, other)]
    return ends[0][1] < ends[1][0] if one.get("better") == "lower" else ends[0][0] > ends[1][1]


def _follows(measured: Metrics) -> tuple[str, str] | None:
    found = measured.get("attributes_correlation")
    if found is None:
        return None
    clear = found.get("low", found["value"]) > 0
    text = (
        "the sound's hidden attributes, beyond its class" if clear else "no attribute of the sound that could be told"
    )
    slope, shuffled = measured.get("attributes_slope"), measured.get("control_shuffled_attributes_correlation")
    text = f"Pictures follow {text}: what is read off a picture correlates with the truth by {_number(found)}"
    beside = [f"real frames {digits(found['ceiling'])}"] if found.get("ceiling") is not None else []
    beside += [f"shuffled sounds {digits(shuffled['value'])}"] if shuffled is not None else []
    text += f" ({', '.join(beside)})" if beside else ""
    text += f", and moves by {_number(slope)} where the truth moves by 1." if slope is not None else "."
    return "Whether it follows this sound.", text


def _resembles(measured: Metrics) -> tuple[str, str] | None:
    """How the pictures lie among real ones, each with what real frames have."""
    kid = measured.get("pictures_kid")
    parts = [f"KID {_number(kid)}{_real(kid, 'two sets of real frames have', digits)}"] if kid is not None else []
    for name, what in LIES.items():
        entry = measured.get(f"pictures_{name}")
        if entry is not None:
            parts.append(f"{name} {per_cent(entry)}, so many {what}{_real(entry, 'real frames', _percentage)}")
    return ("How real they look.", f"{'; '.join(parts)}.") if parts else None


def _real(entry: Mapping[str, Any], words: str, written: Callable[[float], str]) -> str:
    """What real frames have of a measure, in brackets."""
    real = entry.get("ceiling", entry.get("floor"))
    return f" ({words} {written(real)})" if real is not None else ""


def _percentage(value: float) -> str:
    return f"{100 * value:.1f} %"


def _independent(measured: Metrics) -> tuple[str, str] | None:
    entry = measured.get("independent_judge")
    if entry is None:
        return None
    text = "A network that nobody here trained sees the sound's class in the pictures"
    return "An independent eye.", f"{text} {_number(entry)} times as often as in real frames."


def _fails(clips: pd.DataFrame | None) -> tuple[str, str] | None:
    """The clips of whose pictures most are wrong, by cause, and the class that has most of them."""
    if clips is None or not {"label", "cause"} <= set(clips.columns) or clips.empty:
        return None
    failed = clips[clips["cause"].fillna("none") != "none"]
    if failed.empty:
        return (
            "Why it fails.",
            f"Of none of the {len(clips)} evaluation clips are most pictures wrong: there is nothing to explain.",
        )
    counts = failed["cause"].value_counts()
    causes = ", ".join(f"{count} {BLAME.get(cause, f'({cause})')}" for cause, count in counts.items())
    worst = (failed["label"].value_counts() / clips["label"].value_counts()).idxmax()
    own = (int((failed["label"] == worst).sum()), int((clips["label"] == worst).sum()))
    text = f"{len(failed)} of {len(clips)} evaluation clips fail: {causes}."
    return "Why it fails.", f"{text} {title(worst)} fails most: {own[0]} of {own[1]} clips."


def _claims(measured: Metrics) -> tuple[str, str] | None:
    """The paper's claims by verdict: the one that was recorded, else where the interval lies."""
    found: dict[str, list[str]] = {}
    for name, entry in measured.items():
        if number := re.fullmatch(r"claim_(\d+)", name):
            claim = f"({number[1]}) {entry['title'].partition(': ')[2] or entry['title']}"
            found.setdefault(entry.get("verdict") or _verdict(entry), []).append(claim)
    if not found:
        return None
    text = ". ".join(f"{verdict[:1].upper()}{verdict[1:]}: {'; '.join(sorted(own))}" for verdict, own in found.items())
    return "The paper's claims.", f"{text}."


def _verdict(entry: Mapping[str, Any]) -> str:
    if not _known(entry):
        return "cannot be told"
    return "holds" if entry["low"] > 0 else "does not hold" if entry["high"] < 0 else "cannot be told"


def _misses(measured: Metrics) -> tuple[str, str] | None:
    """Goals that were set and are not reached."""
    missed = [e for e in measured.values() if e.get("goal") and e["value"] < e["goal"]]
    if not missed:
        return None
    return "Goals missed.", "; ".join(
        f"{e['title']}: {digits(e['value'])} of {digits(e['goal'])}" for e in missed
    ) + "."
