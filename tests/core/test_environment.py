"""pyproject.toml, requirements.lock and environment.yml name the same packages; what a run ran on is told truly."""

import ast
import os
import re
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Callable
from itertools import chain
from pathlib import Path

import pytest
import yaml
from packaging.requirements import Requirement
from packaging.specifiers import SpecifierSet
from packaging.utils import canonicalize_name

from a2i.core import environment

ROOT = Path(__file__).resolve().parents[2]
# Where conda-forge calls a package otherwise than PyPI does.
CONDA_NAMES = {
    "torch": "pytorch", "soxr": "soxr-python", "jupyter-server": "jupyter_server", "jupyter-client": "jupyter_client",
}  # fmt: skip
CONDA_ONLY = {"python", "pip", "make"}
PIP_EXTRAS = ("projected", "imagenet", "browser")  # whose packages pip brings
STANDARD = sys.stdlib_module_names | {"a2i"}
IMPORTED_AS = {"PIL": "pillow", "sklearn": "scikit-learn", "yaml": "pyyaml", "yt_dlp": "yt-dlp"}


def asked(extras: Callable[[str], bool] = lambda name: True) -> dict[str, Requirement]:
    """All that pyproject.toml asks for, its build and such extras included, by canonical name."""
    content = tomllib.loads((ROOT / "pyproject.toml").read_text())
    optional = content["project"]["optional-dependencies"].items()
    chosen = chain.from_iterable(texts for name, texts in optional if extras(name))
    texts = [*content["project"]["dependencies"], *chosen, *content["build-system"]["requires"]]
    return {canonicalize_name(Requirement(text).name): Requirement(text) for text in texts}


@pytest.fixture(scope="module")
def project() -> dict[str, Requirement]:
    return asked()


@pytest.fixture(scope="module")
def lock() -> dict[str, str]:
    lines = (ROOT / "requirements.lock").read_text().splitlines()
    return dict(line.split("==") for line in lines if line and not line.startswith("#"))


@pytest.fixture(scope="module")
def conda() -> dict[str, str]:
    """The packages of environment.yml with their ranges."""
    content = yaml.safe_load((ROOT / "environment.yml").read_text())
    texts = [entry for entry in content["dependencies"] if isinstance(entry, str)]
    return {re.match(r"[\w.-]+?(?=[<>=!~]|$)", text)[0]: re.sub(r"^[\w.-]+?(?=[<>=!~]|$)", "", text) for text in texts}


def test_the_lock_holds_every_package_at_a_version_that_the_project_allows(project, lock):
    locked = {canonicalize_name(name): version for name, version in lock.items()}
    for name, requirement in project.items():
        assert name in locked, f"{name} is not in requirements.lock: make lock"
        assert requirement.specifier.contains(locked[name]), f"{requirement} but {name}=={locked[name]}"


def test_the_lock_is_plain_pins_and_holds_the_project_and_no_developers_tools(lock):
    text = (ROOT / "requirements.lock").read_text()
    assert not re.search(r"://|@|^-|\+", re.sub(r"^#.*$", "", text, flags=re.MULTILINE))
    assert sorted(lock, key=canonicalize_name) == list(lock)
    assert not {"a2i", "ruff", "line_profiler", "pip"} & set(lock)


def test_every_package_that_is_imported_is_asked_for(project):
    found = set()
    for path in (ROOT / "a2i").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Import):
                found |= {alias.name.split(".")[0] for alias in node.names}
            elif isinstance(node, ast.ImportFrom) and not node.level:
                found.add(node.module.split(".")[0])
    names = {canonicalize_name(IMPORTED_AS.get(name, name)) for name in found - STANDARD}
    assert {"torch", "av"} < names
    assert names - set(project) == set()


def test_conda_gets_the_same_packages_in_the_same_ranges(conda):
    given = asked(lambda extra: extra not in PIP_EXTRAS)
    wanted = {CONDA_NAMES.get(name, name): requirement.specifier for name, requirement in given.items()}
    assert set(conda) - CONDA_ONLY == set(wanted)
    for name, specifier in wanted.items():
        assert SpecifierSet(conda[name]) == specifier, name


