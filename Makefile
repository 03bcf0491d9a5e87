# The front door: `make start` builds and serves, `make test` runs every test. `make help` lists the rest.

SWIFT ?= swift
RELEASE = .build/release/plimsoll
FORMATTED = Sources Tests Benchmarks Package.swift

.PHONY: help start build test test-unit test-engine test-end-to-end test-local-world test-allocations test-arm64 \
  lint format fuzz docs clean bench bench-start bench-engine bench-kernels bench-brownout bench-scheduler bench-policies bench-serving bench-lengths \
  bench-control bench-simulation bench-router bench-settling bench-burst brownout-model record bench-fidelity bench-hop bench-kills bench-lsram \
  bench-learning bench-forecasting bench-anomalies bench-autoscaling bench-autoscaling-local

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

test-local-world: ## Check the local world against what every world owes the controller, in real time.
	PLIMSOLL_WORLD_CHECKS=1 $(SWIFT) test --filter LocalClusterTests.ConformanceTests


record: build ## Record what a controller sees in both worlds, for the tests of the same decisions.
	Tests/WorldConformance/Recordings/record.sh $(RELEASE)

test-allocations: ## Prove that a step of the model allocates nothing, in an optimised build.
	PLIMSOLL_ENGINE_ONLY=1 $(SWIFT) test -c release -Xswiftc -enable-testing --scratch-path .build/optimised --filter AllocationTests

test-arm64: ## Run the C kernels for arm64 under qemu; every bit must be this machine's.
	@CLANG=$$(dirname $$(command -v $(SWIFT)))/clang Tests/Arm64/run.sh

lint: ## Check the format of every Swift file.
	$(SWIFT) format lint --strict --recursive --parallel $(FORMATTED)

format: ## Format every Swift file in place.
	$(SWIFT) format --in-place --recursive --parallel $(FORMATTED)

bench: bench-start bench-control bench-simulation bench-router bench-fidelity bench-kills bench-scheduler bench-engine ## Run every measurement whose result docs/results records.

bench-start: build ## Measure start to ready and the cost of an idle server.
	python3 tools/bench/start.py $(RELEASE)

bench-policies: build ## Compare serving policies on the traces in TRACES, simulated at the pace of the measured engine.
	python3 tools/bench/serving/policies.py $(RELEASE) $(TRACES) $(BENCH)

bench-serving: build ## Load this server and llama-server alike with the traces in TRACES; a call goes on where the last one ended.
	python3 tools/bench/serving/bench.py $(RELEASE) $(TRACES) $(BENCH)

bench-lengths: build ## Measure how well the lengths of answers are foreseen, from the traces in TRACES and the tales in TALES.
	python3 tools/bench/serving/lengths.py $(RELEASE) $(TRACES) $(TALES)

bench-scheduler: ## Measure how long a step takes to plan while 10,000 requests wait.
	PLIMSOLL_ENGINE_ONLY=1 $(SWIFT) run -c release --scratch-path .build/engine SchedulerBench

bench-lsram: ## Measure how long it takes to split budgets over 100 to 10,000 services.
	PLIMSOLL_ENGINE_ONLY=1 $(SWIFT) run -c release --scratch-path .build/engine SplitBench

bench-control: ## Measure a control tick over 5,000 services.
	PLIMSOLL_ENGINE_ONLY=1 $(SWIFT) run --scratch-path .build/engine -c release ControlBenchmark

bench-learning: ## Measure how long a network of 64 units takes to learn the 3,600 readings in TRACE.
	PLIMSOLL_ENGINE_ONLY=1 $(SWIFT) build --scratch-path .build/engine -c release --product ForecastingBenchmark
	.build/engine/release/ForecastingBenchmark learning $(TRACE)

bench-forecasting: ## Train every forecaster on TRACE and judge them on HELD_OUT; the plot goes to docs/results/forecasting.svg.
	PLIMSOLL_ENGINE_ONLY=1 $(SWIFT) build --scratch-path .build/engine -c release --product ForecastingBenchmark
	.build/engine/release/ForecastingBenchmark forecasting $(TRACE) $(HELD_OUT) docs/results/forecasting.svg

