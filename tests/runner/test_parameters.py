"""What a profile or a command line may set, and what it must not."""

import re
from pathlib import Path

import pytest
from toy_notebooks import COMMON, write

from a2i.core.errors import A2IError
from a2i.data.dataset import split_names
from a2i.runner import parameters
from a2i.runner.parameters import Parameter


def allowed(**defaults):
    return {name: Parameter(name, default, "") for name, default in defaults.items()}


def test_a_notebook_declares_its_parameters_with_types_and_comments(tmp_path):
    book = write(tmp_path / "01_a.ipynb", parameters=COMMON + "lr: float = 8.0e-4  # step size\nkeep = False  # all of them\n")
    found = parameters.declared(book)
    assert found["lr"] == Parameter("lr", 8e-4, "step size")
    assert [type(p.default) for p in found.values()] == [str, str, int, float, bool]


@pytest.mark.parametrize("value", ["(1, 2)", "Path('x')", "[1]", "None", "2 * 3"])
def test_a_parameter_that_is_no_plain_literal_is_refused(tmp_path, value):
    book = write(tmp_path / "01_a.ipynb", parameters=f"x = {value}  # x\n")
    with pytest.raises(A2IError, match=r"01_a.ipynb: parameter 'x' must be a literal"):
        parameters.declared(book)


@pytest.mark.parametrize("kind", ["", ": str"])
def test_a_parameter_that_papermill_would_lose_is_refused(tmp_path, kind):
    book = write(tmp_path / "01_a.ipynb", parameters=COMMON + f"shares{kind} = ''  # such as cat=1/3\n")
    with pytest.raises(A2IError, match="the comment of parameter 'shares'"):
        parameters.declared(book)


def test_notebooks_must_agree_on_a_shared_default():
    together = parameters.union([allowed(seed=0, a=1), allowed(seed=0, b=2)])
    assert list(together) == ["seed", "a", "b"]
    with pytest.raises(A2IError, match="disagree on the default of 'seed': 0 and 1"):
        parameters.union([allowed(seed=0), allowed(seed=1)])
    with pytest.raises(A2IError, match="disagree"):
        parameters.union([allowed(seed=0), allowed(seed=False)])


def test_what_is_not_set_keeps_its_default():
    assert parameters.check({"seed": 3}, allowed(seed=0, run="mini")) == {"seed": 3, "run": "mini"}


def test_an_unknown_name_is_refused_and_the_nearest_named():
    with pytest.raises(A2IError, match=r"no notebook has a parameter 'epoch'; did you mean 'epochs'\?"):
        parameters.check({"epoch": 3}, allowed(seed=0, epochs=2))
    with pytest.raises(A2IError, match=r"no notebook has a parameter 'zzzzzz'$"):
        parameters.check({"zzzzzz": 3}, allowed(seed=0, epochs=2))


@pytest.mark.parametrize(
    ("default", "value"),
    [
        (0, 1.5),
        (0, True),
        (0, "3"),
        (0.5, "x"),
        (0.5, False),
        (True, 1),
        (True, "yes"),
        ("a", 1),
        ("a", None),
        ("a", [1]),
    ],
)
def test_a_wrong_type_is_refused(default, value):
    with pytest.raises(A2IError, match="parameter 'x' must be"):
        parameters.check({"x": value}, allowed(x=default))


def test_a_whole_number_will_do_for_a_number():
    checked = parameters.check({"x": 2}, allowed(x=0.5))
    assert checked == {"x": 2.0}
    assert type(checked["x"]) is float


@pytest.mark.parametrize("value", [1, 10**14, -3])
def test_a_number_out_of_the_range_that_its_comment_names_is_refused(value):
    batch = {"batch": Parameter("batch", 32, "pictures a step (2 to 4096)")}
    assert parameters.check({"batch": 2}, batch) == {"batch": 2}
    with pytest.raises(A2IError, match=f"parameter 'batch' must be 2 to 4096, not {value}$"):
        parameters.check({"batch": value}, batch)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 1e-9])
def test_a_rate_out_of_its_range_is_refused(value):
    with pytest.raises(A2IError, match="parameter 'rate' must be 1e-7 to 1, not"):
        parameters.check({"rate": value}, {"rate": Parameter("rate", 0.1, "step size (1e-7 to 1)")})


