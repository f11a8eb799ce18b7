# Two commands do all the set-up on a fresh machine: `make report` and `make test`.
# Windows: the same steps in PowerShell stand in README.md.

PYTHON ?= python3
BIN := .venv/bin
WORKERS ?= 2

.PHONY: report test simulations simulate benchmark check lab setup lock clean help

help: ## list the targets
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

setup: .venv/.ready ## create .venv with the locked packages

.venv/.ready: requirements.lock pyproject.toml tools/setup_environment.py
	@$(PYTHON) tools/setup_environment.py .venv

report: .venv/.ready ## run the packaged example study: reports/example/
	@$(BIN)/cxresearch run data/example --language fi,en --format html,pdf,docx

test: .venv/.ready ## pass all tests, the notebooks' stored outputs included
	@echo "Unit, property, witness and end-to-end tests (some minutes on two cores):"
	@$(BIN)/python -m pytest -n $(WORKERS) --dist worksteal tests
	@echo "The notebooks' stored outputs (nbval):"
	@$(BIN)/python -m pytest --nbval notebooks -p no:cacheprovider -n $(WORKERS) --dist loadfile --override-ini filterwarnings=default

simulations: .venv/.ready ## pass the simulation suite: what is stored is drawn again (some twenty minutes)
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) -m simulation tests

simulate: .venv/.ready ## simulate the headline estimators anew: docs/simulations.md
	@OPENBLAS_NUM_THREADS=1 $(BIN)/python -m tests.simulation.run

benchmark: .venv/.ready ## print what computations cost beside their peers
	@$(BIN)/python -m benchmarks

check: .venv/.ready ## lint, format and types
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

lab: .venv/.ready ## JupyterLab on the example study
	@$(BIN)/cxresearch lab data/example

lock: .venv/.ready ## renew requirements.lock from pyproject.toml
	@$(BIN)/python tools/lock.py

clean: ## remove what can be made again
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis build dist