bench-anomalies: ## Slow services down in simulated applications, and count which the detector finds and names.
	PLIMSOLL_ENGINE_ONLY=1 $(SWIFT) build --scratch-path .build/engine -c release --product ForecastingBenchmark
	.build/engine/release/ForecastingBenchmark anomalies Examples/online-boutique.yaml Examples/social-network.yaml Examples/hotel-reservation.yaml

bench-simulation: ## Measure the simulated world: spans per second, memory over a week.
	PLIMSOLL_ENGINE_ONLY=1 $(SWIFT) run --scratch-path .build/engine -c release SimulationBenchmark Examples/social-network.yaml

bench-settling: ## Measure how long each policy takes to settle after a burst, a step and another image, simulated.
	PLIMSOLL_ENGINE_ONLY=1 $(SWIFT) run --scratch-path .build/engine -c release SettlingComparison Examples/online-boutique.yaml

bench-autoscaling: build ## Compare lsram with the HPA's settings and every policy on the traces in TRACES, simulated; 75 to 90 minutes, resumable.
	python3 tools/bench/autoscaling/bench.py $(RELEASE) $(TRACES) $(BENCH)

bench-autoscaling-local: build ## Compare lsram with the best HPA setting on a small application on this machine; eight minutes of it alone, resumable.
	python3 tools/bench/autoscaling/local.py $(RELEASE) $(TRACES)

bench-router: ## Measure what the local world's router adds to a request, and its CPU.
	$(SWIFT) build -c release --product RouterBenchmark
	.build/release/RouterBenchmark

BROWNOUT_MODEL ?= .build/bench-brownout/moe

bench-fidelity: build ## Compare the simulated world with the local one, into docs/results/fidelity.md; half an hour, resumable.
	python3 tools/bench/fidelity.py $(RELEASE)

bench-hop: build ## Measure what a call between two services takes in the local world beyond their work.
	python3 tools/bench/hop.py $(RELEASE)

bench-kills: build ## Kill replicas at random under load for MINUTES and account for every request.
	python3 tools/bench/kills.py $(RELEASE) --minutes $(or $(MINUTES),10)

brownout-model: ## Make the mixture of the next two, in BROWNOUT_MODEL unless it is there.
	PLIMSOLL_ENGINE_ONLY=1 $(SWIFT) build -c release --scratch-path .build/engine --product BrownoutBenchmark
	python3 tools/bench/brownout/shape.py .build/engine/release/BrownoutBenchmark $(BROWNOUT_MODEL)

bench-brownout: brownout-model ## Measure what brownout saves in a decode step.
	.build/engine/release/BrownoutBenchmark $(BROWNOUT_MODEL)

bench-burst: build brownout-model ## Double the load on a server for a while, with brownout and without.
	python3 tools/bench/brownout/burst.py $(RELEASE) $(BROWNOUT_MODEL) --floor 0.2 $(BENCH)

bench-engine: ## Measure the engine beside OpenVINO, llama.cpp and transformers (BENCH="--models 135m --rounds 2" for a part).
	PLIMSOLL_ENGINE_ONLY=1 $(SWIFT) build -c release --scratch-path .build/engine --product EngineBenchmark
	python3 tools/bench/engine/bench.py .build/engine/release/EngineBenchmark $(BENCH)

bench-kernels: ## Measure the kernels as fractions of this machine's limits.
	PLIMSOLL_ENGINE_ONLY=1 $(SWIFT) build -c release --scratch-path .build/engine --product KernelBenchmark
	.build/engine/release/KernelBenchmark

fuzz: ## Feed 20,000 mutated model files and 20,000 mutated request bodies.
	PLIMSOLL_FUZZ_CASES=20000 $(SWIFT) test --filter Fuzz

docs: ## Generate the reference of every target into .build/docs.
	scripts/docs.sh

clean: ## Remove everything that was built.
	rm -rf .build
