# Two commands do everything on a machine with Python 3.11, git, make and a package registry:
#   make reproduce     the whole study: data, runs, tables, figures
#   make test          every test

PYTHON ?= $(shell command -v python3.11 || command -v python3)
CORES ?= $(shell nproc 2>/dev/null || sysctl -n hw.ncpu 2>/dev/null || echo 2)
VENV := .venv
READY := $(VENV)/ready

export PATH := $(CURDIR)/$(VENV)/bin:$(PATH)
export PYTHONNOUSERSITE := 1
# Without compiled files every process, of which there are hundreds, would compile the package again.
unexport PYTHONPATH PYTHONDONTWRITEBYTECODE

.PHONY: help environment reproduce methods tuning estimators f2sa_adam relax-and-penalize music smoke test test-numerics bench precision verify compare report reference lint
.PHONY: format clean

help:
	@sed -n 's/^## //p' $(MAKEFILE_LIST)

## make environment   the pinned environment in .venv (every other command makes it first)
environment: $(READY)

$(READY): requirements.txt pyproject.toml
	@"$(PYTHON)" -c 'import sys; sys.exit(sys.version_info[:2] != (3, 11))' || \
	  { echo "error: $(PYTHON) is not Python 3.11; give one with PYTHON=..." >&2; exit 1; }
	@echo "Making the environment in $(VENV) (a few minutes)"
	"$(PYTHON)" -m venv --clear $(VENV)
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check -r requirements.txt
	$(VENV)/bin/python -m pip install --quiet --disable-pip-version-check \
	  --no-deps --no-build-isolation --editable .
	@touch $@

## make reproduce     every study of config/config.yaml (CORES=N to use N cores)
reproduce: $(READY)
	snakemake --cores $(CORES)
	@python -m relaxpen made

## make smoke         the whole pipeline on small settings, in under a minute
smoke: $(READY)
	snakemake --cores $(CORES) --config 'studies=[smoke]'
	@python -m relaxpen made --studies smoke

## make test          every test (CORES=N to use N cores)
test: $(READY)
	python -m pytest --numprocesses $(CORES)

## make test-numerics the numerical tests as on other machines: kernels, products, threads (VARIANTS="avx2 ...")
test-numerics: $(READY)
	python tests/variants.py $(VARIANTS)

## make methods       compare all methods on two data sets (about an hour on two cores)
methods: $(READY)
	snakemake --cores $(CORES) methods
	@python -m relaxpen made --studies methods validation_size reference_setup

## make tuning        repeat the grid search of make methods, write config/chosen.yaml (about 35 minutes on two cores)
tuning: $(READY)
	snakemake --cores $(CORES) --config 'studies=[tuning]' -- tuning
	python -m relaxpen choose --study config/studies/tuning.yaml --results results/tuning

## make estimators    compare gradient estimators, alone and in the method (about 20 minutes)
estimators: $(READY)
	snakemake --cores $(CORES) estimators
	@python -m relaxpen made --studies estimators pull_limits equal_cost

## make f2sa_adam     the paper on F2SA with Adam: figures, tables, claims (about 45 minutes on two cores)
f2sa_adam: $(READY)
	snakemake --cores $(CORES) f2sa_adam
	@python -m relaxpen made --studies f2sa_cleaning f2sa_sensitivity f2sa_ridge f2sa_ijcnn1

## make relax-and-penalize   the paper on relaxing and penalizing: groups, distillation (about two hours on two cores)
relax-and-penalize: $(READY)
	snakemake --cores $(CORES) relax-and-penalize
	@python -m relaxpen made --studies group_lasso distillation distillation_samples

## make music         its data distillation on YearPredictionMSD, downloaded from the UCI repository (some hours)
music: $(READY)
	snakemake --cores $(CORES) --config 'studies=[music]' -- music
	@python -m relaxpen made --studies music

## make bench         time one step relative to plain matrix products
bench: $(READY)
	snakemake --cores 1 --quiet all -- results/data/mnist.json
	python -m relaxpen bench --out results/bench.md

## make precision     rounding error of float32 difference quotients, by radius
precision: $(READY)
	snakemake --cores 1 --quiet all -- results/data/mnist.json
	python -m relaxpen precision --out results/precision.md

## make verify        check every result, and the reference, against their manifests
verify: $(READY)
	python -m relaxpen verify

## make compare       compare the results with the reference, by cell and claim
compare: $(READY)
	python -m relaxpen compare

## make report        results/report.html: figures, tables and claims in one file
report: $(READY)
	snakemake --cores $(CORES) --quiet all
	python -m relaxpen report

## make reference     keep the results of make reproduce, bench and precision in */reference
reference: $(READY)
	python -m relaxpen reference

lint: $(READY)
	ruff check .
	ruff format --check .
	snakefmt --check Snakefile workflow
	mypy

format: $(READY)
	ruff check --fix .
	ruff format .
	snakefmt Snakefile workflow

## make clean         remove results and figures, but neither the data nor the references
clean:
	find results figures -mindepth 1 -maxdepth 1 ! -name reference -exec rm -rf {} +
	rm -rf .snakemake
