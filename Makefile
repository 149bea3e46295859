# `make demo` runs the whole demo; `make test` proves it; `make check` reads the code; `make help` lists the rest.
# Each target sets up what it needs in .venv: nothing outside this folder is touched, but for the browser of the tests
# and the PostgreSQL of `make test-postgres`, which Debian's package manager installs when it may.

PYTHON ?= $(shell command -v python3.11 || command -v python3 || echo python3.11)
VENV := .venv
BIN := $(VENV)/bin
# Outside this folder, since it holds keys; a folder that lasts, and that the database may enter when root starts it.
DATA_DIR ?= /var/tmp/oneclick-demo-$(shell id -u)
PORT ?= 8000
# The fault test's size; without a SEED it takes one at random and prints it.
PAYMENTS ?= 300
KILLS ?= 8
# The oldest PostgreSQL that will do, as Debian has it; all other tests and the demo run an embedded one, which is newer.
POSTGRES ?= 15
POSTGRES_BIN ?= /usr/lib/postgresql/$(POSTGRES)/bin
# The tests that are measured: what they leave out of the folders in pyproject.toml fails `make coverage`. Measuring costs
# half as much time again, so the races and what bounds how long something takes are left at full speed.
MEASURED := tests/rules tests/wire tests/vault tests/limits/test_limits.py tests/wallet
PIP := $(BIN)/python -m pip --quiet --disable-pip-version-check install

.PHONY: help setup demo test coverage test-postgres check faults messages screenshots lock clean

help:  ## list the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/.python:
	@command -v $(PYTHON) >/dev/null || { echo "Python 3.11 or later with venv is needed: set PYTHON=..., e.g. make PYTHON=python3.12"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or later is needed, $(PYTHON) is older"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	@touch $@

$(VENV)/.run: $(VENV)/.python requirements.lock pyproject.toml
	@echo "Installing what One Click runs on, pinned by hash: half a minute or so, with a good line"
	$(PIP) --require-hashes --requirement requirements.lock
	$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: $(VENV)/.run requirements-dev.lock
	@echo "Installing what the checks and tests need, pinned by hash"
	$(PIP) --require-hashes --requirement requirements-dev.lock
	@touch $@

setup: $(VENV)/.dev  ## install everything into .venv

demo: $(VENV)/.run  ## a bookshop, the gateway and an acquirer on this machine
	@exec $(BIN)/oneclick demo --data-dir "$(DATA_DIR)" --port $(PORT)

# Whole, it runs the measured tests first, then the others: each once.
test: $(if $(ARGS),,coverage) $(VENV)/.dev  ## every test, on the real parts; ARGS for some of them
	@sh tests/browser.sh
	$(BIN)/python -m pytest $(or $(ARGS),$(addprefix --ignore=,$(MEASURED)))

coverage: $(VENV)/.dev  ## rules, wire, vault and limits: every line and branch is tested
	$(BIN)/python -m pytest $(MEASURED) --cov

test-postgres: $(VENV)/.dev  ## the tests of the database on Debian's PostgreSQL 15
	@sh tests/postgres.sh $(POSTGRES) $(POSTGRES_BIN)
	TEST_POSTGRES=$(POSTGRES) TEST_POSTGRES_BIN=$(POSTGRES_BIN) $(BIN)/python -m pytest -m postgres $(ARGS)

check: $(VENV)/.dev  ## style, types, structure
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

faults: $(VENV)/.dev  ## payments under faults and kills, and the proof that no money is lost
	@cd tests && exec ../$(BIN)/python -m faults --payments $(PAYMENTS) --kills $(KILLS) $(if $(SEED),--seed $(SEED))

messages: $(VENV)/.dev  ## bring the catalogues of texts up to date with the code
	$(BIN)/python tests/update_messages.py

screenshots: $(VENV)/.dev  ## take the pictures of the README anew
	@sh tests/browser.sh
	$(BIN)/python tests/take_screenshots.py docs/screenshots

lock: $(VENV)/.python  ## pin the newest allowed versions, with hashes
	$(PIP) uv
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --extra build --output-file requirements.lock
	$(BIN)/uv pip compile pyproject.toml --quiet --upgrade --universal --generate-hashes --no-annotate --no-emit-index-url --no-emit-find-links --custom-compile-command "make lock" --extra build --extra dev --constraint requirements.lock --output-file requirements-dev.lock

clean:  ## forget .venv and the caches, keep the demo's data
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage*
