# Every target works as the first command on a fresh Debian or Ubuntu with Python 3.11 or newer and nothing else.
.DEFAULT_GOAL := help
.PHONY: help setup run test lint lock bench fault fuzz docs

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready

help: ## Say what there is
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 10

setup: $(READY) ## Make .venv from the hash-locked requirements

$(READY): requirements-dev.txt pyproject.toml ops/setup.sh
	@PYTHON="$(PYTHON)" sh ops/setup.sh
	@touch $@

run: setup ## Start Tværs, play the sample day through it, print what crossed, and stay up until Ctrl-C
	@$(BIN)/tvaers run --sample

test: setup ## Run the whole suite
	@$(BIN)/pytest

lint: setup ## Check form, types and imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

lock: ## Lock the requirements anew, with hashes (needs uv)
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--extra embedded --extra postgres pyproject.toml -o requirements.txt
	uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--extra embedded --extra postgres --extra dev pyproject.toml -c requirements.txt -o requirements-dev.txt

bench: setup ## Measure against the design's numbers; the last results are in docs/results/
	@$(BIN)/python -m ops.bench.language
	@$(BIN)/python -m ops.bench.decision
	@$(BIN)/python -m ops.bench.recall

docs: setup ## Write what is generated: the export of the shared language, and docs/integration.md
	@$(BIN)/tvaers schemas export schemas/exported
	@$(BIN)/python -m ops.docs.integration docs/integration.md

fuzz: setup ## Draw long random histories of what citizens, parties and faults do (FUZZ_EXAMPLES, FUZZ_STEPS)
	@FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-200} FUZZ_STEPS=$${FUZZ_STEPS:-30} \
		$(BIN)/pytest -o faulthandler_timeout=0 tests/e2e/machine

fault: ## Not built yet: it says so and fails
	@echo "make $@: not built yet (see CHANGELOG.md)" >&2; exit 1
