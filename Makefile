# Every target does its own set-up; a second time it takes a moment.

PYTHON := .venv/bin/python
MESSAGE ?=

# Some machines ask for no compiled files; then each program in the tests compiles the panel anew.
export PYTHONDONTWRITEBYTECODE =

.PHONY: run test lint suite bench soak fuzz migration translations readme interop screenshots setup setup-tests

run: setup  ## Serve the panel on http://127.0.0.1:8000 (HOST and PORT change that)
	@SMTP_PANEL_SANDBOX=$${SMTP_PANEL_SANDBOX-on} exec $(PYTHON) -m smtp_panel serve

# The types are checked beside the tests, for that keeps one processor alone busy.
test:  ## Run every check and test
	@$(MAKE) --no-print-directory --jobs=2 lint suite

lint: setup-tests  ## Check style and types
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check
	$(PYTHON) -m mypy

suite: setup-tests
	$(PYTHON) -m pytest -n 4

bench: setup-tests  ## Print figures of speed
	$(PYTHON) -m tests.bench

soak: setup-tests  ## Kill workers at random with 2,000 messages on each database, and 10,000 past 2 hours of outage; load two nodes for 30 seconds
	OUTBOX_SOAK_MESSAGES=2000 OUTBOX_SOAK_WAITING=10000 OUTBOX_SOAK_HOURS=2 NODES_SOAK_SECONDS=30 \
		$(PYTHON) -m pytest -s tests/outbox/test_killing.py tests/web/test_outage.py tests/nodes/test_load.py

fuzz: setup-tests  ## Let 60,000 random servers loose on a check, other ones each time
	$(PYTHON) -m pytest --hypothesis-profile=fuzz -n 2 tests/check/test_random_servers.py

migration: setup-tests  ## Write a migration for changed models: make migration MESSAGE="add the outbox"
	@$(PYTHON) -m scripts.migration "$(MESSAGE)"

translations: setup-tests  ## Bring the catalogues of translations up to date
	@$(PYTHON) -m scripts.translations

readme: setup-tests  ## Write the tables of README.md, the manual page, docs/faults and docs/providers
	@$(PYTHON) -m scripts.readme

interop: setup-tests  ## Write the table of mail servers in README.md from real runs
	@$(PYTHON) -m scripts.interop

screenshots: setup-tests  ## Take the pictures in README.md
	@$(PYTHON) -m scripts.screenshots

setup:
	@scripts/setup.sh run

setup-tests:
	@scripts/setup.sh test
