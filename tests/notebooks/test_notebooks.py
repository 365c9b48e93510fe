"""What a notebook of this project is: short, in order, executed, checked, at home on any machine."""

import ast
import copy
import io
import re
import tokenize
from pathlib import Path

import nbformat
import pytest

from a2i.runner import notebooks, parameters

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "notebooks"
NAMES = ("01_curate_dataset", "02_explore_mels", "03_pretrain_encoder", "04_train_gan", "05_analyse_failures",
         "06_imagine_a_sound")
COMMON = {"run": "mini", "data": "data/mini", "seed": 0}
UNCHECKED = ("nbval-ignore-output", "nbval-skip")
KNOWN = ("parameters", "nbval-ignore-output", "report", "trained")  # tags, beside close with its tolerance
NUMBERS = re.compile(r"(?<![\w.])(?<!notebook )\d+(?:\.\d+)?(?![\w.]*\w)")
LOOKED_AT = re.compile(r"<(Figure|IPython\.lib\.display\.Audio|IPython\.core\.display)")


@pytest.fixture(scope="module", params=NAMES)
def path(request) -> Path:
    return FOLDER / f"{request.param}.ipynb"


@pytest.fixture(scope="module")
def book(path) -> nbformat.NotebookNode:
    return nbformat.read(path, as_version=4)


def code(book) -> list:
    return [cell for cell in book.cells if cell.cell_type == "code"]


def tags(cell) -> list[str]:
    return cell.metadata.get("tags", [])


def texts(cell) -> list[str]:
    """What nbval compares of the outputs of a cell."""
    plain = [o.text if o.output_type == "stream" else o.get("data", {}).get("text/plain", "") for o in cell.outputs]
    return [text for text in plain if text and not LOOKED_AT.match(text)]


def lines(cell) -> list[str]:
    """The lines of code of a cell, without those that are empty or a comment."""
    return [line for line in cell.source.splitlines() if line.strip() and not line.strip().startswith("#")]


def test_the_six_notebooks_are_there_in_their_order():
    assert [path.stem for path in notebooks.find(FOLDER)] == list(NAMES)


def test_it_runs_on_the_kernel_that_every_machine_has(book):
    assert book.metadata.kernelspec.name == "python3"


def test_it_opens_with_its_number_title_and_question(path, book):
    first = book.cells[0]
    assert first.cell_type == "markdown"
    assert first.source.startswith(f"# {path.stem[:2]} ")
    assert re.search(r"\*\*[^*]+\?\*\*", first.source), "the question, in bold"


def test_it_has_one_cell_of_parameters_each_a_literal_with_its_type_and_a_comment(path, book):
    tagged = [cell for cell in code(book) if "parameters" in tags(cell)]
    assert len(tagged) == 1
    declared = parameters.declared(path)
    assigned = {node.target.id: node.annotation.id for node in ast.parse(tagged[0].source).body}
    assert list(declared) == list(assigned), "papermill sees every one"
    assert {name: type(parameter.default).__name__ for name, parameter in declared.items()} == assigned
    assert [name for name, parameter in declared.items() if len(parameter.help) < 3] == []
    assert {name: declared[name].default for name in COMMON} == COMMON


def test_the_notebooks_agree_on_what_they_share():
    parameters.union(parameters.declared(FOLDER / f"{name}.ipynb") for name in NAMES)


@pytest.mark.parametrize("profile", sorted(parameters.profiles(FOLDER / "profiles")))
def test_a_profile_sets_nothing_but_what_the_notebooks_declare(profile):
    allowed = parameters.union(parameters.declared(FOLDER / f"{name}.ipynb") for name in NAMES)
    parameters.check(parameters.read_profile(profile, FOLDER / "profiles"), allowed)


def test_the_profile_mini_is_the_defaults():
    allowed = parameters.union(parameters.declared(FOLDER / f"{name}.ipynb") for name in NAMES)
    defaults = {name: parameter.default for name, parameter in allowed.items()}
    assert parameters.check(parameters.read_profile("mini", FOLDER / "profiles"), allowed) == defaults


def test_it_was_executed_from_the_first_cell_to_the_last(book):
    filled = [cell for cell in code(book) if cell.source.strip()]
    assert [cell.execution_count for cell in filled] == list(range(1, len(filled) + 1))
    assert len(filled) == len(code(book)), "no empty cells"


