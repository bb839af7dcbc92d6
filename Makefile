# Two commands do everything on a fresh machine that has Python 3.11 or newer:
#   make demo    set up, measure the example micrographs, say where the results lie
#   make test    set up, check style, types, layers and documentation, run the tests
# and one opens the page to work with:
#   make serve   set up, open the workbench in the browser
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-compile -c constraints.txt

.PHONY: demo test serve docs slow clean

demo: $(VENV)/installed
	$(BIN)/nanocaliper demo -o results/demo

test: $(VENV)/installed-dev
	$(BIN)/python tests/install_browser.py
	$(BIN)/ruff check src tests benchmarks docs
	$(BIN)/ruff format --check src tests benchmarks docs
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html
	$(BIN)/python -m pytest -n auto

serve: $(VENV)/installed-workbench
	$(BIN)/nanocaliper serve

slow: $(VENV)/installed-dev
	$(BIN)/python -m pytest -n auto -m slow

docs: $(VENV)/installed-dev
	$(BIN)/sphinx-build -W --keep-going -q -b html docs docs/_build/html

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) .
	touch $@

$(VENV)/installed-workbench: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) ".[workbench]"
	touch $@

# Editable, so that the tests run on the working tree.
$(VENV)/installed-dev: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e ".[dev,train]"
	touch $@

clean:
	rm -rf $(VENV) build docs/_build results .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
