# The front door. `make help` lists what can be done; `make demo` and `make test` are the two
# commands to start with, each of which sets up whatever the machine still lacks.
SHELL := /bin/bash
BUILD ?= build
PRESET ?= release
PREFIX ?= /usr/local
DESTDIR ?=
JOBS ?= $(shell nproc)
PYTHON := .deps/venv/bin/python
FUZZ_SECONDS ?= 600

.DEFAULT_GOAL := help
.PHONY: help setup setup-test setup-test-all console build demo test test-all lint format bench fuzz install clean

help:  ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup:  ## install what building needs and the machine lacks (does nothing the second time)
	@scripts/setup.sh build

setup-test:  ## also what the tests need: Python packages and S3 servers to test against
	@scripts/setup.sh test

setup-test-all:  ## also what only the slow tests need: helm
	@scripts/setup.sh test-all

build: setup console  ## build/assay and build/assay-classifier
	@grep -qs '^ASSAY_BUILD_TESTS:BOOL=ON' $(BUILD)/CMakeCache.txt || cmake --preset $(PRESET) -DASSAY_BUILD_TESTS=ON
	@cmake --build --preset $(PRESET) -j $(JOBS)

console: setup  ## the web console (console/dist), which the build embeds
	@scripts/console.sh

demo: setup console  ## make a sample estate and run the service over it (DEMO_DIR=folder, DEMO_ONCE=1)
	@scripts/demo.sh

test: setup-test build  ## every test but the slow ones
	@scripts/test.sh

test-all: setup-test-all build  ## also the slow tests, and everything again under ASan, UBSan and TSan
	@scripts/test.sh --all

lint: setup  ## formatting, clang-tidy, and who may include whom
	@scripts/lint.sh

format:  ## reformat the C++ sources
	@git ls-files '*.h' '*.cc' | xargs clang-format-16 -i

bench: setup-test  ## every benchmark; prints a table with ratios (see bench/RESULTS.md)
	@scripts/bench.sh

fuzz: setup  ## every fuzz target for FUZZ_SECONDS each
	@scripts/fuzz.sh $(FUZZ_SECONDS)

install: build  ## install below $(DESTDIR)$(PREFIX)
	@DESTDIR=$(DESTDIR) cmake --install $(BUILD) --prefix $(PREFIX)

clean:  ## remove what was built (not what was set up)
	@rm -rf build build-* .demo console/dist console/dist.stamp