def test_conda_gets_the_python_of_the_project_and_the_project_itself(conda):
    content = tomllib.loads((ROOT / "pyproject.toml").read_text())
    assert conda["python"] == content["project"]["requires-python"]
    entries = yaml.safe_load((ROOT / "environment.yml").read_text())["dependencies"]
    assert [entry for entry in entries if isinstance(entry, dict)] == [{"pip": [f"-e .[{','.join(PIP_EXTRAS)}]"]}]


SOLVER = next(filter(shutil.which, ("micromamba", "mamba", "conda")), None)


@pytest.mark.slow
@pytest.mark.skipif(SOLVER is None, reason="no micromamba, mamba or conda is installed: environment.yml is not solved")
def test_the_environment_of_conda_can_be_solved(tmp_path):
    """Without installing anything: do versions exist on conda-forge that go together?"""
    command = [SOLVER, "create"] if SOLVER == "micromamba" else [SOLVER, "env", "create"]
    where = ["--prefix", str(tmp_path / "env"), "--file", str(ROOT / "environment.yml")]
    done = subprocess.run([*command, "--dry-run", "--yes", *where], capture_output=True, text=True, check=False)
    said = done.stdout + done.stderr
    if re.search("could not resolve host|connection|download error|timed? ?out", said, re.IGNORECASE) and done.returncode:
        pytest.skip("conda-forge cannot be reached: environment.yml is not solved")
    assert done.returncode == 0, said[-2000:]
    assert not (tmp_path / "env").exists()


def test_a_closure_follows_extras_and_drops_local_versions():
    found = environment.closure(["torch"])
    assert "+" not in found["torch"]
    assert "numpy" not in environment.closure(["pluggy"])
    assert {"pytest", "pluggy"} <= set(environment.closure(["pytest"]))
    assert "distributed" in environment.closure(["dask[distributed]"])
    assert "distributed" not in environment.closure(["dask"])
    assert environment.closure(["there-is-no-such-package"]) == {}


def test_what_a_run_ran_on_is_described(project):
    import torch

    facts = environment.describe()
    assert facts["packages"]["torch"] == torch.__version__
    assert "pytest" not in facts["packages"], "extras are not what a result depends on"
    assert facts["device"]
    assert facts["cpu_count"] >= 1
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", environment.now())


@pytest.mark.skipif(shutil.which("make") is None, reason="make is not installed")
@pytest.mark.parametrize("python", ["false", "no-such-python"])
def test_make_says_which_python_it_needs(tmp_path, python):
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        shutil.copy(ROOT / name, tmp_path)
    done = subprocess.run(
        ["make", "report", f"PYTHON={python}"], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode != 0
    assert "needs Python 3.11 or newer" in done.stderr
    assert "make PYTHON=python3.12 report" in done.stderr
    assert not (tmp_path / ".venv").exists()


def test_continuous_integration_does_what_a_developer_does():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)
    assert "make test" in (ROOT / ".ci" / "run").read_text()


def test_the_version_is_one_everywhere():
    import a2i

    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert a2i.__version__ == version
    assert yaml.safe_load((ROOT / "CITATION.cff").read_text())["version"] == version


def test_the_licence_is_one_everywhere():
    licence = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["license"]
    assert licence == yaml.safe_load((ROOT / "CITATION.cff").read_text())["license"] == "MIT"
    assert (ROOT / "LICENSE").read_text().startswith("MIT License")


def test_the_data_readme_names_every_status():
    from a2i.download import manifest
    from a2i.media import container

    text = (ROOT / "data" / "README.md").read_text()
    reasons = {value for name, value in vars(container).items() if name.isupper() and isinstance(value, str)}
    reasons = {value for value in reasons if re.fullmatch("[a-z_]+", value)}
    assert {"missing", "crashed", "too_long"} < reasons
    for status in reasons | set(manifest.STATUSES):
        assert f"`{status}`" in text, status
