# `make serve` and `make test` are all a newcomer needs; CONTRIBUTING.md tells the rest.
PYTHON ?= python3
BIN := .venv/bin
RUN := $(BIN)/python -m server

.PHONY: install serve test test-deep chaos lint format bench schema lock

install: .venv/.installed

.venv/.installed: requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.lock
	touch $@

serve: install
	$(RUN) serve --demo

test: install
	$(BIN)/pytest -n auto -m "not slow"

# Kills servers of its own, and wants the machine for itself.
chaos: install
	$(BIN)/pytest -m slow tests/scenarios

test-deep: install
	$(BIN)/pytest -n auto

lint: install
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/lint-imports
	$(BIN)/mypy .
	$(BIN)/pyright

format: install
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: install
	$(BIN)/python -m tests.benchmarks

schema: install
	$(RUN) schema > schema/schema.graphql

# Pins every dependency with its hashes; run after changing pyproject.toml.
lock:
	$(BIN)/uv pip compile --universal --generate-hashes --no-header --group dev pyproject.toml -o requirements.lock
