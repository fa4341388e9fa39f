# The one door. `make` alone says what there is.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
.PHONY: help demo test test-native kafka-jars check check-python check-native corpus bench fuzz soak pcaps signatures docs golden new-protocol clean

VENV := .venv
PY := $(VENV)/bin/python
READY := $(VENV)/.ready
NATIVE := $(shell find native -name '*.rs' -not -path '*/target/*' -o -name 'Cargo.*' -not -path '*/target/*')

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:[^#]*## /\t/' | expand -t 16

$(READY): setup.cfg pyproject.toml $(NATIVE) tools/need.sh
	@tools/need.sh
	@test -x $(PY) || python3 -m venv $(VENV)
	@echo "setting up $(VENV) and building the fast path (once; some minutes)"
	@export CARGO=$$(tools/cargo.sh --which); $(PY) -m pip install --quiet --disable-pip-version-check --editable '.[dev,lab]'
	@touch $@

# The key of the demonstration's pseudonyms: each machine has its own.
DEMO_KEY := .cache/demo.key
$(DEMO_KEY): | $(READY)
	@mkdir -p $(@D)
	@$(VENV)/bin/minesensor privacy new-key $@ >/dev/null

demo: $(READY) $(DEMO_KEY) ## find the mining in the shipped demonstration capture, and whose it is
	@$(VENV)/bin/minesensor scan --customers deploy/demo/customers.csv --city deploy/demo/city.mmdb \
		--asn deploy/demo/asn.mmdb --key-file $(DEMO_KEY) pcaps/demo.pcap

# The glue to Python has no tests of its own: Python's are its tests.
TESTED := --workspace --exclude minesensor-python --lib --bins --tests
# Building is often one long step on one core: what does not wait for another part runs beside it.
BESIDE := @$(MAKE) --no-print-directory --jobs

test: ## every check and test; no root needed
	@tools/need.sh
	$(BESIDE) $(READY) test-native kafka-jars
	$(BESIDE) --output-sync=target check-python check-native
	@$(PY) -m pytest -q --numprocesses=$$(($$(nproc) + 1)) --dist=loadgroup --cov --cov-report=term:skip-covered

kafka-jars:
	@tools/kafka_jars.sh >/dev/null

test-native:
	@tools/cargo.sh test $(TESTED) --quiet
	@tools/cargo.sh test $(TESTED) --quiet --profile checked

check: $(READY) ## formatting, lints, types, import contracts
	$(BESIDE) --output-sync=target check-python check-native

check-python: $(READY)
	@$(VENV)/bin/ruff check .
	@$(VENV)/bin/ruff format --check .
	@$(VENV)/bin/mypy
	@$(VENV)/bin/lint-imports

check-native:
	@tools/cargo.sh clippy --workspace --all-targets --quiet -- -D warnings

corpus: $(READY) ## judge a folder of captures with ground truth: make corpus DIR=...
	@test -n "$(DIR)" || { echo "corpus: name the folder: make corpus DIR=path" >&2; exit 2; }
	@$(PY) -m tests.corpus "$(DIR)"

bench: $(READY) ## throughput and memory beside ndpiReader and a bare libpcap loop: make bench [MIX=file-or-folder]
	@$(PY) -m bench $(MIX)

fuzz: $(READY) ## 60 s of hostile input: decoders, readers, the whole command line
	@PROPTEST_CASES=20000 tools/cargo.sh test -p minesensor-fastpath --test engine --quiet --profile checked properties::
	@$(PY) -m pytest -q tests/fuzz --fuzz-seconds=60

soak: $(READY) ## the long runs: floods of 50 M packets, 20 kills of Kafka and of the sensor, 200 000 waiting findings
	@tools/kafka_jars.sh >/dev/null
	@$(PY) -m pytest -q tests/soak --soak

pcaps: $(READY) ## rebuild the crafted captures
	@$(PY) -m tests.lab build

signatures: $(READY) ## after a change of signatures/*/*.toml: renew the copy that a scan reads
	@PYTHONPATH=. $(PY) tools/compile_signatures.py

docs: $(READY) ## write what is made from the types: docs/schema, the tables of docs/findings.md
	@$(PY) tools/build_docs.py

golden: $(READY) ## record messages of fields that are new; refuses what breaks a consumer
	@$(PY) -m tests.golden

new-protocol: $(READY) ## scaffold a dialect: make new-protocol NAME=my-dialect
	@$(PY) tools/new_protocol.py "$(NAME)"

clean: ## remove what this Makefile made
	@rm -rf $(VENV) build native/target sensor/_native*.so *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .cache
