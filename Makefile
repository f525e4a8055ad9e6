# Everything a contributor runs. Each target sets up .venv by itself when something changed;
# `make PYTHON=python3.12 test` chooses the interpreter.

.DEFAULT_GOAL := help
.PHONY: help install demo test check format test-faults bench clean

VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?=

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile

install: ## Make .venv ready for this checkout
	@sh .ci/venv $(VENV) "$(PYTHON)"

demo: install ## Watch one template live: plan, apply, review, change, promote (no account needed)
	@bash examples/demo.sh "$(CURDIR)/$(PY)" -m smsops

test: check ## Check, then run the test suite on every core
	$(PY) -m pytest -n auto --dist worksteal

check: install ## Formatting, lint and types
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy

format: install ## Format, and fix what lint can fix
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

test-faults: install ## The long fault matrix: kills, lost replies, full disks
	$(PY) -m pytest -m faults

bench: install ## Measure, and write docs/performance.md; half an hour on a quiet machine
	$(PY) -m benchmarks

clean: ## Remove .venv, caches and builds
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
