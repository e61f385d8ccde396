# Every target makes its own .venv first, so each works on a bare machine with Python 3.11 and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
ARGS ?=
# The tests wait more than they reckon: one worker more than a small machine has cores.
WORKERS ?= 3

.DEFAULT_GOAL := help
.PHONY: help demo test check check-perf bench bench-full docs words snapshots clean

help: ## the list of targets
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --upgrade 'pip>=25.1' -c constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e . --group dev
	@touch $@

demo: $(READY) ## a Friday night in one terminal
	@$(BIN)/heard demo $(ARGS)

test: $(READY) ## every test, with the coverage gate
	$(BIN)/python -m coverage erase
	$(BIN)/python -m coverage run -m pytest --numprocesses $(WORKERS) --dist worksteal $(ARGS)
	$(BIN)/python -m coverage combine --quiet
	$(BIN)/python -m coverage report

check: $(READY) ## style, types, import arrows, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m docs.generate --check
	$(BIN)/python -m docs.words --check

docs: $(READY) ## regenerate OpenAPI, event reference, TypeScript types, tables
	$(BIN)/python -m docs.generate

words: $(READY) ## gather what the screens say, for translators
	$(BIN)/python -m docs.words

snapshots: $(READY) ## the pictures of the docs, from the running screens
	$(BIN)/python -m docs.pictures

check-perf: $(READY) ## what a delivered message costs, beside stock parts; needs a C compiler
	$(BIN)/python -m bench.guard

bench: $(READY) ## the short benchmarks; tables on stdout
	$(BIN)/python -m bench $(ARGS)

bench-full: $(READY) ## the long benchmarks, written to bench/RESULTS.md
	$(BIN)/python -m bench --full --write

clean: ## forget the venv and caches
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .coverage .coverage.* .import_linter_cache
