# Everything a newcomer types. `make` is a convenience: each recipe shows the command it stands for.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
READY := $(VENV)/.ready
PEERS := $(VENV)/.peers
# PyTorch's build for CPUs, on Linux gigabytes smaller; for NVIDIA's GPUs: make TORCH= ...
TORCH ?= --extra-index-url https://download.pytorch.org/whl/cpu
export PATH := $(CURDIR)/$(BIN):$(PATH)

.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-gpu lint lab book pictures data checkpoints bench release clean

help:  ## Show this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-11s %s\n", $$1, $$2}'

$(READY): pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Python 3.11 or newer is needed: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet -c constraints.txt $(TORCH) torch
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[instructor,dev,book,cluster]'
	touch $@

$(PEERS): $(READY)
	$(BIN)/python -m pip install --quiet -c constraints.txt -e '.[bench]'
	touch $@

demo: $(READY)  ## Release problem set 1, simulate a class, grade it, and compare with its known true scores
	$(BIN)/autograder demo

test: $(READY)  ## Run the tests (browser and CUDA tests skip where there is no browser or device)
	$(BIN)/python -m pytest -m "not slow" -n auto --maxprocesses 4 --dist loadgroup --no-loadscope-reorder

test-slow: $(READY)  ## Run the tests that take minutes
	$(BIN)/python -m pytest -m slow

test-gpu: $(READY)  ## Run the tests that need a CUDA device
	$(BIN)/python -m pytest -m gpu

lint: $(READY)  ## Check style, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

lab: $(READY)  ## Open JupyterLab on the student's notebook of problem set 1
	$(BIN)/jupyter lab $(if $(filter 0,$(shell id -u)),--allow-root) --ServerApp.root_dir=. assignments/ps1_elbo/ps1_elbo.ipynb

book: $(READY)  ## Execute the solutions and build them as a book in build/book
	$(BIN)/python -m sphinx -W -b html docs build/book

pictures: $(READY)  ## Take the README's pictures afresh, with Chromium
	$(BIN)/autograder demo
	$(BIN)/python -m data_scripts.take_pictures

data: $(READY)  ## List the real data sets; `make data NAMES=mnist` downloads
	$(BIN)/python data_scripts/download.py $(if $(NAMES),$(NAMES),--list)

checkpoints: $(READY)  ## Train the small models in lib/latentkit/trained/ afresh: half an hour of one core
	$(BIN)/python data_scripts/train_checkpoints.py
	$(BIN)/python data_scripts/train_mixtures.py
	$(BIN)/python data_scripts/record_point_mixtures.py
	$(BIN)/python data_scripts/train_controlled_text.py
	$(BIN)/python data_scripts/record_controlled_text.py --base
	$(BIN)/python data_scripts/record_controlled_text.py
	$(BIN)/python data_scripts/train_vtm.py
	$(BIN)/python data_scripts/train_syntax_semantics.py

bench: $(PEERS)  ## Run the benchmarks, beside the packages that they compare with; each prints a table
	for file in tests/benchmarks/bench_*.py; do $(BIN)/python $$file || exit 1; done

release: $(READY)  ## Make assignments/ from solutions/ and the rubrics
	$(BIN)/autograder release --all

clean:  ## Remove what the commands made, the environment included
	rm -rf $(VENV) build demo .pytest_cache .ruff_cache .mypy_cache lib/latentkit.egg-info latentkit.egg-info
