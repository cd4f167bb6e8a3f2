# Two commands are enough:  make reproduce  and  make test.  Each makes the environment it needs, once.
# Other interpreter: make PYTHON=python3.12 test        Arguments for the command behind a target: make test ARGS="-k blocks"

PYTHON ?= python3
ARGS ?=
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
# One process of tests a core, four at most: each takes about 1 GiB. ARGS="-n 0" runs all in one process, for a debugger.
WORKERS := -n logical --maxprocesses 4 --dist worksteal
# In a process group of its own, so that Ctrl-C can end it with the processes that it has started.
APART := $(BIN)/python -c 'import os, sys; os.setpgrp(); os.execv(sys.argv[1], sys.argv[1:])'

# The kernel named python3 must be this environment's, whatever else the machine has to offer.
export JUPYTER_PREFER_ENV_PATH := 1
# Bytecode is kept: otherwise each process of tests, each kernel and each command compiles all of annn anew.
unexport JUPYTER_PATH PYTHONPATH PYTHONHOME PYTHONDONTWRITEBYTECODE
export PIP_DISABLE_PIP_VERSION_CHECK := 1
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help reproduce test gpu lab clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' Makefile

reproduce: $(INSTALLED) ## run every notebook with its default settings, into results/
	$(BIN)/annn reproduce $(ARGS)

# pyright runs beside pytest; what it finds is printed after pytest's summary, and only then.
test: $(INSTALLED) ## everything that CI checks: ruff, pyright, stripped notebooks, pytest
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(if $(NOTEBOOKS),$(BIN)/nbstripout --verify --keep-id $(NOTEBOOKS))
	@log=$$(mktemp); trap 'kill -- -$$types 2>/dev/null; rm -f $$log' EXIT; trap 'exit 130' INT TERM; \
	$(APART) $(BIN)/pyright --pythonpath $(BIN)/python >$$log 2>&1 & types=$$!; \
	$(BIN)/python -m pytest $(WORKERS) $(ARGS); status=$$?; \
	wait $$types || { status=1; echo "pyright:"; cat $$log; }; exit $$status

# No environment of its own: a GPU server has its torch already. Ten minutes, but for the preset standard.
gpu: ## with PYTHON's packages, no Jupyter: what the GPU proves, the bench in full, Table 2 in quick and standard
	$(PYTHON) -m annn prove --device cuda $(ARGS)
	$(PYTHON) -m annn bench --preset full --device cuda --out results/gpu/bench-full-fp32.json
	$(PYTHON) -m annn train all --preset quick --device cuda
	$(PYTHON) -m annn train all --preset standard --device cuda

lab: $(INSTALLED) ## JupyterLab on the notebooks
	$(BIN)/jupyter lab notebooks $(ARGS)

clean: ## remove the environment and the tools' caches (not runs/, data/ or results/)
	rm -rf $(VENV) annn.egg-info .pytest_cache .ruff_cache .hypothesis

# The stamp is written last, so that an installation that failed half-way is taken up again.
$(INSTALLED): requirements.lock pyproject.toml
	@rm -f $@
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "The workbook needs Python 3.11 or newer,\
	 but '$(PYTHON)' says: $$($(PYTHON) --version 2>&1). Name another interpreter: make PYTHON=python3.12 ..." >&2; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' || { echo "'$(PYTHON)' cannot make virtual environments. Install its venv module\
	 (Debian, Ubuntu: apt-get install python3-venv) or name another interpreter: make PYTHON=python3.12 ..." >&2; exit 1; }
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install -r requirements.lock
	$(BIN)/python -m pip install --no-deps --no-build-isolation --editable .
	@touch $@
