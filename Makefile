# Everything a developer does here. `make` alone lists it.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:
MAKEFLAGS += --no-print-directory

SUPPORTED := import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 14))
# The version that is deployed, else the newest. pyenv's shims fail for a version that isn't switched on, so its
# versions are tried too. Where none will do, python3 says what is missing.
PYENV := $(or $(PYENV_ROOT),$(HOME)/.pyenv)/versions
PYTHON ?= $(shell for version in 3.13 3.14 3.12 3.11 3; do \
	for name in "python$$version" "$(PYENV)/$$version".*/bin/"python$$version"; do \
	"$$name" -c '$(SUPPORTED)' 2>/dev/null && echo "$$name" && exit; done; done; echo python3)
BIN := .venv/bin
CONSOLE := $(BIN)/python -m local.setup.nodejs console
BIOME := $(CONSOLE) node_modules/@biomejs/biome/bin/biome check --error-on-warnings
TSC := $(CONSOLE) node_modules/typescript/bin/tsc
# Releases of the last week are left alone: most bad ones are withdrawn by then.
PINS := $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --no-annotate --no-header --generate-hashes \
	--only-binary :all: --exclude-newer '7 days' $(UPGRADE)
UPGRADE ?= --upgrade

define step
@printf '\n== %s\n' '$(1)'
endef

# A module's tests stay in one process, which starts the stack they share once.
PARALLEL := --dist loadfile --no-loadscope-reorder --numprocesses
# Tests that start nothing: no storage, no process, no host.
UNIT := $(addprefix tests/,callbacks durable exports http telemetry tools use_cases workflow) $(wildcard tests/test_*.py)
# Tests of one adapter each, on real storage and a real Graph of our own.
ADAPTERS := $(addprefix tests/,contract graph records storage)
# Tests in a browser, which works as hard as they do: beside them, those that wait for a host would wait too long.
PAGES := $(addprefix tests/,console pages)
COVERAGE := --cov --cov-report=
# End-to-end tests wait more than they work, so there is one process more than there are CPUs.
ONE_MORE := $$(( $$(getconf _NPROCESSORS_ONLN) + 1 ))

SEEDS ?= 5000
FIRST ?= 0
# The end-to-end tests run on the deployment package, where that can run.
ON_PACKAGE := $(if $(filter Linux-x86_64,$(shell uname -s)-$(shell uname -m)),--package)
# Only as an argument of make, which exports it: some shells have a variable of this name.
ON_HOST := $(if $(filter command,$(firstword $(origin HOST))),--host "$$HOST")

.PHONY: help setup setup-checkers demo run check static test test-e2e core-tools simulate bench package audit format docs \
	infra lock clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-10s %s\n", $$1, $$2}' Makefile

setup: ## Install everything into .venv and .local (from the package registries alone)
	@$(PYTHON) -m local.setup

demo: setup ## Export people's data on this machine, watch it, show what arrived, and save a package (HOST='func start --port {port}')
	@$(BIN)/python -m local demo $(ON_HOST)

run: setup ## Run the app and all that it needs on this machine until Ctrl-C (HOST= for another host than the local one)
	@exec $(BIN)/python -m local run $(ON_HOST)

check: setup static ## Check the format, the rules, the types and the layers, and run the unit tests (a minute at most)
	$(call step,Unit tests)
	@$(CONSOLE) test.mjs --test-reporter=dot
	@$(BIN)/pytest $(PARALLEL) auto $(UNIT)

static:
	$(call step,Format)
	@$(BIN)/ruff format --check
	$(call step,Rules)
	@$(BIN)/ruff check
	$(call step,Types)
	@$(BIN)/mypy
	$(call step,The console)
	@$(BIOME)
	@$(CONSOLE) types.mjs
	@$(TSC)
	@$(TSC) -p tests
	$(call step,Layers)
	@$(BIN)/lint-imports

test: setup-checkers static ## Check all that `make check` does, then run every test: what CI runs
	$(call step,Unit tests of the console)
	@$(CONSOLE) test.mjs --test-reporter=dot
	$(call step,Unit and adapter tests, and the branches that they cover)
	@$(BIN)/pytest $(PARALLEL) auto $(COVERAGE) $(UNIT) $(ADAPTERS)
	@$(BIN)/coverage report --skip-covered --skip-empty
	@$(BIN)/coverage report --include='shared/exports/*' --fail-under=100 --format=total >/dev/null
	$(call step,The console and other pages in a browser)
	@$(BIN)/pytest $(PARALLEL) auto $(ON_PACKAGE) $(PAGES)
	$(call step,All other tests)
	@$(BIN)/pytest $(PARALLEL) $(ONE_MORE) $(ON_PACKAGE) $(addprefix --ignore=,$(UNIT) $(ADAPTERS) $(PAGES))

test-e2e: setup-checkers ## Run the end-to-end tests, on the deployment package or on another host (HOST=)
	@$(BIN)/pytest $(PARALLEL) $(ONE_MORE) $(or $(ON_HOST),$(ON_PACKAGE)) tests/e2e

setup-checkers:
	@$(PYTHON) -m local.setup --checkers

core-tools: ## Install Azure Functions Core Tools into .local, with the machine's own Node (22 or later)
	@mkdir -p .local/core-tools
	@cp local/setup/core_tools/package*.json .local/core-tools
	@npm ci --prefix .local/core-tools

simulate: setup ## Run the product in 5,000 worlds where everything goes wrong (SEEDS=n, FIRST=n), or show one (SEED=n)
	@$(BIN)/python -m tests.simulation $(if $(SEED),--seed $(SEED) --verbose,--first $(FIRST) --seeds $(SEEDS))

bench: setup ## Measure cost, speed and scale, print the table and write it to docs/performance.md (half an hour)
	@$(BIN)/python -m bench

package: ## Make dist/personal-data-export.zip, ready to deploy (PYTHON_VERSION=3.14 for another Python than this one)
	@$(PYTHON) -m local.setup --packager
	@.local/packager/bin/python -m tools.package $(if $(PYTHON_VERSION),--python $(PYTHON_VERSION))

audit: ## Compare all packages, pinned in requirements*.txt and package-lock.json, with the known vulnerabilities
	@$(PYTHON) -m local.setup --auditor
	@.local/auditor/bin/python -m tools.audit

format: setup ## Format the code, and fix what the linter can fix
	@$(BIN)/ruff check --fix-only
	@$(BIN)/ruff format
	@$(BIOME) --write

docs: setup ## Write the OpenAPI document, the connector's definition and the table of error codes from the code
	@$(BIN)/python -m tools.documents

infra: ## Compile infra/ with Microsoft's Bicep, and renew what the tests read of it (MODE=validate changes nothing)
	@$(PYTHON) -m tools.bicep $(if $(filter validate,$(MODE)),--validate)

lock: setup ## Pin the newest versions of all packages, with hashes, or only what pyproject.toml has added (UPGRADE=)
	@$(PINS) pyproject.toml -o requirements.txt
	@$(foreach group,package checkers audit node,$(PINS) --group pyproject.toml:$(group) -o requirements-$(group).txt;)
	@$(subst 3.11,3.13,$(PINS)) --no-deps --group pyproject.toml:worker -o requirements-worker.txt
	@$(PINS) --group pyproject.toml:dev -c requirements.txt -c requirements-package.txt pyproject.toml \
		-o requirements-dev.txt

clean: ## Remove everything that set-up, runs and tests have left here
	@rm -rf .venv .local dist shared/http/console_files console/node_modules console/src/api/schema.d.ts
	@rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
