"""One notebook as a step of a run: its order, its title, its fingerprint, its execution without a screen."""

import hashlib
import json
import logging
import os
import re
from collections.abc import Callable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import nbformat

from a2i.core import source
from a2i.core.errors import A2IError
from a2i.core.paths import resolve
from a2i.runner.parameters import INPUTS, Value, paths

NUMBERED = re.compile(r"\d\d_\w+\.ipynb")


class CellFailed(Exception):
    """A notebook stopped; the message names the cell and the error on one line."""


def find(folder: Path) -> list[Path]:
    """The numbered notebooks in `folder`, in their order. Raises A2IError where there is none."""
    found = sorted(path for path in folder.glob("*.ipynb") if NUMBERED.fullmatch(path.name))
    if not found:
        raise A2IError(f"there are no numbered notebooks in {folder}")
    return found


def title(notebook: Path) -> str:
    """The first heading of `notebook`, else its name."""
    for cell in nbformat.read(notebook, as_version=4).cells:
        heading = re.match(r"#\s+(.+)", cell.source) if cell.cell_type == "markdown" else None
        if heading:
            return heading[1].strip()
    return notebook.stem


def fingerprint(notebook: Path, parameters: Mapping[str, Value], previous: str) -> str:
    """A hash of all that the outcome of `notebook` depends on.

    That is: its code, the parameters it declares, the rooms of the package that it reaches, the files that parameters
    name, and the fingerprint of the notebook before it.
    """
    code = [cell.source for cell in nbformat.read(notebook, as_version=4).cells if cell.cell_type == "code"]
    package = source.fingerprint(source.reached("\n".join(code)))
    inputs = {
        name: [_content(resolve(part)) for part in paths(name, parameters[name])]
        for name in INPUTS
        if name in parameters
    }
    return _hash(json.dumps([code, dict(parameters), inputs, package, previous], sort_keys=True, default=str))


def _content(path: Path) -> str:
    """A hash of a file's bytes; of a folder, the names, sizes and times of all that lies in it."""
    if path.is_dir():
        rows = []
        for folder, _, names in os.walk(path):
            for name in names:
                state = os.stat(os.path.join(folder, name))
                rows.append((os.path.relpath(os.path.join(folder, name), path), state.st_size, state.st_mtime_ns))
        return _hash(json.dumps(sorted(rows)))
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()


def execute(notebook: Path, output: Path, parameters: Mapping[str, Value], started: Callable[[int, int], Any]) -> None:
    """Runs `notebook` by papermill in its own folder, with this interpreter's kernel; writes it, executed, to `output`.

    `started(n, total)` is called as the n-th of its cells begins. Raises CellFailed where a cell fails, where the
    kernel dies, and where a cell ended the run early without an error; `output` then shows how far it went.
    """
    from nbclient.exceptions import DeadKernelError
    from papermill.exceptions import PapermillExecutionError

    try:
        done = _papermill(notebook, output, parameters, started)
    except PapermillExecutionError as error:
        what = " ".join(error.evalue.split())
        where = "" if error.ename == "A2IError" else f"cell [{error.exec_count}]: {error.ename}: "
        raise CellFailed(where + what) from error
    except DeadKernelError as error:
        raise CellFailed("its Python process was killed, most likely for want of memory") from error
    except RuntimeError as error:  # what jupyter_client raises
        raise CellFailed(f"its Python process did not start: {' '.join(str(error).split())}") from error
    _tidy(done, output)
    for number, cell in enumerate(done.cells, 1):
        if cell.cell_type == "code" and cell.source.strip() and not _complete(cell):
            raise CellFailed(f"cell {number} did not run to its end")


def _papermill(
    notebook: Path, output: Path, parameters: Mapping[str, Value], started: Callable[[int, int], Any]
) -> nbformat.NotebookNode:
    from papermill import execute_notebook

    for logger in ("papermill", "asyncio"):  # what goes wrong is raised
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    total = len(nbformat.read(notebook, as_version=4).cells) + bool(parameters)  # papermill adds a cell for them
    with TemporaryDirectory(prefix="a2i-") as sockets:
        return execute_notebook(
            notebook,
            output,
            parameters=dict(parameters),
            kernel_name="python3",
            language="python",
            kernel_manager_class=_own_kernel(sockets),
            extra_arguments=["--log-level=CRITICAL"],
            start_timeout=300,
            cwd=notebook.parent,
            progress_bar=False,
            on_cell_start=lambda cell, cell_index: started(cell_index + 1, total),
        )


def _tidy(done: nbformat.NotebookNode, output: Path) -> None:
    """Writes the executed notebook with what was printed in one go as one output.

    Papermill would join all that a cell printed, also what stands between two players and names the second.
    """
    from nbconvert.preprocessors import CoalesceStreamsPreprocessor

    nbformat.write(CoalesceStreamsPreprocessor(enabled=True).preprocess(done, {})[0], output)


def _complete(cell: nbformat.NotebookNode) -> bool:
    """Whether a code cell ran to its end: papermill calls a notebook that left by sys.exit(0) a success."""
    return cell.execution_count is not None and not any(output.output_type == "error" for output in cell.outputs)


def _own_kernel(folder: str) -> type:
    """A kernel manager whose one kernel is the interpreter that runs this, whatever kernels the user has installed.

    It is spoken to by sockets in `folder`: a TCP port may be taken by another kernel before this one gets hold of it.
    """
    from ipykernel.kernelspec import RESOURCES, get_kernel_dict
    from jupyter_client.kernelspec import KernelSpec
    from jupyter_client.manager import AsyncKernelManager

    class OwnKernel(AsyncKernelManager):
        def __init__(self, **traits: Any):
            super().__init__(transport="ipc", connection_file=os.path.join(folder, "kernel.json"), **traits)

        @property
        def kernel_spec(self) -> KernelSpec:
            return KernelSpec(resource_dir=RESOURCES, **get_kernel_dict())

    return OwnKernel