def test_a_text_that_is_none_of_those_its_comment_names_is_refused_and_the_nearest_named():
    pooling = {"pooling": Parameter("pooling", "mean", "over time (one of mean, attention)")}
    assert parameters.check({"pooling": "attention"}, pooling) == {"pooling": "attention"}
    with pytest.raises(A2IError, match=r"must be one of mean, attention, not 'atention'; did you mean 'attention'\?"):
        parameters.check({"pooling": "atention"}, pooling)


@pytest.mark.parametrize(
    ("line", "hint"),
    [
        ("run: off", "not false (YAML reads on, off, yes and no as true and false: put the word in quotes"),
        ("run: 2026-01-01", """not 2026-01-01 (YAML reads a date: put it in quotes: "'2026-01-01'")"""),
        ("run: 7", """not 7 (put it in quotes: "'7'")"""),
        ("run:", "must be text such as 'mini', not null"),
        ("run: [a, b]", 'must be text such as \'mini\', not ["a", "b"]'),
        ("seed: 2026-01-01", "must be a whole number such as 0, not 2026-01-01"),
    ],
)
def test_what_yaml_makes_of_a_profiles_line_is_explained(tmp_path, line, hint):
    (tmp_path / "mini.yaml").write_text(f"{line}\n")
    with pytest.raises(A2IError) as caught:
        parameters.check(parameters.read_profile("mini", tmp_path), allowed(run="mini", seed=0))
    assert hint in str(caught.value)


def test_a_store_is_named_after_a_run_that_is_named():
    both = allowed(run="mini", data="data/mini")
    assert parameters.with_store({"run": "x"}, both) == {"run": "x", "data": "data/x"}
    assert parameters.with_store({"run": "x", "data": "d"}, both) == {"run": "x", "data": "d"}
    assert parameters.with_store({}, both) == {}


def test_the_number_that_yaml_takes_for_text_is_explained():
    overrides = parameters.parse_overrides(["lr=1e-5"])
    with pytest.raises(A2IError, match=r"YAML reads '1e-5' as text: write 1\.0e-05"):
        parameters.check(overrides, allowed(lr=8e-4))
    assert parameters.parse_overrides(["lr=1.0e-05"]) == {"lr": 1e-5}


def test_overrides_are_yaml_scalars_and_anything_else_is_text():
    settings = ["a=3", "b=0.5", "c=true", "d=", "e=x=y", "f=a: b", "g=[1", "h=2026-01-01", "i='7'", "j=~"]
    expected = {
        "a": 3,
        "b": 0.5,
        "c": True,
        "d": "",
        "e": "x=y",
        "f": "a: b",
        "g": "[1",
        "h": "2026-01-01",
        "i": "7",
        "j": "~",
    }
    assert parameters.parse_overrides(settings) == expected


@pytest.mark.parametrize("setting", ["seed", "=3", "--fresh"])
def test_an_override_without_name_or_value_is_refused(setting):
    with pytest.raises(A2IError, match="set as name=value"):
        parameters.parse_overrides([setting])


def test_a_profile_that_does_not_exist_is_refused_with_those_that_do(tmp_path):
    for name in ("mini", "clips"):
        (tmp_path / f"{name}.yaml").write_text(f"run: {name}\n")
    with pytest.raises(A2IError, match=r"no profile 'clip'; did you mean 'clips'\?: the profiles are clips, mini"):
        parameters.read_profile("clip", tmp_path)
    with pytest.raises(A2IError, match="the profiles are"):
        parameters.read_profile("../mini", tmp_path)
    assert parameters.read_profile("mini", tmp_path) == {"run": "mini"}


@pytest.mark.parametrize(
    ("content", "message"), [("- a\n", "name: value"), ("a: [\n", "is not YAML"), ("just text", "name: value")]
)
def test_a_profile_that_is_no_mapping_is_refused(tmp_path, content, message):
    (tmp_path / "mini.yaml").write_text(content)
    with pytest.raises(A2IError, match=message):
        parameters.read_profile("mini", tmp_path)


def test_an_empty_profile_sets_nothing(tmp_path):
    (tmp_path / "mini.yaml").write_text("# the default\n# seconds on 2 cores: 40, 20.5\n")
    assert parameters.read_profile("mini", tmp_path) == {}
    assert parameters.profiles(tmp_path) == {"mini": "the default"}
    assert parameters.expected_seconds("mini", tmp_path) == [40.0, 20.5]


