# Dateline from a clone: nothing is needed first but make and a Python from 3.11 to 3.13.

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
PIP := $(BIN)/pip --quiet --no-input --disable-pip-version-check

.PHONY: help demo test lint format constraints clean

help: ## Say what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' Makefile
	@echo "PYTHON=python3.12 chooses the interpreter of .venv, PORT=8080 the port of the demo."

demo: export DATELINE_INDEX = .demo
demo: .venv/installed ## Index seeds/, start the service and ask it a question; Ctrl-C stops it
	@$(BIN)/dateline add seeds
	@$(BIN)/python scripts/demo.py --port $(PORT)

test: lint ## Lint, check types and run the tests
	$(BIN)/pytest --numprocesses auto --dist loadfile

lint: .venv/installed ## Check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: .venv/installed ## Rewrite the code as ruff likes it
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

# Pip comes first and pinned, because older ones know neither dependency groups nor build constraints.
.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info < (3, 14))' 2>/dev/null || { \
	    echo "Dateline needs Python 3.11 to 3.13, and '$(PYTHON)' is `$(PYTHON) --version 2>&1`." \
	         "Name another: make PYTHON=python3.12 ..." >&2; exit 1; }
	@echo "Installing into .venv; the first time this takes a minute or more ..."
	@$(PYTHON) -m venv .venv
	@$(PIP) install --constraint constraints.txt pip
	@$(PIP) install --constraint constraints.txt --build-constraint constraints.txt --no-compile --editable . --group dev
	@$(BIN)/python -m compileall -qq -j 0 .venv/lib || true  # byte code, as pip makes it, but on all cores
	@touch $@

# One file for every Python and system that Dateline runs on. torch is raised by hand: the figures in docs/ are its.
constraints: .venv/installed ## Write constraints.txt anew: the newest releases that pyproject.toml allows
	@$(PIP) install --constraint constraints.txt uv
	@{ echo "# Every package that make and the Dockerfile install, to the version, on Python 3.11 to 3.13."; \
	   echo "# Written by 'make constraints'. The lines of cuda, nvidia and triton serve only a torch built for CUDA."; \
	   printf '%s\n' torch==2.13.0 hatchling editables pip uv | $(BIN)/uv pip compile --quiet --system-certs \
	       --universal --python-version 3.11 --fork-strategy fewest --all-extras --group dev \
	       --no-header --annotation-style line pyproject.toml -; } > constraints.new
	@mv constraints.new constraints.txt

clean: ## Remove what make, the tests and the demo have made
	rm -rf .venv .demo constraints.new .mypy_cache .pytest_cache .ruff_cache .hypothesis build dist
	find . -name __pycache__ -prune -exec rm -rf {} +
