"""The card of an exported model, after Mitchell et al. (2019): what it does, what it learnt from, how good it is, and where
not to trust it. Every number is one of the run's own."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import a2i
from a2i.data.classes import title
from a2i.evaluation import metrics

if TYPE_CHECKING:
    from a2i.imagine import Pair

SOURCES = {
    "miniworld": (
        "The mini world: ten drawn, sounding scenes made by code, free of others' rights. What is learnt from it knows drawings, "
        "not photographs, and synthetic sounds, not recordings.", "MIT",
    ),
    "lists": (
        "Segments of a published list such as AudioSet's (the list: Google, CC BY 4.0). The videos belong to their owners; see "
        "to it that your use of what was learnt from them is allowed.", "other",
    ),
}  # fmt: skip
UNTOLD = ("What clips it learnt from is not recorded with the run.", "other")
OWN = ("Clips of the user's own, who knows what may be done with what was learnt from them.", "other")


def text(run: Path, pair: "Pair") -> str:
    """The card of the model that `pair` is, from what lies in the folder `run`. Markdown, with the head that model hubs read."""
    params = _json(run / "params.json").get("parameters", {})
    data, licence = SOURCES.get(params["source"], OWN) if params.get("source") else UNTOLD
    return f"""---
license: {licence.lower()}
library_name: a2i
tags: [audio-to-image, sound, safetensors]
---

# {", ".join(title(name) for name in pair.classes)}: pictures from sound

Listens to ten seconds of sound and draws a 64x64 picture of what makes it. An encoder (a classifier of log-mels) describes
the sound; a generator draws from the description and noise. Made by Audio2Img {a2i.__version__}.

## Use

```python
import a2i.imagine

found = a2i.imagine.load("FOLDER").imagine("sound.wav", count=8)  # found.pictures: uint8 (8, 64, 64, 3)
```

or `a2i imagine sound.wav --model FOLDER --out sound.png`. `FOLDER` is this one; nothing else is needed.

## Data

{data}

{_counts(run, params)}

## Networks

{_networks(run, pair)}

## Measures

On evaluation clips, of which no sound and no frame was trained on. Intervals are of 95 %; they say how far other clips would
move a number, not how far another seed of the training would, unless more than one seed is named. The floor is what comes of
chance or of real frames, the ceiling what a real frame reaches.

{_measures(metrics.read(run))}

## Limits

{_limits(pair, metrics.read(run))}

## Licence

Code: MIT. Weights: {"MIT, as is the world they learnt from" if licence == "MIT" else "as the clips allow that they were learnt from"}.
"""


def _json(path: Path) -> dict[str, Any]:
    """What a file of JSON holds; nothing where it is not there or broken."""
    try:
        return json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}


def _counts(run: Path, params: Mapping[str, Any]) -> str:
    usable = metrics.read(run).get("clips", {}).get("value")
    told = [f"{usable:.0f} usable clips"] if usable else []
    told += [f"difficulty {params['difficulty']}"] if params.get("source") == "miniworld" else []
    names = {"train_per_class": "training clips a class", "eval_per_class": "evaluation clips a class", "seed": "seed"}
    told += [f"{label} {params[name]}" for name, label in names.items() if params.get(name) is not None]
    return "; ".join(told) + "." if told else "How many clips there were is not recorded with the run."


def _networks(run: Path, pair: "Pair") -> str:
    parts = {"encoder": pair.encoder, "gan": pair.generator}
    rows = ["| part | parameters | settings |", "| --- | --- | --- |"]
    for name, network in parts.items():
        settings = _json(run / name / "stage.json").get("request", {}).get("settings", {})
        told = ", ".join(f"{key} {value}" for key, value in settings.items())
        rows.append(f"| {name} | {sum(p.numel() for p in network.parameters()) / 1e6:.2f} M | {told or 'in the file'} |")
    environment = _json(run / "environment.json")
    packages = environment.get("packages", {})
    if packages:
        rows += ["", f"Trained on {environment.get('device', 'an unknown device')} with torch {packages.get('torch', '?')}."]
    return "\n".join(rows)


def _measures(found: Mapping[str, Mapping[str, Any]]) -> str:
    if not found:
        return "This run was not evaluated: nothing is known of how good the model is."
    rows = ["| what | value | 95 % interval | floor | ceiling | goal | n | seeds |", "| --- | --- | --- | --- | --- | --- | --- | --- |"]
    for one in found.values():
        interval = f"{one['low']:.4g} to {one['high']:.4g}" if {"low", "high"} <= set(one) else ""
        ends = [f"{one[key]:.4g}" if one.get(key) else "" for key in ("floor", "ceiling", "goal")]
        value = f"{one['value']:.4g} {one.get('unit', '')}".strip()
        rows.append(f"| {' | '.join([one['title'].replace('|', '/'), value, interval, *ends, str(one['n']), str(one['seeds'])])} |")
    return "\n".join(rows)


def _limits(pair: "Pair", found: Mapping[str, Mapping[str, Any]]) -> str:
    told = [
        f"It knows {len(pair.classes)} classes and draws one of them whatever it hears"
        + (": what is unlike all training clips is told as none of the classes." if pair.calibration else ", however unlike.")
    ]
    told += ["Pictures are 64x64 inventions: what is seen in one is no evidence of what was there."]
    told += ["It hears ten seconds; of a longer sound those to which the encoder attends most."]
    missed = [one["title"] for one in found.values() if one.get("goal") and one["value"] < one["goal"]]
    told += [f"It misses its own goal: {name}." for name in missed]
    single = bool(found) and all(one.get("seeds", 1) == 1 for one in found.values())
    told += ["One seed stands behind every number above."] if single else []
    return "\n".join(f"- {line}" for line in told)
