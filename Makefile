# The front door: `make start` builds and serves, `make test` runs every test. `make help` lists the rest.

SWIFT ?= swift
RELEASE = .build/release/plimsoll
FORMATTED = Sources Tests Package.swift

.PHONY: help start build test test-unit test-engine test-end-to-end lint format test-arm64 bench bench-start bench-kernels fuzz docs clean

help: ## List the targets.
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-16s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

start: build ## Build, then serve the bundled model on http://127.0.0.1:8000.
	$(RELEASE) serve

build: ## Build .build/release/plimsoll, installing missing system packages first (when root).
	@scripts/prerequisites.sh
	$(SWIFT) build -c release --product plimsoll

test: test-unit test-end-to-end ## Run every test.

test-unit: ## Run the unit, property and golden tests.
	@scripts/prerequisites.sh
	$(SWIFT) test

test-engine: ## Run the tests below the edge, without building the HTTP stack.
	PLIMSOLL_ENGINE_ONLY=1 $(SWIFT) test --scratch-path .build/engine

test-end-to-end: build ## Serve the bundled model and use it with real clients.
	Tests/EndToEnd/run.sh $(RELEASE)

test-arm64: ## Run the C kernels for arm64 under qemu; every bit must be this machine's.
	@CLANG=$$(dirname $$(command -v $(SWIFT)))/clang Tests/Arm64/run.sh

lint: ## Check the format of every Swift file.
	$(SWIFT) format lint --strict --recursive --parallel $(FORMATTED)

format: ## Format every Swift file in place.
	$(SWIFT) format --in-place --recursive --parallel $(FORMATTED)

bench: bench-start ## Run every measurement whose result docs/results records.

bench-start: build ## Measure start to ready and the cost of an idle server.
	python3 tools/bench/start.py $(RELEASE)

bench-kernels: ## Measure the kernels as fractions of this machine's limits.
	PLIMSOLL_ENGINE_ONLY=1 $(SWIFT) build -c release --scratch-path .build/engine --product KernelBenchmark
	.build/engine/release/KernelBenchmark

fuzz: ## Feed 20,000 mutated model files and 20,000 mutated request bodies.
	PLIMSOLL_FUZZ_CASES=20000 $(SWIFT) test --filter Fuzz

docs: ## Generate the reference of every target into .build/docs.
	scripts/docs.sh

clean: ## Remove everything that was built.
	rm -rf .build
