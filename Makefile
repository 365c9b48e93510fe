# make report   from a fresh clone to reports/mini/index.html: environment, mini world, six notebooks
# make taste    the same in minutes, small and rough, to see what there is: reports/taste/index.html
# make test     unit tests, then every cell of the notebooks against its stored output
# make test-quick   the unit tests that are not slow
# make lab      JupyterLab on the notebooks
# make gpu-check   on a GPU machine: rates, then the recipe projected on a packed store, PACK=data/real.pack (a2i pack)
# make notebooks, benchmarks, lock, clean: see below.    PYTHON=python3.12 chooses the interpreter.
SHELL := /bin/bash
.SHELLFLAGS := -eo pipefail -c
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready

.PHONY: report taste test test-quick gpu-check lab notebooks benchmarks lock clean
report: $(READY)
	@$(BIN)/a2i run --profile mini

taste: $(READY)
	@$(BIN)/a2i run --profile taste

# One call of pytest, so that its last line counts both. The unit tests come first: they are the quick ones.
test: $(READY)
	@$(BIN)/python -m pytest tests notebooks --ignore=tests/benchmarks --nbval --nbval-current-env --nbval-cell-timeout=3000

test-quick: $(READY)
	@$(BIN)/python -m pytest tests --ignore=tests/benchmarks -m "not slow"

lab: $(READY)
	@$(BIN)/jupyter lab --notebook-dir=notebooks

# The notebooks as git keeps them: executed in order on an empty folder, outputs and counts kept, times taken out.
notebooks: $(READY)
	@export A2I_ROOT=$$(mktemp -d); trap 'rm -rf "$$A2I_ROOT"' EXIT; cd notebooks; \
	for notebook in 0*.ipynb; do \
	  echo "$$notebook"; \
	  env -u MPLBACKEND ../$(BIN)/jupyter nbconvert --log-level=ERROR --to=notebook --inplace --execute \
	    --ExecutePreprocessor.timeout=-1 --ExecutePreprocessor.extra_arguments=--log-level=ERROR \
	    --NotebookExporter.preprocessors=nbconvert.preprocessors.CoalesceStreamsPreprocessor $$notebook; \
	  ../$(BIN)/nbstripout --keep-output --keep-count $$notebook; \
	done

benchmarks: $(READY)
	@$(BIN)/python -m pytest tests/benchmarks --benchmark-only

# No environment is made: a GPU machine brings its own torch, and only numpy, pillow, pandas, pyarrow, safetensors beside it.
PACK ?= data/real.pack
gpu-check:
	@$(PYTHON) tests/benchmarks/gpu_check.py $(PACK) --out reports/gpu

lock:
	@$(BIN)/python -m a2i.core.environment > requirements.lock.new && mv requirements.lock.new requirements.lock

clean:
	@rm -rf $(VENV) *.egg-info .pytest_cache .ruff_cache .benchmarks; find . -name __pycache__ -prune -exec rm -rf {} +

# pip would compile all of 175 packages, one after the other, and a third of a minute goes to librosa's compiled parts: instead
# what is used is imported once, on both cores, and kept, also where the environment asks Python to keep nothing.
FIRST := env -u PYTHONDONTWRITEBYTECODE $(BIN)/python
IMPORTS := import importlib, pkgutil, a2i, papermill, ipykernel.kernelapp, jupyterlab.labapp, nbval.plugin, pytest; \
  [importlib.import_module(m.name) for m in pkgutil.walk_packages(a2i.__path__, "a2i.") if not m.name.endswith("__main__")]

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
	  echo "Audio2Img needs Python 3.11 or newer, and '$(PYTHON)' is not: name one that is, as in  make PYTHON=python3.12 $(MAKECMDGOALS)" >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "'$(PYTHON)' lacks the venv module: install it (Debian, Ubuntu: apt install python3-venv)" >&2; exit 1; }
	@echo "[1/3] virtual environment in $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@echo "[2/3] $$(grep -c == requirements.lock) packages from requirements.lock (about 1 GB: some minutes)"
	@$(BIN)/python -m pip install --disable-pip-version-check --progress-bar off --no-compile -r requirements.lock | \
	  awk '/^(Collecting|Processing) / && ++n % 25 == 0 {print "      " n " fetched"; fflush()} /^Installing/ {print "      installing them"; fflush()}'
	@echo "[3/3] Audio2Img itself, and what it imports as bytecode"
	@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@{ $(FIRST) -c 'from librosa.feature import melspectrogram' & $(FIRST) -c '$(IMPORTS)'; wait; } >/dev/null 2>&1 || true
	@touch $(READY)
