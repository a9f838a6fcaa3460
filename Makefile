# Everything a person types. Variables of the environment (DATABASE_URL, DEMO_GENERATIONS, PORT ...) reach the commands.
.DEFAULT_GOAL := help
.PHONY: help setup demo up down migrate test test-sql test-glue test-on chaos outages lint format schema reference bench bench-quick bench-adopt bench-pages \
  bench-packages browser clean

help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: ## Find or install what is needed; silent when all is there
	@scripts/setup

demo: setup ## Watch generations run, from submit to result (DEMO_GENERATIONS=20)
	@exec .venv/bin/python -m dev.demo

up: setup ## Keep the same stack running for development; data in .local/
	@exec .venv/bin/python -m dev.stack up

down: setup ## Stop what make up started
	@exec .venv/bin/python -m dev.stack down

migrate: setup ## Bring the database at DATABASE_URL (or PG*) up to this checkout; ARGS=--dry-run, ARGS=--dump-sql
	@exec .venv/bin/basepool migrate $(ARGS)

test: lint test-sql test-glue ## All tests and checks
	@echo "make test: all passed"

test-sql: setup ## pgTAP tests of the database; ARGS=db/tests/claim for some
	@echo "== pgTAP"
	@exec .venv/bin/python -m dev.pgtap $(ARGS)

test-glue: setup browser ## Tests of the Python package against a real database; ARGS='-k webhook' for some
	@echo "== pytest"
	@# in the order of the files: those with the fewest tests take longest, and would come last; twice the cores, as many wait
	@exec .venv/bin/python -m pytest -n 4 --dist loadfile --no-loadscope-reorder $(ARGS)

test-on: setup ## The database tests on the PostgreSQL of another Debian (SUITE=trixie); needs docker, podman, or root
	@exec .venv/bin/python -m dev.debian $(SUITE) $(ARGS)

chaos: setup ## Crash everything at every step and look what was lost or paid twice (SEED=7, GENERATIONS=2000, LIVES=400)
	@exec .venv/bin/python -m tests.chaos.run $(ARGS)

outages: setup ## Let each outage strike, measure how soon it is said and over, and what was lost (ARGS='-k Postgres')
	@exec .venv/bin/python -m tests.outages.run $(ARGS)

lint: setup ## Lint and type-check SQL and Python
	@echo "== ruff, mypy"
	@.venv/bin/ruff check --quiet glue bench && .venv/bin/ruff format --check --quiet glue bench && .venv/bin/mypy
	@echo "== sqlfluff"
	@PYTHONWARNINGS=ignore .venv/bin/sqlfluff lint --processes 2 --disable-progress-bar db
	@echo "== squawk"
	@.venv/bin/squawk --config .squawk.toml db/migrations/*.sql
	@echo "== plpgsql_check"
	@.venv/bin/python -m dev.plcheck

format: setup ## Format the Python files
	@.venv/bin/ruff check --fix --quiet glue bench; .venv/bin/ruff format glue bench

schema: setup ## Write db/schema.sql, what an empty database gets
	@exec .venv/bin/python -m dev.schema

reference: setup ## Write docs/reference.md and the examples' types from the database's own comments, grants and constraints
	@.venv/bin/python -m dev.reference && exec .venv/bin/python -m dev.typescript

bench: setup bench-packages ## Measure everything, peers beside it, and write bench/REPORT.md (an hour, 40 GB); ARGS=growth for some
	@exec .venv/bin/python -m bench $(ARGS)

bench-quick: setup bench-packages ## The same with small sizes, about five minutes; the report goes to .local/bench/quick
	@exec .venv/bin/python -m bench --quick $(ARGS)

bench-adopt: setup ## What a live app notices of the migration: longest wait, times, WAL (ROWS=2000000, some minutes, 20 GB)
	@exec env PYTHONPATH=.:glue .venv/bin/python -m bench.adopt

browser: # for the tests of examples/gallery, where one can be installed; elsewhere they are skipped
	@scripts/setup --with-browser

bench-pages: setup ## What each screen of the operator's page costs at 10 million generations (GENERATIONS, ATTEMPTS; ten minutes, 15 GB)
	@exec env PYTHONPATH=.:glue .venv/bin/python -m bench.pages

bench-packages: # what only the benchmarks need
	@.venv/bin/python -c 'import asyncpg, matplotlib, psutil' 2>/dev/null || \
	  .venv/bin/pip install --disable-pip-version-check --quiet -e '.[bench]'

clean: ## Remove what was built and the development data
	@rm -rf .venv .local .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