LISTS = {"train_segments": "a.csv", "eval_segments": "b.csv", "media": "m"}
NOTHING = dict.fromkeys(LISTS, "")


@pytest.mark.parametrize(("given", "source"), [(LISTS, "lists"), ({"media": "m"}, "folder")])
def test_the_source_is_decided_by_what_is_given(given, source):
    values = {**NOTHING, **given}
    assert parameters.resolve_source({"source": "auto", **values}) == {"source": source, **values}


@pytest.mark.parametrize("source", ["miniworld", "folder", "lists"])
def test_a_named_source_stays(source):
    assert parameters.resolve_source({"source": source, **LISTS}) == {"source": source, **LISTS}


@pytest.mark.parametrize(
    ("source", "given"),
    [
        ("auto", {}),
        ("folder", {}),
        ("lists", {}),
        ("lists", {"media": "m"}),
        ("auto", {"train_segments": "a", "media": "m"}),
    ],
)
def test_own_clips_must_be_named(source, given):
    with pytest.raises(A2IError, match="name your clips: -p train_segments="):
        parameters.resolve_source({"source": source, **NOTHING, **given})


def test_files_that_are_not_there_are_found_before_anything_runs(tmp_path, monkeypatch):
    monkeypatch.setenv("A2I_ROOT", str(tmp_path))
    (tmp_path / "list.csv").touch()
    (tmp_path / "empty").mkdir()
    good = {"run": "x", "train_segments": "list.csv, list.csv", "labels": "", "classes": "list.csv"}
    absolute = f"{tmp_path / 'list.csv'},{tmp_path / 'list.csv'}"
    assert parameters.located(good) == good | {"train_segments": absolute}
    with pytest.raises(A2IError, match=r"train_segments: there is no lost.csv"):
        parameters.located({"run": "x", "train_segments": "lost.csv"})
    with pytest.raises(A2IError, match="exclude: there is no lost.csv"):
        parameters.located({"run": "x", "exclude": "list.csv, lost.csv"})
    with pytest.raises(A2IError, match="media: the folder empty is empty"):
        parameters.located({"run": "x", "media": "empty"})


def test_a_comma_in_a_path_is_no_comma_between_two(tmp_path, monkeypatch):
    monkeypatch.setenv("A2I_ROOT", str(tmp_path))
    monkeypatch.chdir(tmp_path)
    (tmp_path / "cats, dogs").mkdir()
    (tmp_path / "cats, dogs" / "a,b.csv").touch()
    (tmp_path / "c.csv").touch()
    list_path = tmp_path / "cats, dogs" / "a,b.csv"
    given = {"run": "x", "media": "cats, dogs", "train_segments": "cats, dogs/a,b.csv", "exclude": f'"{list_path}", c.csv'}
    found = parameters.located(parameters.from_here(given))
    assert found["media"] == str(tmp_path / "cats, dogs")
    assert split_names(found["train_segments"]) == (str(list_path),)
    assert split_names(found["exclude"]) == (str(list_path), str(tmp_path / "c.csv"))
    assert found == parameters.located(given)


@pytest.mark.parametrize("run", ["", "../up", "/abs", "a/b", ".hidden", "a b", "x" * 65])
def test_a_run_must_have_a_plain_name(run):
    with pytest.raises(A2IError, match="is no name for a folder"):
        parameters.located({"run": run})


def test_a_file_in_the_current_folder_is_what_a_shell_means(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "list.csv").touch()
    given = {"train_segments": "list.csv", "media": "elsewhere", "classes": "list.csv", "seed": 1}
    assert parameters.from_here(given) == given | {"train_segments": str(tmp_path / "list.csv")}


@pytest.mark.parametrize("book", sorted((Path(__file__).resolve().parents[2] / "notebooks").glob("*.ipynb")), ids=lambda b: b.stem)
def test_every_number_of_a_notebook_says_its_least_and_greatest_value(book):
    numbers = {name: p for name, p in parameters.declared(book).items() if type(p.default) in (int, float)}
    assert [name for name, p in numbers.items() if not re.search(r"\([-+.\de]+ to [-+.\de]+\)$", p.help)] == []
    for name, parameter in numbers.items():
        with pytest.raises(A2IError, match=f"parameter '{name}' must be"):
            parameters.check({name: type(parameter.default)(10**14)}, numbers)
        parameters.check({name: parameter.default}, numbers)
