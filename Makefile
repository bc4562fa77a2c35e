# make run     install, make the library ready, serve the app
# make test    install what the tests need, run them all
# make check   linter, formatter, type checker
# make bench   the benchmarks behind the README's table (DATA=folder of papers and judged queries)

PYTHON ?= python3
VENV ?= .venv
PORT ?= 8501
DATA ?= ../shared/data
# A package index with CPU builds of torch. On a machine without a GPU it saves some gigabytes of download:
#   make run TORCH_INDEX=https://download.pytorch.org/whl/cpu
TORCH_INDEX ?=
TORCH := torch==2.13.0

BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: run test check bench clean

run: $(VENV)/.installed
	@$(BIN)/fourways start --port $(PORT) --no-browser

test: $(VENV)/.installed-dev
	OMP_NUM_THREADS=1 PYTHONDONTWRITEBYTECODE= $(BIN)/python -m pytest -n 2 --dist loadfile --no-loadscope-reorder

check: $(VENV)/.installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

bench: $(VENV)/.installed-dev
	for script in build harvest search fusion draft app; do $(BIN)/python benchmarks/$$script.py --data $(DATA) || exit 1; done

$(VENV)/.torch:
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit("Fourways needs Python 3.11 or newer: make PYTHON=python3.12 ...") if sys.version_info < (3, 11) else None'
	@test -n "$(TORCH_INDEX)" -o -e /dev/nvidia0 || echo "No NVIDIA GPU here. To fetch a smaller CPU build of torch, stop and add TORCH_INDEX=... (see the README)."
	@echo "Installing $(TORCH) ..."
	@$(PIP) install $(if $(TORCH_INDEX),--index-url $(TORCH_INDEX)) "$(TORCH)"
	@touch $@

$(VENV)/.installed: $(VENV)/.torch pyproject.toml constraints.txt
	@echo "Installing Fourways and what it needs (a few minutes, once) ..."
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(VENV)/.installed-dev: $(VENV)/.installed
	@echo "Installing what the tests need ..."
	@$(PIP) install --constraint constraints.txt --editable ".[dev]"
	@touch $@

clean:
	rm -rf $(VENV) build dist .pytest_cache .ruff_cache .mypy_cache
