"""What there is to be named on the command line, for the shell that completes it: profiles, parameters, runs."""

from typing import Any


def profiles(**_: Any) -> list[str]:
    """The names of all profiles."""
    from a2i.core.paths import root

    return [path.stem for path in (root() / "notebooks" / "profiles").glob("*.yaml")]


def runs(**_: Any) -> list[str]:
    """The names of all runs that have numbers."""
    from a2i.core.paths import root

    return [path.parent.name for path in (root() / "reports").glob("*/metrics.json")]


def parameters(**_: Any) -> list[str]:
    """What may stand behind -p: the names of all parameters of the notebooks, each with its `=`."""
    from a2i.core.paths import root
    from a2i.runner import notebooks
    from a2i.runner.parameters import declared, union

    return [f"{name}=" for name in union(map(declared, notebooks.find(root() / "notebooks")))]
