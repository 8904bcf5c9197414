# Two commands: `make deploy` and `make test`. The others are their parts.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# The scenarios of Molecule; of them, the other releases and platforms.
PLATFORMS := bullseye trixie sid redhat pike rocky train venv upgrade
SCENARIOS := default edit $(PLATFORMS) faults images
.PHONY: help deploy destroy build test test-all lint unit releases cores sanity molecule platforms benchmark $(SCENARIOS)

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export CONTAINERS_CONF := $(CURDIR)/.cache/containers.conf
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
# The checkout is its own collection: the link in this folder points back here.
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/playbooks/collections
export ANSIBLE_FORCE_COLOR ?= $(if $(MAKE_TERMOUT),1,0)

SANDBOX := ansible-playbook -i inventories/sandbox

help:
	@echo "make deploy    a sandbox: a controller in a container, with a running Image service and an image in it"
	@echo "make destroy   throw the sandbox away"
	@echo "make build     the collection as one file, to be installed with ansible-galaxy"
	@echo "make test      lint, unit, releases, sanity, molecule; most of an hour"
	@echo "make test-all  the same, the other releases and platforms, and what faults lead to: killed runs, full disks;"
	@echo "               with --jobs 2 --output-sync, two of them at a time"
	@echo "make benchmark how fast it is, beside what people use today; an hour"
	@echo "make lint | unit | releases | cores | sanity | molecule | platforms    a part of it"
	@echo "make $(subst $() , | ,$(SCENARIOS))    a scenario of Molecule"

deploy: .venv/deploy
	@python tools/sandbox.py secrets
	@python tools/hosts.py up controller --publish 5000 --publish 9292
	@echo "==> Preparing the controller as the install guides presuppose it, then deploying the Image service on it"
	$(SANDBOX) playbooks/sandbox.yml playbooks/site.yml
	@python tools/sandbox.py clouds
	@python tools/sandbox.py show

destroy:
	@python3 tools/hosts.py down controller
	@python3 tools/sandbox.py forget

build: .venv/deploy
	ansible-galaxy collection build --force

test: lint unit releases sanity molecule
	@echo "make test: all passed"

test-all: test cores platforms faults images
	@echo "make test-all: all passed"

lint: .venv/test
	ruff check .
	ruff format --check .
	mypy -p ansible_collections.osops.glance.plugins
	mypy tools
	yamllint --strict .
	ansible-lint --offline
	antsibull-changelog lint
	antsibull-docs lint-collection-docs --plugin-docs .

unit: .venv/test
	pytest -n auto tests/unit
	@echo "==> Every branch of the document type, by its own tests"
	pytest --cov=plugins/module_utils/_ini --cov-fail-under=100 tests/unit/plugins/module_utils/_ini

# What is written for a release, and said of it, held against its package, which is fetched once, into .cache/glance.
releases: .venv/test
	pytest tests/releases

# The data of the roles, with every supported version of ansible-core; each gets a virtual environment in .cache/cores.
cores: .venv/test
	pytest tests/cores

sanity: .venv/test
	python tools/sanity.py

molecule: default edit

platforms: $(PLATFORMS)

# The base is said, as Molecule looks for it in a Git checkout only.
$(SCENARIOS): .venv/test
	molecule --base-config .config/molecule/config.yml test --scenario-name $@

# WRITE=docs/benchmarks.md puts the tables into that page.
benchmark: .venv/test
	python benchmarks/ini.py $(if $(WRITE),--write $(WRITE))
	python benchmarks/deploy.py $(if $(WRITE),--write $(WRITE))
	python benchmarks/upload.py $(if $(WRITE),--write $(WRITE))

# The Python environment -------------------------------------------------------------------------------------------------

.venv/deploy: requirements.txt
	@echo "==> Making the Python environment in .venv (about a minute, once)"
	@python3 -m venv --clear .venv || { echo "python3-venv is missing; install it: apt-get install python3-venv"; exit 1; }
	@.venv/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt --requirement requirements.txt
	@touch $@

.venv/test: requirements-test.txt .venv/deploy
	@echo "==> Adding the tools of the tests to .venv (about a minute, once)"
	@.venv/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt --requirement requirements-test.txt
	@touch $@
