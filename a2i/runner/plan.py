"""What a run is going to do: its parameters, its folders, its notebooks in their order. Nothing is written here."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import zip_longest
from pathlib import Path
from typing import Any

from a2i.core.errors import A2IError
from a2i.core.paths import report_folder, resolve, root, shown
from a2i.runner import notebooks, parameters
from a2i.runner.parameters import Parameter, Value
from a2i.runner.state import RunState

CURATES = "source"  # the notebook that has this parameter makes the store


@dataclass(frozen=True)
class Step:
    """A notebook of a run and its parameters."""

    book: Path
    values: dict[str, Value]  # all that it declares
    changed: dict[str, Value]  # those that are not at their defaults, which papermill sets
    hint: float | None  # s, how long it may take where it has never run

    @property
    def name(self) -> str:
        return self.book.stem

    @classmethod
    def of(
        cls, book: Path, declared: Mapping[str, Parameter], values: Mapping[str, Value], hint: float | None
    ) -> "Step":
        """The part of a run's `values` that `book` declares."""
        own = {name: values[name] for name in declared}
        return cls(book, own, {name: value for name, value in own.items() if value != declared[name].default}, hint)


@dataclass(frozen=True)
class Plan:
    """A run that has not begun."""

    profile: str
    remark: str  # what the report must say of itself
    values: dict[str, Value]
    steps: tuple[Step, ...]
    makes_store: bool = True  # False where the store is another run's,
    before: str = ""  # and then the fingerprint of what made it

    @property
    def folder(self) -> Path:
        return report_folder(str(self.values["run"]))

    @property
    def data(self) -> Path | None:
        return resolve(str(self.values["data"])) if self.values.get("data") else None

    def fingerprints(self) -> list[str]:
        """All that the outcome of each step depends on, as a hash."""
        found = [self.before]
        for step in self.steps:
            found.append(notebooks.fingerprint(step.book, step.values, found[-1]))
        return found[1:]

    def todo(self, fresh: bool = False) -> list[dict[str, Any]]:
        """The steps by name: whether each would be run, and how long that took or may take, s."""
        state = RunState(self.folder, self.data)
        holds = [
            state.holds(step.name, fingerprint)
            for step, fingerprint in zip(self.steps, self.fingerprints(), strict=True)
        ]
        upto = holds.index(False) if False in holds else len(holds)
        return [
            {"notebook": step.name, "runs": fresh or number >= upto, "seconds": state.seconds(step.name) or step.hint}
            for number, step in enumerate(self.steps)
        ]

    def described(self, *, fresh: bool = False) -> dict[str, Any]:
        """The plan for people and scripts; `fresh` as in `run`."""
        places = {"report": shown(self.folder), "store": shown(self.data) if self.data else None}
        return {"profile": self.profile, **places, "parameters": self.values, "notebooks": self.todo(fresh)}


def planned(profile: str, overrides: Mapping[str, Any], folder: Path | None = None, *, seeds: int = 1) -> list[Plan]:
    """The runs of the notebooks of `folder` (the repository's) under `profile`: one, or one for each of `seeds`.

    `overrides` go before what the profile sets; where they name a run and no folder for its store, that is named after
    it. The second run is NAME-seed1 and so on; all share the first one's store. Raises A2IError for parameters that no
    notebook has, values out of range and files that are not there.
    """
    folder = folder or root() / "notebooks"
    declared = {book: parameters.declared(book) for book in notebooks.find(folder)}
    allowed = parameters.union(declared.values())
    given = {**parameters.read_profile(profile, folder / "profiles"), **parameters.with_store(overrides, allowed)}
    values = parameters.located(parameters.resolve_source(parameters.check(given, allowed)))
    hints = parameters.expected_seconds(profile, folder / "profiles")[: len(declared)]
    steps = tuple(Step.of(book, own, values, hint) for (book, own), hint in zip_longest(declared.items(), hints))
    first = Plan(profile, parameters.remark(profile, folder / "profiles"), values, steps)
    if not 1 <= seeds <= 100:
        raise A2IError(f"seeds must be 1 to 100, not {seeds}")
    return [first, *(_with_seed(first, number, declared, allowed) for number in range(1, seeds))]


def _with_seed(
    first: Plan, number: int, declared: Mapping[Path, Mapping[str, Parameter]], allowed: Mapping[str, Parameter]
) -> Plan:
    """`first` with another seed, from the first notebook on that no longer makes the store."""
    if "seed" not in first.values:
        raise A2IError("no notebook has a parameter 'seed': there is nothing to vary")
    other = {"run": f"{first.values['run']}-seed{number}", "seed": first.values["seed"] + number}
    values = parameters.located(parameters.check(first.values | other, allowed))
    made = [i for i, step in enumerate(first.steps) if CURATES in step.values]
    begin = made[-1] + 1 if made else 0
    steps = tuple(Step.of(step.book, declared[step.book], values, step.hint) for step in first.steps[begin:])
    before = first.fingerprints()[begin - 1] if begin else ""
    return replace(first, values=values, steps=steps, makes_store=False, before=before)
