# Everything a person or CI runs. `make help` lists it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
LOCKS := requirements/dev.lock requirements/uv.lock.txt src/skafu/adapters/checkov.lock src/skafu/aws/embedded/ministack.lock
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help install validate deploy test check lint types imports docs format oracle lock clean

help: ## List the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

install: $(READY) ## Make .venv with the locked dependencies and Checkov's own environment

$(READY): $(LOCKS) pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "skafu needs Python 3.11 or newer, and %s is %s. Name a newer one: make PYTHON=python3.12 ..." % (sys.executable, ".".join(str(n) for n in sys.version_info[:3])))'
	@echo "skafu: making $(VENV) (once; about a minute)" >&2
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/uv.lock.txt
	@$(BIN)/uv pip sync --quiet --compile-bytecode --python $(BIN)/python --require-hashes requirements/dev.lock
	@$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q -j 0 src
	@rm -rf $(VENV)/checkov $(VENV)/ministack
	@$(BIN)/skafu doctor --install >&2
	@touch $@

validate: $(READY) ## Judge the whole estate (ARGS="api --env production" narrows it)
	@$(BIN)/skafu validate $(ARGS)

ENV ?= development
TO ?= embedded

deploy: $(READY) ## Deploy an environment to the embedded endpoint, with all it needs (ENV=staging, ARGS="...")
	@$(BIN)/skafu deploy --env $(ENV) --endpoint $(TO) --with-needs --as-administrator $(ARGS)

test: $(READY) ## Run every test
	@$(BIN)/pytest -n auto --dist worksteal $(ARGS)

check: lint types imports docs test ## All that CI runs

lint: $(READY)
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

types: $(READY)
	@$(BIN)/mypy

imports: $(READY)
	@$(BIN)/lint-imports --no-logo

docs: $(READY)
	@$(BIN)/python docs/generate.py --check

format: $(READY) ## Format the code and write the generated documentation
	@$(BIN)/ruff check --fix-only --quiet .
	@$(BIN)/ruff format .
	@$(BIN)/python docs/generate.py

oracle: $(READY) ## Compare the resolver with an embedded AWS endpoint
	@$(BIN)/python benchmarks/oracle.py $(ARGS)

lock: ## Make the lock files anew (takes newer versions where the ranges allow)
	@test -x $(BIN)/uv || { echo "run 'make install' first" >&2; exit 2; }
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-emit-index-url --no-header --group dev pyproject.toml -o requirements/dev.lock
	@echo uv | $(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-emit-index-url --no-header - -o requirements/uv.lock.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-emit-index-url --no-header requirements/checkov.in -o src/skafu/adapters/checkov.lock
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-emit-index-url --no-header requirements/ministack.in -o src/skafu/aws/embedded/ministack.lock

clean: ## Remove what can be made again
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
