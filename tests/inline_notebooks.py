"""The code cells of a notebook, run one after the other in this process: the same statements as in a kernel, without the
seconds that starting one takes."""

import ast
import contextlib
import io
import os
from pathlib import Path
from typing import Any

import matplotlib as mpl
import nbformat

from a2i.runner import parameters

FOLDER = Path(__file__).resolve().parents[1] / "notebooks"


def run(notebook: str, root: Path, namespace: dict[str, Any] | None = None, **values: Any) -> str:
    """Runs the notebook whose name begins with `notebook` under `values`, with `root` for the repository's.

    Returns all that it printed or showed as text; what it defined is in `namespace`. What a cell raises goes through.
    """
    path = next(FOLDER.glob(f"{notebook}*.ipynb"))
    checked = parameters.check(values, parameters.declared(path))
    namespace = {} if namespace is None else namespace
    namespace["__name__"] = path.stem
    printed = io.StringIO()
    saved = os.environ.get("A2I_ROOT")
    os.environ["A2I_ROOT"] = str(root)
    try:
        with contextlib.redirect_stdout(printed), mpl.rc_context({"figure.max_open_warning": 0}):
            for cell in nbformat.read(path, as_version=4).cells:
                if cell.cell_type == "code":
                    _run_cell(cell.source, f"{path.stem}[{cell.id}]", namespace)
                if "parameters" in cell.metadata.get("tags", []):
                    namespace.update(checked)
    finally:
        os.environ.pop("A2I_ROOT")
        os.environ |= {"A2I_ROOT": saved} if saved else {}
        mpl.pyplot.close("all")
    return printed.getvalue()


def _run_cell(source: str, name: str, namespace: dict[str, Any]) -> None:
    """Runs a cell, and shows its last expression as a notebook would."""
    tree = ast.parse(source, name)
    last = tree.body.pop() if tree.body and isinstance(tree.body[-1], ast.Expr) else None
    exec(compile(tree, name, "exec"), namespace)  # noqa: S102 (what a kernel does)
    if last is not None:
        value = eval(compile(ast.Expression(last.value), name, "eval"), namespace)
        if value is not None:
            getattr(value, "_repr_html_", str)()
            print(value)
