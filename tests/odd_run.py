"""An odd set through the notebooks in this process: it ends with a report, or with one sentence."""

import traceback
import warnings
from dataclasses import dataclass, field
from pathlib import Path

import inline_notebooks
from odd_sets import OddSet

from a2i.core.errors import A2IError

TOY = {
    "03": {"encoder_width": 4, "encoder_embedding": 8, "encoder_epochs": 1, "encoder_batch": 4},
    "04": {"gf": 4, "df": 4, "gan_steps": 2, "gan_batch": 4, "rival_steps": 1},
    "05": {"judge_epochs": 1, "pictures_per_sound": 2},
    "06": {"turned_clips": 1},
}  # the smallest of everything

SHOWN = (RuntimeWarning, FutureWarning, UserWarning)  # warnings that a notebook would print


@dataclass
class Ending:
    """How a set ended: after which notebooks, and with which sentence or traceback."""

    ran: list[str] = field(default_factory=list)
    sentence: str = ""
    fault: str = ""  # a traceback, or a sentence that is none
    warned: list[str] = field(default_factory=list)
    printed: str = ""


def go(made: OddSet, root: Path, notebooks: tuple[str, ...] = ("01", "02")) -> Ending:
    """Runs the notebooks in their order until one ends the run; `root` takes the place of the repository."""
    ending = Ending()
    common = {"run": "odd", "data": "data/odd"}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for name in notebooks:
            own = {**made.parameters, "workers": 1} if name == "01" else TOY.get(name, {})
            try:
                ending.printed += inline_notebooks.run(name, root, **common, **own)
            except A2IError as error:
                ending.sentence = str(error)
                if "\n" in ending.sentence or not 20 < len(ending.sentence) < 500:
                    ending.fault = f"no sentence: {error!r}"
                break
            except Exception:  # noqa: BLE001 (whatever else it is, is what is looked for)
                ending.fault = f"notebook {name}\n{traceback.format_exc()}"
                break
            ending.ran.append(name)
    ending.warned = sorted({f"{w.category.__name__}: {w.message}" for w in caught if issubclass(w.category, SHOWN)})
    return ending
