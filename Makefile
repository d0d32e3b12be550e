# The two commands: `make demo` and `make test`. The rest is for those who work on the product.
PYTHON ?= python3.11
VENV := .venv
BIN := $(VENV)/bin
STAMP := $(VENV)/.installed
DEV_STAMP := $(VENV)/.installed-dev
ifeq (, $(shell command -v $(PYTHON) 2>/dev/null))
PYTHON := python3
endif

.PHONY: setup setup-dev demo test check map lock bench journeys payment-doubles identity-double format clean help

help: ## this list
	@grep -E '^[a-z-]+:.*##' Makefile | sed -E 's/:.*## /\t/'

$(STAMP): requirements/base.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Cài đặt thư viện (ghim phiên bản và mã băm) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/base.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP)

$(DEV_STAMP): requirements/dev.txt pyproject.toml
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Cài đặt thư viện phát triển và kiểm thử …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation --editable .
	@touch $(STAMP) $(DEV_STAMP)

setup: $(STAMP) ## virtual environment in .venv; the command is .venv/bin/tinhso

setup-dev: $(DEV_STAMP) ## the same, with the tools of tests and checks

demo: setup ## set everything up and run the product with a realistic province
	@$(BIN)/tinhso demo

test: setup-dev ## everything that needs no server
	@$(BIN)/pytest -q -n auto --dist loadfile --no-loadscope-reorder

check: setup-dev ## style, types, walls, migrations
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/pytest -q tests/architecture

format: setup-dev ## write the style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

map: setup-dev ## draw docs/map.md and docs/reference.md from the code
	@$(BIN)/tinhso map
	@$(BIN)/tinhso reference

journeys: setup-dev ## browser journeys in Chromium
	@$(BIN)/pytest -q tests/journeys --journeys

payment-doubles: setup ## the two stand-ins for payment providers, on 8951 and 8952 (Ctrl+C stops both)
	@trap 'kill 0' INT TERM; $(BIN)/python tools/doubles/vnpay.py & $(BIN)/python tools/doubles/paygov.py & wait

identity-double: setup ## the stand-in for VNeID on 8961: the demo then signs people in by it
	@$(BIN)/python tools/doubles/national_identity.py

bench: setup-dev ## one benchmark: make bench NAME=P1
	@$(BIN)/python -m bench.run $(NAME)

lock: setup-dev ## pin what pyproject.toml asks for: names, versions, hashes
	@$(BIN)/uv pip compile pyproject.toml --group build --generate-hashes --no-header --no-emit-index-url --python-version 3.11 -o requirements/base.txt -q
	@$(BIN)/uv pip compile pyproject.toml --group dev --generate-hashes --no-header --no-emit-index-url --python-version 3.11 -o requirements/dev.txt -q

clean: ## forget the environment and the demo's data
	rm -rf $(VENV) var build dist
