# Each target prepares what it needs; the second run skips what exists. See testbed/README.md.
.PHONY: demo demo-clean fast test soak check bench bed browser lock
.DEFAULT_GOAL := test

PYTHON := .venv/bin/python
export PATH := $(CURDIR)/.venv/bin:$(PATH)

demo: bed            ## the story: 1.0.0, 1.1.0 and back, in the local cloud
	demo/run

demo-clean: bed      ## end and remove what `make demo` left running
	demo/clean

# The tiers of the tests. `test` ends with the part of its time budget that it used; nothing fails by the clock.
fast: bed            ## the tests that need no Docker
	$(PYTHON) -m pytest -m "not docker and not cloud and not soak" --numprocesses 2 --durations 20

test: browser check  ## everything, on real engines
	$(PYTHON) -m pytest --numprocesses 2 --dist loadgroup --durations 20 --budget 30

soak: bed            ## random kills and long loads; prints its seed
	$(PYTHON) -m pytest -m soak --capture no

check: bed           ## formatting, lint, types, layers, house rules
	ruff format --check src tests benchmarks demo
	ruff check src tests benchmarks demo
	mypy
	lint-imports
	$(PYTHON) -m tests.house

bench: bed           ## every figure of docs/performance.md
	$(PYTHON) -m benchmarks

TOOL_LOCK := src/dockdj/recipe/project/vendor/dockdj-requirements.txt

lock:                ## resolve requirements/*.txt anew, and what projects install Dockdj with: the same versions
	uv pip compile pyproject.toml --extra cloud --group dev --generate-hashes --universal \
	  --python-version 3.11 --no-header --output-file requirements/dev.txt
	uv pip compile --group amazon --generate-hashes --universal \
	  --python-version 3.11 --no-header --no-annotate --output-file requirements/amazon.txt
	{ sed -n 1p $(TOOL_LOCK) && echo hatchling | uv pip compile pyproject.toml - --extra cloud --generate-hashes \
	  --universal --python-version 3.11 --constraints requirements/dev.txt --quiet --no-header --no-annotate; \
	} >$(TOOL_LOCK).new
	mv $(TOOL_LOCK).new $(TOOL_LOCK)

bed:
	testbed/setup

browser: bed
	testbed/setup browser clients
