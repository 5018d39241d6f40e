# Every command of the project. `make` alone lists them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# The first Python that is new enough; `make PYTHON=/path/to/python3 ...` chooses another.
PYTHON ?= $(shell for python in python3 python3.11 python3.12 python3.13; do $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$python && break; done)
# Each test starts operators as processes: without cached bytecode a start takes a third longer. Empty switches it on.
export PYTHONDONTWRITEBYTECODE :=
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PY := $(BIN)/python

##@ Use it
.PHONY: help
help: ## list the commands
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: $(READY) ## the Python environment in .venv, from the locked requirements

$(READY): requirements/dev.txt pyproject.toml
	@command -v "$(PYTHON)" >/dev/null || { echo "Python 3.11 or newer is needed: set PYTHON=/path/to/python3"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "$(PYTHON) is older than 3.11: set PYTHON=/path/to/python3.11"; exit 1; }
	@echo "==> Python environment in $(VENV) (once, about a minute)"
	@$(PYTHON) -m venv $(VENV)
	@$(PY) -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements/dev.txt
	@$(PY) -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.PHONY: demo
demo: $(READY) ## the main job from end to end on this machine: control plane, mock cloud, operator, registry
	@$(PY) -m hack.world demo

.PHONY: up
up: $(READY) ## the demo's world, left running (`.run/env` says where everything is)
	@$(PY) -m hack.world up

.PHONY: operator
operator: $(READY) ## (re)start the operator alone in the running world
	@$(PY) -m hack.world operator

.PHONY: down
down: $(READY) ## stop that world and forget its state
	@$(PY) -m hack.world down

##@ Ship it
.PHONY: image
image: $(READY) ## the operator's image and the mock cloud's; BASE=... is another root with Python 3.11 or newer and pip
	@$(PY) -m hack.image $(if $(BASE),--base=$(BASE))

.PHONY: release
release: $(READY) ## images, chart, one file for kubectl, bill of materials and checksums in dist/; SIGNING_KEY=... signs
	@BASE=$(BASE) SIGNING_KEY=$(SIGNING_KEY) $(PY) -m hack.release

.PHONY: e2e
e2e: $(READY) ## images, chart and cluster tests on a real kind cluster, which is gone afterwards
	@BASE=$(BASE) $(PY) -m hack.kind e2e

##@ Work on it
# Each worker has an API server of its own and takes whole files, because a file's tests share a cloud and an operator.
# The tests of clusters mostly wait, so there are more workers than cores. The fault suite is parallel by itself.
WORKERS ?= $(shell echo $$(( $$(nproc) + 1 )))
SIDE_BY_SIDE := --numprocesses=$(WORKERS) --dist=loadfile --no-loadscope-reorder
SLOWEST := --durations=15 --durations-min=5
.PHONY: test
test: $(READY) controlplane ## all tests that need no Docker; of the fault suite a sample, another one each day
	@echo "==> without the syncs by a real Argo CD, which takes long to build: make argocd"
	@echo "==> without slow repetitions with more bytes, and with a sample of the fault suite: make test-all runs them"
	@$(PY) -m pytest $(SIDE_BY_SIDE) -m "not slow" $(SLOWEST) tests --ignore=tests/argocd --ignore=tests/faults
	@$(PY) -m pytest tests/faults

.PHONY: test-all
test-all: $(READY) controlplane ## the same with the slow repetitions and the whole fault suite: more than an hour
	@$(PY) -m pytest $(SIDE_BY_SIDE) $(SLOWEST) tests --ignore=tests/argocd --ignore=tests/faults
	@FAULTS=all $(PY) -m pytest -s tests/faults

.PHONY: unit
unit: $(READY) ## the tests that start no process
	@$(PY) -m pytest $(SIDE_BY_SIDE) tests/unit

FAULTS ?= all
.PHONY: faults
faults: $(READY) controlplane ## the whole fault suite, or one point of it (POINT='...'), or a sample (FAULTS=sample)
	@FAULTS=$(FAULTS) FAULT_POINT="$(POINT)" $(PY) -m pytest -s tests/faults

