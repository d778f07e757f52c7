# Everything a contributor does, and CI with it. `make` alone lists it.
# Nothing has to be activated: each target makes .venv first, from requirements.lock, when that has changed.

# Any Python from 3.11 on: make PYTHON=/path/to/python3.12
PYTHON ?= $(firstword $(foreach name,python3.11 python3.12 python3.13 python3,$(if $(shell $(name) -c 'import sys, venv, ensurepip; print("y" if sys.version_info >= (3, 11) else "")' 2>/dev/null),$(name))))
# How many tests run at the same time: some wait for databases, browsers and killed processes.
WORKERS ?= 3
# On CI the branches that tests take are counted, which takes half as long again; COVER=--cov does it by hand.
COVER ?= $(if $(CI),--cov --cov-report=term)
# Passed on to pytest: make test ARGS='tests/engine -k badge'
ARGS ?=

BIN := .venv/bin
UV := $(BIN)/uv
# Touched when what is named is in place.
VENV := .venv/.has-lock
UV_VERSION := $(shell sed -n 's/^required-version = "==\([^"]*\)".*/\1/p' pyproject.toml)
UV_IN_VENV := .venv/.has-uv-$(UV_VERSION)

export PIP_DISABLE_PIP_VERSION_CHECK := 1

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help play run test browser check lint types imports translations docs bench lock format messages clean

help: ## List these targets
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 20

play: $(VENV) ## Open the playground: the whole bot in a web page, no token needed
	$(BIN)/lyceum play

run: $(VENV) ## Run the bot with the settings of the environment and .env
	$(BIN)/lyceum run

check: lint types imports translations docs test ## All that CI checks: style, types, layers, translations, docs, tests

lint: $(VENV)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .

types: $(VENV)
	$(BIN)/mypy

imports: $(VENV)
	$(BIN)/lint-imports --no-logo

translations: $(VENV)
	$(BIN)/python -m tools.check_translations

docs: $(VENV)
	$(BIN)/python -m tools.check_docs

test: $(VENV) browser ## Run the tests; ARGS='-k word' picks some, COVER=--cov counts the branches they take
	$(BIN)/pytest -n $(WORKERS) --dist worksteal $(COVER) $(ARGS)

browser:
	@tools/browser.sh

bench: $(VENV) ## Measure against other libraries (minutes; nothing else should run)
	$(BIN)/python -m benchmarks $(ARGS)

format: $(VENV) ## Put the code in its format and mend what ruff can mend
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

messages: $(VENV) ## Bring the catalogues in bot/locale up to date with the words in the code
	$(BIN)/python -m tools.messages

lock: $(UV_IN_VENV) ## Pin what pyproject.toml asks for; ARGS=--upgrade takes the newest of everything
	$(UV) pip compile pyproject.toml --all-extras --universal --python-version 3.11 --generate-hashes \
	    --no-emit-index-url --no-emit-find-links --custom-compile-command 'make lock' --quiet $(ARGS) \
	    -o requirements.lock

clean: ## Remove what make made; data and .env stay
	rm -rf .venv .coverage .coverage.* .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	rm -rf build dist
	find bot tests tools benchmarks -name __pycache__ -type d -exec rm -rf {} + 2>/dev/null || true

$(VENV): requirements.lock pyproject.toml $(UV_IN_VENV)
	$(UV) pip sync --quiet --python $(BIN)/python --require-hashes requirements.lock
	$(UV) pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@touch $@

$(UV_IN_VENV):
	@[ -n '$(PYTHON)' ] || { echo 'Lyceum needs Python 3.11 or newer, with its venv module. On Debian and Ubuntu:' \
	    'apt-get install python3 python3-venv. Elsewhere: https://www.python.org/downloads/,' \
	    'then make PYTHON=/path/to/python3.' >&2; exit 1; }
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv==$(UV_VERSION)
	@touch $@
