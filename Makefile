# Two commands: `make deploy` and `make test`. The other targets are parts of them.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
# The scenarios of Molecule. PLATFORMS are those for other releases, distributions and ways to install or configure.
PLATFORMS := merge bullseye trixie sid redhat pike rocky train venv upgrade
SCENARIOS := default $(PLATFORMS) faults images runner ha galera
# The oldest and the newest supported version of ansible-core; .venv has one between them.
CORES := 2.16 2.21
MATRIX := $(CORES:%=unit-%) $(CORES:%=sanity-%)
INI_TESTS := tests/unit/plugins/module_utils/_ini
# The parts of the benchmark, in the order of docs/benchmarks.md.
BENCHMARKS := ini deploy no-change change growth growth-deploy upload upload-large unchanged parallel
.PHONY: help deploy destroy deploy-ha destroy-ha build docs test test-all lint unit releases cores sanity importer matrix molecule platforms
.PHONY: $(SCENARIOS) $(MATRIX) benchmark $(BENCHMARKS:%=benchmark-%) benchmark-hosts benchmark-clean

export PATH := $(CURDIR)/.venv/bin:$(PATH)
export CONTAINERS_CONF := $(CURDIR)/.cache/containers.conf
export ANSIBLE_CONFIG := $(CURDIR)/ansible.cfg
# The checkout is its own collection: the link in this folder points back here.
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/playbooks/collections
export ANSIBLE_FORCE_COLOR ?= $(if $(MAKE_TERMOUT),1,0)

SANDBOX := ansible-playbook -i inventories/sandbox

help:
	@echo "make deploy     a sandbox: a controller in a container with a running Image service and an image"
	@echo "make destroy    remove the sandbox"
	@echo "make deploy-ha  a sandbox with three controllers, a load balancer and a shared store; make destroy-ha removes it"
	@echo "make build      the collection as one file, to be installed with ansible-galaxy"
	@echo "make docs       the documentation as a web site, in .cache/docs/html"
	@echo "make test       lint, unit, releases, sanity, docs, molecule; two at a time, about half an hour"
	@echo "make test-all   also versions of ansible-core, other releases and platforms, faults, images, and jobs of ansible-runner: several hours"
	@echo "make benchmark  speed in comparison with other tools; an hour and a half, on a quiet machine"
	@echo "Parts: make lint | unit | releases | sanity | docs | molecule | matrix | cores | importer | platforms"
	@echo "One scenario of Molecule: make $(subst $() , | ,$(SCENARIOS))"
	@echo "One part of the benchmark: make benchmark-PART with PART = $(subst $() , | ,$(BENCHMARKS))"
	@echo "One version of ansible-core: make $(subst $() , | ,$(MATRIX))"

deploy: .venv/deploy
	@python tools/sandbox.py secrets
	@python tools/hosts.py up controller --publish 5000 --publish 9292
	@echo "==> Preparing the controller with MariaDB, memcached and Keystone, then deploying the Image service"
	$(SANDBOX) playbooks/sandbox.yml playbooks/site.yml
	@python tools/sandbox.py clouds
	@python tools/sandbox.py show

destroy:
	@python3 tools/hosts.py down controller
	@python3 tools/sandbox.py forget

deploy-ha: .venv/deploy
	@python tools/sandbox.py secrets
	@python tools/sandbox_ha.py up
	@echo "==> Preparing MariaDB, memcached and Keystone, then deploying the Image service on three controllers and the load balancer"
	ansible-playbook -i inventories/sandbox-ha -e @inventories/sandbox/group_vars/all/secrets.yml playbooks/sandbox.yml playbooks/site.yml
	@python tools/sandbox_ha.py show

destroy-ha:
	@python3 tools/sandbox_ha.py down

build: .venv/deploy
	ansible-galaxy collection build --force

# The parts run two at a time; the output of each is printed when it ends.
test: .venv/test
	$(MAKE) --jobs=2 --output-sync=target molecule lint unit releases sanity docs
	@echo "make test: all passed"

test-all: test
	$(MAKE) --jobs=2 --output-sync=target cores matrix importer platforms faults images runner ha galera
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
	pytest -n 2 tests/unit --ignore=$(INI_TESTS)
	@echo "==> Every branch of the INI document, by its own tests"
	pytest -n 2 --cov=plugins/module_utils/_ini --cov-fail-under=100 $(INI_TESTS)

# The options and facts of each release, compared with its package, which is downloaded once into .cache/glance.
releases: .venv/test
	pytest tests/releases

# The data of the roles with every supported version of ansible-core, and a deployment with the oldest and the newest.
cores: .venv/test
	pytest tests/cores

sanity: .venv/test
	python tools/sanity.py

# The documentation as a web site; every warning is an error.
docs: .venv/test
	python tools/docs.py

# The checks of Ansible Galaxy, which has its own versions of the linters.
importer: .venv/test
	python tools/importer.py

matrix: $(MATRIX)

# Each version of ansible-core has a virtual environment in .cache/cores.
$(CORES:%=unit-%): unit-%: .venv/test
	python tools/cores.py unit $*

$(CORES:%=sanity-%): sanity-%: .venv/test
	python tools/cores.py sanity $*

molecule: default

platforms: $(PLATFORMS)

# Molecule finds its base configuration only in a Git checkout, so it is given here.
$(SCENARIOS): .venv/test
	molecule --base-config .config/molecule/config.yml test --scenario-name $@

# The results are written to docs/benchmarks.md, if the machine is quiet. ARGUMENTS=--anyway measures without writing there.
benchmark: .venv/test
	python benchmarks/run.py $(BENCHMARKS) $(ARGUMENTS)

$(BENCHMARKS:%=benchmark-%): benchmark-%: .venv/test
	python benchmarks/run.py $* $(ARGUMENTS)

# The hosts that the parts reuse; they remain until `make benchmark-clean`.
benchmark-hosts benchmark-clean: benchmark-%: .venv/test
	python benchmarks/run.py $*

# The Python environment -------------------------------------------------------------------------------------------------

.venv/deploy: requirements.txt
	@echo "==> Creating the Python environment in .venv (about a minute, once)"
	@python3 -m venv --clear .venv || { echo "python3-venv is missing; install it: apt-get install python3-venv"; exit 1; }
	@.venv/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt --requirement requirements.txt
	@touch $@

.venv/test: requirements-test.txt .venv/deploy
	@echo "==> Adding the tools of the tests to .venv (about a minute, once)"
	@.venv/bin/pip install --quiet --disable-pip-version-check --constraint constraints.txt --requirement requirements-test.txt
	@touch $@
