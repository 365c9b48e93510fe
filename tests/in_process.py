"""A notebook's cells run one after the other in this process: the same code without a kernel's start."""

import ast
from pathlib import Path
from typing import Any

import matplotlib as mpl
import nbformat
from matplotlib import pyplot as plt

from a2i.runner import parameters

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"


def run_cells(name: str, **given: Any) -> dict[str, Any]:
    """Runs the notebook whose name begins with `name` with these parameters; returns what it has defined.

    `outputs` in it holds what each cell's last line shows. Raises what a cell raises.
    """
    path = next(FOLDER.glob(f"{name}*.ipynb"))
    unknown = set(given) - set(parameters.declared(path))
    assert not unknown, f"{path.stem} has no parameters {unknown}"
    space: dict[str, Any] = {"__name__": "__main__"}
    outputs: list[Any] = []
    with mpl.rc_context(), plt.ioff():
        for cell in nbformat.read(path, as_version=4).cells:
            if cell.cell_type == "code":
                outputs.append(_run(cell.source, space))
            if "parameters" in cell.metadata.get("tags", []):
                space |= given
        plt.close("all")
    return space | {"outputs": outputs}


def _run(source: str, space: dict[str, Any]) -> Any:
    """Runs a cell; the value of its last line where that is an expression, as a notebook shows it."""
    tree = ast.parse(source)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, "cell", "exec"), space)  # noqa: S102 (our own notebooks)
    return eval(compile(ast.Expression(last.value), "cell", "eval"), space) if last else None  # noqa: S307