.PHONY: shipped
shipped: $(READY) controlplane ## the tests of registries and assets, every operator started as the chart's Deployment says
	@OPERATOR=chart $(PY) -m pytest tests/admission tests/api tests/registry tests/assets

.PHONY: azurite
azurite: $(READY) ## the blob service's contract tests, against the mock cloud and Azurite (from npm)
	@$(PY) -m hack.azurite
	@$(PY) -m pytest tests/contract --azurite

.PHONY: argocd
argocd: $(READY) controlplane ## the examples, synced by a real Argo CD from a local git repository
	@$(PY) -m hack.argocd binaries
	@$(PY) -m pytest tests/argocd --timeout=900 --durations=0 --durations-min=1

.PHONY: bench
bench: $(READY) controlplane ## the measured figures, as a table and as .run/bench.json; ONLY="fleet crash" for some of them
	@$(PY) -m hack.bench $(foreach name,$(ONLY),--only $(name))

.PHONY: alerts
alerts: $(READY) ## the alerts' unit tests by promtool (Debian's package prometheus, or any release of Prometheus)
	@command -v promtool >/dev/null || { echo "promtool is not on PATH: install Debian's package prometheus, or a release of Prometheus"; exit 1; }
	@promtool check rules helm/mlregistry-operator/files/alerts.yaml
	@promtool test rules tests/rules/alerts_test.yaml

.PHONY: controlplane
controlplane: $(READY) ## find or build kube-apiserver, etcd, kube-controller-manager and kubectl
	@$(PY) -m hack.controlplane binaries

.PHONY: docs
docs: $(READY) ## the documentation as a site in build/site; fails on a link or anchor that leads nowhere
	@NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict
	@echo "==> build/site/index.html"

.PHONY: install-yaml
install-yaml: $(READY) ## one file for kubectl, dist/install.yaml, made from the chart with its defaults
	@$(PY) -m hack.install dist/install.yaml

POLICIES := $(VENV)/policies
.PHONY: policies
policies: $(READY) $(POLICIES)/.ready ## what the policy checker Checkov finds in the chart: at most the missing digest
	@$(PY) -m hack.policies $(POLICIES)/bin/checkov

$(POLICIES)/.ready: requirements/policies.txt
	@echo "==> Checkov in $(POLICIES) (once, a few minutes)"
	@$(BIN)/uv venv --quiet --clear --python $(PY) $(POLICIES)
	@$(BIN)/uv pip install --quiet --python $(POLICIES)/bin/python --require-hashes -r requirements/policies.txt
	@touch $@

.PHONY: generate
generate: $(READY) ## everything that is made from code: CRDs, tables in the docs
	@$(PY) -m hack.generate

.PHONY: fmt
fmt: $(READY) ## format and mend what the linter can mend
	@$(BIN)/ruff format .
	@$(BIN)/ruff check --fix --quiet .

.PHONY: lint
lint: $(READY) ## format, lint and spelling, changing nothing
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/codespell

.PHONY: types
types: $(READY) ## mypy, strict
	@$(BIN)/mypy

.PHONY: layers
layers: $(READY) ## who may import whom
	@$(BIN)/lint-imports --no-logo

.PHONY: verify
verify: generate lint types layers unit ## the one gate: generated files fresh, lint, types, layers, unit tests, tree clean
	@test -z "$$(git status --porcelain)" || { echo "The tree is not clean: commit what was generated or formatted."; git status --short; exit 1; }

.PHONY: lock
lock: $(READY) ## resolve the dependencies anew
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra mockcloud --extra tracing -o requirements/runtime.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header pyproject.toml --extra mockcloud --extra tracing --group dev -o requirements/dev.txt
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header requirements/policies.in -o requirements/policies.txt

.PHONY: clean
clean: ## remove what the other commands made here (not the cached control plane)
	@rm -rf $(VENV) .run build dist .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
