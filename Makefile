# ecomplan: two commands are all a newcomer needs, `make report` and `make test`.
.DEFAULT_GOAL := help
.PHONY: help report test lab review bench clean setup
BIN := .venv/bin
export PYTHON

help:  ## list what make can do
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:
	@sh scripts/setup.sh

report: setup  ## set up, fetch the data, regenerate the plan report
	@$(BIN)/ecomplan report

test: setup  ## lint, types, layers, notebooks, and the tests
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/nbstripout --verify --keep-id notebooks/*.ipynb
	@$(BIN)/pytest

lab: setup  ## JupyterLab on the notebooks, its kernel ready
	@$(BIN)/ecomplan check && $(BIN)/jupyter lab --notebook-dir=. notebooks/10_prepare.ipynb

review: setup  ## MLflow's UI on 127.0.0.1:5000
	@MLFLOW_SERVER_ENABLE_JOB_EXECUTION=false MLFLOW_DISABLE_TELEMETRY=true GIT_PYTHON_REFRESH=quiet \
	  $(BIN)/mlflow ui --host 127.0.0.1 --port 5000 --workers 1 --backend-store-uri sqlite:///mlruns/mlflow.db

bench: setup  ## benchmarks against peers, ratios printed
	@for file in benchmarks/*.py; do $(BIN)/python $$file || exit 1; done

clean:  ## remove the environment, results, runs and caches (data.dvc, dvc.lock and the code stay)
	@rm -rf .venv .ecomplan data report out/*/findings.json out/*/tables out/*/figures out/*/files out/*/model out/*/notebook.ipynb \
	  mlruns/mlflow.db mlruns/artifacts .dvc/cache .dvc/tmp .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis
