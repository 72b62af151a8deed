# Kouan, for contributors. `make help` lists the targets.
SHELL := /bin/bash
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
STAMP := .venv/.stamp
PYTEST := $(BIN)/python -m pytest
WORKERS ?= auto
PARALLEL := -n $(WORKERS) --dist loadgroup

.PHONY: help setup run test check sim e2e outside bench soak ci

help: ## list the targets
	@sed -n 's/^\([a-z0-9]*\):.*## \(.*\)$$/  make \1|\2/p' $(MAKEFILE_LIST) | column -t -s '|'

setup: $(STAMP) ## create .venv with everything pinned (uv if present, else venv and pip)

$(STAMP): pyproject.toml requirements.txt requirements-dev.txt
	@if command -v uv >/dev/null 2>&1; then \
		{ test -x $(BIN)/python || uv venv --quiet --seed --python $(PYTHON) .venv; } && \
		uv pip install --quiet --python $(BIN)/python -r requirements-dev.txt && \
		uv pip install --quiet --python $(BIN)/python --no-deps -e . ; \
	else \
		{ test -x $(BIN)/pip || $(PYTHON) -m venv .venv; } && \
		$(BIN)/python -m pip install --quiet -r requirements-dev.txt && \
		$(BIN)/python -m pip install --quiet --no-deps -e . ; \
	fi
	@touch $@

run: $(STAMP) ## run the port of Mandula
	$(BIN)/kouan run ports/mandula.toml

test: $(STAMP) ## every test but the soak (outside tests skip without KOUAN_OUTSIDE_DATA)
	$(PYTEST) $(PARALLEL) -m "not soak" tests

check: $(STAMP) ## lint, format, types, and who may import whom
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

sim: $(STAMP) ## only the simulated ports: seeds, faults, checkers
	$(PYTEST) $(PARALLEL) tests/sim

e2e: $(STAMP) ## only the end-to-end tests: real server, journal, browser
	$(PYTEST) tests/e2e

outside: $(STAMP) ## only the tests against files that others wrote
	@test -n "$$KOUAN_OUTSIDE_DATA" || { echo "make outside: set KOUAN_OUTSIDE_DATA to the folder of outside data" >&2; exit 2; }
	@test -d "$$KOUAN_OUTSIDE_DATA" || { echo "make outside: KOUAN_OUTSIDE_DATA is no folder: $$KOUAN_OUTSIDE_DATA" >&2; exit 2; }
	$(PYTEST) $(PARALLEL) tests/outside

bench: $(STAMP) ## run the named benchmark scenarios
	@echo "The scenarios by name: $(BIN)/python -m bench --list"
	$(BIN)/python -m bench

soak: $(STAMP) ## the long tests: more seeds, fifty kills
	$(PYTEST) $(PARALLEL) -m soak tests

ci: $(STAMP) ## what a change has to pass: check, then test
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory test
