# One verb, the same for a person and for CI. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
BIN := .venv/bin
PIP := $(BIN)/python -m pip -q --disable-pip-version-check
BOARD := src/setpoint/server/board/index.html
BOARD_SOURCES := $(shell find frontend -path frontend/node_modules -prune -o \( -path 'frontend/src/*' -o -path 'frontend/public/*' \) -type f -print 2>/dev/null) $(shell find src/setpoint/texts -name '*.ftl') frontend/index.html frontend/vite.config.ts frontend/licences.ts
PORT ?= 8000
SEEDS ?= 1000..1199
MINUTES ?= 20
FILES ?= 10000
# The files with such tests: to look for them in all files takes longer than most of them.
ALONE = $(shell grep -rl --include='*.py' 'mark\.alone' tests)
# More than there are cores: much of what tests do is wait for machines, servers and browsers.
WORKERS ?= 4

# Compiled files are kept, so that not every process compiles everything again.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help demo cluster test test-full coverage count check bench simulate soak fuzz-workbooks docs dist release lock hooks pythons install board clean

help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: .venv/.runtime $(BOARD) ## a simulated plant and the board on http://127.0.0.1:8000 (PORT=…)
	$(BIN)/setpoint demo --port $(PORT)

cluster: install $(BOARD) ## NATS, PostgreSQL, a plant server, a standby and two gateways, to look at and to kill
	$(BIN)/python -m tests.cluster

test: install board ## a test for every promise: Python, TypeScript, real browser; the same examples every time
	$(BIN)/python -m tests.prepare
	$(BIN)/python -m pytest -n $(WORKERS) -m "not full and not alone"
	$(BIN)/python -m pytest -m "alone and not full" $(ALONE)
	cd frontend && npm test
	cd frontend && npm run e2e

test-full: export SETPOINT_TESTS = full
test-full: install board ## fresh examples, ten times as many, tests marked full, every width, and branch coverage
	$(BIN)/python -m tests.prepare
	$(BIN)/python -m pytest -n $(WORKERS) -m "not alone" --timeout 3600 --cov --cov-report=
	$(BIN)/python -m pytest -m alone --timeout 3600 --cov --cov-append --cov-report= $(ALONE)
	$(BIN)/python -m tests.coverage
	cd frontend && npm test
	cd frontend && npm run e2e
	$(BIN)/python -m tests.count

coverage: install ## branch coverage of the core by tests without I/O; at least 95 %
	$(BIN)/python -m pytest -n $(WORKERS) -q tests/unit/core tests/property tests/conformance --cov --cov-report=
	$(BIN)/python -m tests.coverage core

count: install ## the numbers of tests, vectors and schedules, which must not fall
	$(BIN)/python -m tests.count

check: install ## style, types, the import law, audits
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m tests.lock --check
	cd frontend && npm run check
	$(BIN)/python -m tests.supply

simulate: install ## schedules of the whole system in simulated time (SEEDS=1000..1199)
	$(BIN)/python -m tests.simulation $(SEEDS)

fuzz-workbooks: install ## odd workbooks from a seed, read by both languages and LibreOffice (FILES=10000, SEED=…)
	$(BIN)/python -m tests.fuzz --office --files $(FILES) $(if $(SEED),--seed $(SEED))

soak: install ## load with random faults, and what it does to memory and lateness (MINUTES=20)
	$(BIN)/python -m benches.soak --minutes $(MINUTES)

bench: install board ## what is measured, as ratios in one run; tables on screen, JSON in benches/results/
	$(BIN)/python -m benches

dist: install board ## wheel and sdist in dist/, built twice, checked and tried; SBOMs
	$(PIP) install 'build>=1.6,<2' 'twine>=7,<8'
	$(BIN)/python -m tests.release.dist
	$(BIN)/python -m tests.documentation.tutorial dist/setpoint-*.whl
	$(BIN)/cyclonedx-py requirements constraints.txt --pyproject pyproject.toml --of JSON -o dist/setpoint-python.cdx.json
	cd frontend && npm sbom --sbom-format cyclonedx --omit dev > ../dist/setpoint-board.cdx.json

docs: install ## the documentation as a site in site/, with the reference from the code; a broken link fails
	$(BIN)/python -m tests.docs_site.build

release: install ## everything for a release but the upload: checks, tests, documentation, dist
	$(BIN)/python -m tests.release.ready
	$(MAKE) check test docs dist
	$(BIN)/python -m tests.release.ready --upload

lock: install ## requirements.lock anew, from constraints.txt
	$(BIN)/python -m tests.lock

hooks: install ## what `make check` checks, before every commit
	$(BIN)/pre-commit install

pythons: install ## unit, property and conformance tests on every Python version that is there
	$(BIN)/nox

install: .venv/.dev frontend/node_modules/.installed ## everything that developing needs

board: $(BOARD)

# The demo needs less than developing does, so it starts sooner.
.venv/.runtime: pyproject.toml constraints.txt
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	$(PIP) install -c constraints.txt -e '.[opcua]'
	touch $@

# Linux on x86-64 takes only files whose hashes are in the lock; other systems take the same versions.
.venv/.dev: pyproject.toml constraints.txt requirements.lock
	test -x $(BIN)/python || $(PYTHON) -m venv .venv
	if [ "$$(uname -sm)" = "Linux x86_64" ] && $(BIN)/python -m tests.lock --check; then \
	  $(PIP) install --require-hashes -r requirements.lock && $(PIP) install --no-deps -e .; \
	else $(PIP) install -c constraints.txt -e '.[dev]'; fi
	touch $@ .venv/.runtime

frontend/node_modules/.installed: frontend/package.json frontend/package-lock.json
	cd frontend && PLAYWRIGHT_SKIP_BROWSER_DOWNLOAD=1 npm ci --no-audit --no-fund
	touch $@

$(BOARD): frontend/node_modules/.installed $(BOARD_SOURCES)
	cd frontend && npm run build

clean: ## removes what was built, keeps data
	rm -rf .venv frontend/node_modules src/setpoint/server/board dist build .mypy_cache .ruff_cache .pytest_cache
