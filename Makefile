# The commands of the repository; `make help` lists them.
#
# Every cargo call is --workspace and none sets RUSTFLAGS: other features or flags would compile
# RocksDB a second time.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.NOTPARALLEL:

export CARGO_TARGET_DIR ?= $(CURDIR)/target

CARGO ?= cargo

# Another project's decoder, which every binary of our compiler must survive (move-like-vm/compiler).
export MOVE_BYTECODE_TEMPLATE ?= $(CARGO_TARGET_DIR)/outside

.PHONY: help setup build lint outside check test sim demo fmt clean

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(firstword $(MAKEFILE_LIST)) | expand -t 18

setup: ## install what the build needs and this machine lacks (Debian, apt)
	@installed() { dpkg-query -W -f='$${Status}' "$$1" 2>/dev/null | grep -q 'install ok installed'; }; \
	missing=(); \
	command -v g++ >/dev/null || missing+=(g++); \
	command -v xmllint >/dev/null || missing+=(libxml2-utils); \
	command -v git >/dev/null || missing+=(git); \
	if [ -n "$(BROWSER)" ]; then \
	  command -v chromium >/dev/null || missing+=(chromium); \
	  command -v chromedriver >/dev/null || missing+=(chromium-driver); \
	  command -v openssl >/dev/null || missing+=(openssl); \
	fi; \
	if command -v dpkg-query >/dev/null; then \
	  installed libclang-dev || missing+=(libclang-dev); \
	else \
	  echo 'setup: no dpkg here, so not checked: libclang (for bindgen)'; \
	fi; \
	command -v $(CARGO) >/dev/null || { echo 'setup: no cargo: install it from https://rustup.rs'; exit 1; }; \
	if [ $${#missing[@]} -eq 0 ]; then exit 0; fi; \
	echo "setup: missing $${missing[*]}"; \
	if ! command -v apt-get >/dev/null; then \
	  echo 'setup: no apt-get here: install them by the means of this system'; exit 1; \
	fi; \
	as_root=(); if [ "$$(id -u)" -ne 0 ]; then as_root=(sudo); fi; \
	echo "setup: $${as_root[*]:+sudo }apt-get update && apt-get install $${missing[*]}"; \
	"$${as_root[@]}" apt-get update -q; \
	"$${as_root[@]}" env DEBIAN_FRONTEND=noninteractive \
	  apt-get install -q -y --no-install-recommends "$${missing[@]}"

build: setup ## build the binary into bin/florin
	@$(CARGO) build --workspace --bins
	@mkdir -p bin
	@cp "$$CARGO_TARGET_DIR/debug/florin" bin/.florin.tmp
	@mv -f bin/.florin.tmp bin/florin

lint:
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --workspace --all-targets -- -D warnings
	@$(CARGO) clippy --workspace --features florin-sim/planted,node/planted \
	  --bin florin-planted --bin florin-sim --test halted --test misconduct --test quarantines --test seeds --test planted --test upgrades -- -D warnings

check: setup lint ## formatting, lints, and all tests but the simulation and real processes
	@tests/run.sh fast

outside:
	@if [ -d "$(MOVE_BYTECODE_TEMPLATE)/node_modules/@mysten" ]; then exit 0; fi; \
	if ! command -v npm >/dev/null; then \
	  echo 'outside: no npm here, so what another decoder makes of our binaries is not tried'; exit 0; \
	fi; \
	mkdir -p "$(MOVE_BYTECODE_TEMPLATE)"; \
	npm install --silent --no-audit --no-fund --prefix "$(MOVE_BYTECODE_TEMPLATE)" \
	  @mysten/move-bytecode-template@0.4.1 || \
	  echo 'outside: npm has no such package here, so what another decoder makes of our binaries is not tried'

# Pages are tested in a real browser, and keys that are none of ours by openssl: nothing else needs them.
test: BROWSER := 1
test: setup build lint outside ## everything; the last line is "N passed, N failed"
	@FLORIN_BIN="$(CURDIR)/bin/florin" tests/run.sh all

# Beside the binary, with features that the binary itself is never built with (ADR 0034).
sim: build ## run seeded clusters under faults; seeds in SEEDS="0..48", options in ARGS
	@$(CARGO) build --workspace --features florin-sim/planted --bin florin-sim
	@cp "$$CARGO_TARGET_DIR/debug/florin-sim" bin/.florin-sim.tmp
	@mv -f bin/.florin-sim.tmp bin/florin-sim
	@bin/florin sim --seeds $(or $(SEEDS),0..48) --threads $$(nproc) $(ARGS)

demo: build ## the network on this machine, step by step; options in ARGS="--keep"
	@bin/florin demo $(ARGS)

fmt: ## format the sources
	@$(CARGO) fmt --all

clean: ## remove what builds and demos left here
	@rm -rf bin demo-out
	@$(CARGO) clean
