# The commands of the course. On a fresh machine with Python 3.11 to 3.13:
#
#   make lab     set everything up and open JupyterLab at the first lesson
#   make test    set everything up and run all tests and notebooks
#
# The set-up is done once, into .venv; a changed lock is noticed.

# The first Python on the PATH that fits; or choose: make lab PYTHON=python3.13
PYTHON ?= $(shell for p in python3 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null \
	&& echo $$p && break; done)
VENV := .venv
PY := $(VENV)/bin/python
PIP = $(@D)/bin/python -m pip --disable-pip-version-check
NOTEBOOKS := lessons solutions
COMPILE := uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --quiet
LOCK := $(COMPILE) pyproject.toml --group setup
# Not locked: which build fits (with CUDA or without) is the index's to say.
TORCH := torch==2.13.0

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help lab setup test lessons lint format bench browser dev lock \
	parity parity-jax parity-tensorflow parity-torch

help:
	@sed -n '2,7s/^# \{0,1\}//p' Makefile
	@echo "also: setup lessons lint format bench browser parity lock; \`make lab ARGS=--no-browser\` passes options on"

lab: setup
	$(PY) -m musicml lab $(ARGS)

setup: $(VENV)/.package
	@$(PY) -m musicml setup

test: setup
	$(PY) -m pytest tests $(ARGS)
	$(PY) -m pytest --nbval $(NOTEBOOKS) $(ARGS)

lessons: setup
	$(PY) -m musicml.classroom.build
	$(PY) -m musicml.classroom.curriculum

lint: dev
	$(PY) -m ruff check
	$(PY) -m ruff format --check

format: dev
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

# The time of import; the NumPy layers against Keras on each of its engines and plain PyTorch, and the page about it.
bench: setup .venv-tensorflow/.lock .venv-torch/.lock
	$(PY) benchmarks/import_time.py
	$(SPEED) --cores 1 $(ARGS)
	$(SPEED) --cores 2 $(ARGS)

SPEED = $(PY) benchmarks/speed.py \
	--python tensorflow=.venv-tensorflow/bin/python --python torch=.venv-torch/bin/python

# The NumPy layers against Keras on each of its engines, and the page about it.
parity: parity-jax parity-tensorflow parity-torch
	$(PY) benchmarks/parity.py

parity-jax: setup
	$(call PARITY,$(VENV),jax)

parity-tensorflow: .venv-tensorflow/.lock
	$(call PARITY,.venv-tensorflow,tensorflow)

parity-torch: .venv-torch/.lock
	$(call PARITY,.venv-torch,torch)

# $(call PARITY,environment,engine)
PARITY = KERAS_BACKEND=$2 TF_CPP_MIN_LOG_LEVEL=2 $1/bin/python -m pytest tests/test_parity.py \
	tests/test_special_layers.py --parity-report=benchmarks/parity_$2.csv $(ARGS)

browser: setup dev
	$(PY) -m pytest -m browser tests/browser $(ARGS)

dev: $(VENV)/.dev

lock: dev
	$(VENV)/bin/$(LOCK) --output-file requirements.lock
	$(VENV)/bin/$(COMPILE) --group parity --constraint requirements.lock --output-file requirements-parity.lock
	# TensorFlow wants an older h5py; all else is as in the lock.
	sed -n 's/^\([a-z0-9].*[^ ]\) *\\$$/\1/p' requirements.lock | grep -v '^h5py==' > constraints.new
	$(VENV)/bin/$(COMPILE) --group parity-tensorflow --constraint constraints.new \
		--output-file requirements-tensorflow.lock
	rm constraints.new
	$(VENV)/bin/$(LOCK) --extra dev --extra browser --constraint requirements.lock --output-file requirements-dev.lock
	sed '/- pip:/q' environment.yml > environment.new
	sed -n 's/^\([a-z0-9].*[^ ]\) *\\$$/      - \1/p' requirements.lock >> environment.new
	echo '      - --editable .' >> environment.new
	mv environment.new environment.yml

# The stamps of the set-up. Each is written after its step has succeeded.
$(VENV)/.python .venv-tensorflow/.python .venv-torch/.python:
	@test -n "$(PYTHON)" || { echo "musicml needs Python 3.11, 3.12 or 3.13 and found none of them." \
		"Install one from python.org, or name yours: make lab PYTHON=/path/to/python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' || { \
		echo "musicml needs Python 3.11, 3.12 or 3.13; $(PYTHON) is `$(PYTHON) --version 2>&1`." \
		"Name another: make lab PYTHON=python3.12" >&2; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian and Ubuntu: sudo apt install python3-venv" >&2; exit 1; }
	$(PYTHON) -m venv $(@D)
	@touch $@

$(VENV)/.lock: requirements.lock $(VENV)/.python
	$(PIP) install --no-deps --require-hashes -r requirements.lock
	@touch $@

$(VENV)/.package: pyproject.toml $(VENV)/.lock
	$(PIP) install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.package
	$(PIP) install --no-deps --require-hashes -r requirements-dev.lock
	@touch $@

.venv-tensorflow/.lock: requirements-tensorflow.lock .venv-tensorflow/.python
	$(PIP) install --no-deps --require-hashes -r requirements-tensorflow.lock
	@touch $@

.venv-torch/.lock: requirements-parity.lock .venv-torch/.python
	$(PIP) install --no-deps --require-hashes -r requirements-parity.lock
	$(PIP) install $(TORCH)
	@touch $@