def test_it_has_no_errors_and_no_warnings(book):
    for cell in code(book):
        for output in cell.outputs:
            assert output.output_type != "error", cell.source
            assert output.get("name") != "stderr", output.text


def test_it_defines_nothing(book):
    for cell in code(book):
        for node in ast.walk(ast.parse(cell.source)):
            assert not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef), cell.source
            named = isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda)
            assert not named, "a lambda with a name is a function"


def test_it_ends_no_line_with_a_semicolon_and_uses_no_magic(book):
    for cell in code(book):
        ast.parse(cell.source)  # which %magic and !commands are not
        kinds = [token for token in tokenize.generate_tokens(io.StringIO(cell.source).readline)]
        assert not [token for token in kinds if token.string == ";"], cell.source


def test_its_cells_are_short(book):
    long = [cell.source for cell in code(book) if len(lines(cell)) > (30 if "parameters" in tags(cell) else 25)]
    assert long == []
    assert sum(len(lines(cell)) for cell in code(book)) <= 120
    assert max(len(line) for cell in code(book) for line in cell.source.splitlines()) <= 120


def test_enough_of_its_outputs_are_checked(book):
    checked = [cell for cell in code(book) if texts(cell) and not set(tags(cell)) & set(UNCHECKED)]
    assert len(checked) >= 5
    assert sum(bool(set(tags(cell)) & set(UNCHECKED)) for cell in code(book)) <= 2


def test_its_tags_are_known(book):
    for cell in code(book):
        for tag in tags(cell):
            assert tag in KNOWN or re.fullmatch(r"close(-\d+(\.\d+)?e-\d+)?", tag), tag


def findings(book) -> tuple[nbformat.NotebookNode, list]:
    """The prose that the notebook closes with, and the cells of code behind it."""
    place = max(i for i, cell in enumerate(book.cells) if cell.cell_type == "markdown")
    assert "## Findings\n" in book.cells[place].source
    return book.cells[place], book.cells[place + 1 :]


def unprinted(book) -> list[str]:
    """The numbers that the Findings quote and that no checked cell printed."""
    printed = " ".join(text for cell in code(book) if "nbval-ignore-output" not in tags(cell) for text in texts(cell))
    quoted = NUMBERS.findall(findings(book)[0].source.partition("## Findings\n")[2])
    return [number for number in quoted if number not in NUMBERS.findall(printed)]


def test_its_findings_quote_no_number_that_a_checked_cell_did_not_print(book):
    assert unprinted(book) == []
    planted = copy.deepcopy(book)
    findings(planted)[0].source += " That is 0.8191 of them."
    assert unprinted(planted) == ["0.8191"], "and one that was made up is found"


def test_its_findings_end_with_numbers_that_a_checked_cell_prints(book):
    checked = [cell for cell in findings(book)[1] if not set(tags(cell)) & set(UNCHECKED)]
    assert any(NUMBERS.search(text) for cell in checked for text in texts(cell))


def test_it_is_small(path):
    assert path.stat().st_size < 1_000_000
    assert sum((FOLDER / f"{name}.ipynb").stat().st_size for name in NAMES) < 5_000_000


def test_it_is_at_home_on_any_machine(path, book):
    text = path.read_text(encoding="utf-8")
    for place in (str(ROOT), str(Path.home()) + "/", "/tmp/", "/Users/", "site-packages"):
        assert place not in text, place
    for cell in book.cells:
        assert set(cell.metadata) <= {"tags"}, "times and editors' marks are stripped"


def test_its_page_needs_nothing_from_outside(book):
    for cell in book.cells:
        if cell.cell_type == "markdown":
            assert not re.search(r"!\[[^\]]*\]\((?!attachment:)", cell.source), "pictures come from cells"
            assert not re.search(r"\$[^$\n]+\$", cell.source), "formulas would need a script"


def test_prose_stands_beside_every_figure(book):
    kinds = ["markdown", *(cell.cell_type for cell in book.cells), "markdown"]
    for before, cell, after in zip(kinds, book.cells, kinds[2:]):
        if cell.source.endswith("plt.show()"):
            assert "markdown" in (before, after), cell.source
