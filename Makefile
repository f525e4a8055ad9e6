# Everything a contributor runs. Each target sets up .venv by itself when something changed, from
# requirements-dev.txt and nothing else; `make PYTHON=python3.12 test` chooses the interpreter.

.DEFAULT_GOAL := help
.PHONY: help install demo test suite check format docs man dist release-check test-faults test-newest test-lowest lock upgrade \
	bench clean

VENV := .venv
PY := $(VENV)/bin/python
PYTHON ?=
# What `make release-check` is told: the image that the Containerfile stands on, and the tag.
BASE ?=
TAG ?=
REHEARSE ?=
# What is installed beside smsops: locked, newest or lowest. See .ci/venv.
SET := locked
# What `make test` measures; nothing with `make COVERAGE= test`, in two thirds of the CPU time.
COVERAGE ?= --cov
TESTS = not faults
# How many examples a property tries: see tests/conftest.py.
PROFILE = thorough
PYTEST = $(PY) -m pytest -n auto --dist worksteal --hypothesis-profile $(PROFILE) -m "$(TESTS)"

help: ## List the targets
	@sed -n 's/^\([a-z-]*\):.*## /  make \1	/p' Makefile

install: ## Make .venv ready for this checkout
	@sh .ci/venv $(VENV) "$(PYTHON)" $(SET)

demo: install ## Watch one template live: plan, apply, review, change, promote, probe (no account needed)
	@bash examples/demo.sh "$(CURDIR)/$(PY)" -m smsops

test: check ## Check, then run the test suite on every core, and see that coverage does not fall
	$(PYTEST) $(COVERAGE)

suite: install ## The test suite alone
	$(PYTEST)

check: install ## Formatting, lint and types
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy

format: install ## Format, and fix what lint can fix
	$(PY) -m ruff format .
	$(PY) -m ruff check --fix .

docs: install ## Write the generated pages of docs/, and what editors and man read, again
	$(PY) -m smsops.reference docs --top .
	$(PY) -m release man

man: install ## Write the man page, man/smsops.1, again
	$(PY) -m release man

test-faults: install ## The long fault matrix: kills, lost replies, full disks
	$(PY) -m pytest -n auto --dist worksteal -m faults

test-newest: ## `make test` with the newest releases of everything, in .venv-newest
	@$(MAKE) --no-print-directory VENV=.venv-newest SET=newest COVERAGE= test

test-lowest: install ## The test suite with the lower bounds of pyproject.toml, in .venv-lowest
	@$(MAKE) --no-print-directory VENV=.venv-lowest SET=lowest suite

lock: install ## Write the lock files for a changed pyproject.toml
	sh .ci/lock $(VENV)/bin/uv

upgrade: install ## Write the lock files with the newest release of everything
	sh .ci/lock $(VENV)/bin/uv --upgrade

dist: install ## Build wheel and sdist of the commit, with SBOM, man page and sums, into dist/
	$(PY) -m release dist

release-check: ## Can this commit be released? BASE=IMAGE is the base of the Containerfile
	@sh .ci/venv .venv-release "$(PYTHON)" release
	@.venv-release/bin/python -m release check --base "$(BASE)" --tag "$(TAG)" $(if $(REHEARSE),--rehearse)

bench: install ## Measure, and write docs/performance.md; half an hour on a quiet machine
	$(PY) -m benchmarks

clean: ## Remove the virtual environments, caches and builds
	rm -rf .venv .venv-* build dist .coverage* .mypy_cache .pytest_cache .ruff_cache .hypothesis
