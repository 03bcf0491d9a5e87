// swift-tools-version: 6.2
import PackageDescription

// The engine builds and tests without the HTTP stack: `make test-engine` sets this variable, so an edit below
// the edge never waits for NIO and BoringSSL.
let withServer = Context.environment["PLIMSOLL_ENGINE_ONLY"] == nil

let strict: [SwiftSetting] = [
  .enableUpcomingFeature("ExistentialAny"),
  .enableUpcomingFeature("InternalImportsByDefault"),
  .enableUpcomingFeature("MemberImportVisibility"),
  .enableUpcomingFeature("NonisolatedNonsendingByDefault"),
  .enableUpcomingFeature("InferIsolatedConformances"),
  .treatAllWarnings(as: .error),
]

/// Strict settings for the targets that contain no unsafe code.
let safe: [SwiftSetting] = strict + [.strictMemorySafety()]

// Products that several targets use.
let orderedCollections: Target.Dependency = .product(
  name: "OrderedCollections",
  package: "swift-collections"
)
let logging: Target.Dependency = .product(name: "Logging", package: "swift-log")
let nioCore: Target.Dependency = .product(name: "NIOCore", package: "swift-nio")
let nioHTTP1: Target.Dependency = .product(name: "NIOHTTP1", package: "swift-nio")
let nioPosix: Target.Dependency = .product(name: "NIOPosix", package: "swift-nio")
let serviceLifecycle: Target.Dependency = .product(
  name: "ServiceLifecycle",
  package: "swift-service-lifecycle"
)

// Targets are listed leaves first: the file is the map (ARCHITECTURE.md draws it).
var targets: [Target] = [
  // What tests share: a mutator of bytes, cases of fuzzing.
  .target(
    name: "TestSupport",
    dependencies: ["OrderedJSON", "Randomness"],
    path: "Tests/TestSupport",
    swiftSettings: strict
  ),

  // Counts allocations; only tests link it.
  .target(name: "CAllocations", path: "Tests/CAllocations"),

  // ground -----------------------------------------------------------------------------------------------

  // Numbers by chance that a seed decides.
  .target(name: "Randomness", swiftSettings: safe),

  // JSON text to an ordered tree and back, bounded in depth: model files, chat templates, requests.
  .target(
    name: "OrderedJSON",
    dependencies: [orderedCollections],
    swiftSettings: safe
  ),
  .testTarget(name: "OrderedJSONTests", dependencies: ["OrderedJSON"], swiftSettings: strict),

  // The format of weight files: tables of contents read and checked, files written.
  .target(
    name: "Safetensors",
    dependencies: ["OrderedJSON", orderedCollections],
    swiftSettings: strict
  ),

  .testTarget(
    name: "SafetensorsTests",
    dependencies: ["Safetensors", "TestSupport"],
    swiftSettings: strict
  ),

  // The hot loops in C, with run-time dispatch over instruction sets; optimised even in debug builds.
  .target(
    name: "CKernels",
    cSettings: [.unsafeFlags(["-O3"], .when(configuration: .debug))],
    linkerSettings: [.linkedLibrary("m")]
  ),

  // The kernels' speed as fractions of what the machine can do in the same run.
  .executableTarget(
    name: "KernelBenchmark",
    dependencies: ["CKernels"],
    cSettings: [.headerSearchPath("../CKernels")]
  ),

  // Starts processes that die with their parent, inside their control groups: what Swift cannot do after fork.
  .target(name: "CProcesses"),

  // Float storage with checked shapes, packed weights, the KV store, and the `ComputeBackend` seam.
  .target(name: "Tensors", dependencies: ["CKernels"], swiftSettings: strict),
  .testTarget(
    name: "TensorsTests",
    dependencies: ["Randomness", "Tensors"],
    swiftSettings: strict
  ),

  // The vocabulary of measurement: counters, gauges, histograms, Prometheus text.
  .target(name: "Telemetry", swiftSettings: safe),
  .testTarget(name: "TelemetryTests", dependencies: ["Telemetry"], swiftSettings: strict),

  // Charts as SVG for every report: lines, staircases, bands, bars.
  .target(name: "Plotting", swiftSettings: safe),

  .testTarget(
    name: "PlottingTests",
    dependencies: ["Plotting", "Randomness"],
    swiftSettings: strict
  ),

  // skill ------------------------------------------------------------------------------------------------

  // Weight files to addressable modules (embedding, attention, experts, …) to logits.
  .target(
    name: "Transformer",
    dependencies: ["OrderedJSON", "Safetensors", "Tensors", orderedCollections],
    swiftSettings: strict
  ),
  .testTarget(
    name: "TransformerTests",
    dependencies: [
      "OrderedJSON", "Randomness", "Safetensors", "Tensors", "TestSupport", "Transformer",
      orderedCollections,
    ],
    exclude: ["Goldens"],
    swiftSettings: strict
  ),

  // Small trainable networks: reverse-mode differentiation, layers, losses, Adam.
  .target(name: "Learning", dependencies: ["Safetensors", "Tensors"], swiftSettings: strict),

  .testTarget(
    name: "LearningTests",
    dependencies: ["Learning", "Randomness", "Safetensors", "Tensors"],
    exclude: ["Goldens"],
    swiftSettings: strict
  ),

  // Text to token ids and back, as a Hugging Face tokenizer.json describes it.
  .target(
    name: "Tokenization",
    dependencies: ["OrderedJSON", orderedCollections],
    swiftSettings: safe
  ),
  .testTarget(
    name: "TokenizationTests",
    dependencies: ["OrderedJSON", "Randomness", "TestSupport", "Tokenization", orderedCollections],
    exclude: ["Fixtures"],
    swiftSettings: strict
  ),

  // Chat templates: an interpreter for the part of Jinja that published models use.
  .target(
    name: "ChatTemplates",
    dependencies: ["OrderedJSON", orderedCollections],
    swiftSettings: safe
  ),
  .testTarget(
    name: "ChatTemplatesTests",
    dependencies: ["ChatTemplates", "OrderedJSON", "Randomness", orderedCollections],
    resources: [.copy("Goldens")],
    swiftSettings: strict
  ),

  // The `app.yaml` document: services, calls and promises; the same for every world.
  .target(
    name: "Applications",
    dependencies: ["OrderedJSON", orderedCollections, .product(name: "Yams", package: "Yams")],
    swiftSettings: safe
  ),
  .testTarget(
    name: "ApplicationsTests",
    dependencies: ["Applications", "OrderedJSON", "Randomness", "TestSupport", orderedCollections],
    swiftSettings: strict
  ),

  // seams ------------------------------------------------------------------------------------------------

  // Observe, profile, predict, decide, act: pure values, the guardrails, the journal's types, the worlds' seams.
  .target(
    name: "Control",
    dependencies: ["Applications", orderedCollections],
    swiftSettings: safe
  ),
  .testTarget(
    name: "ControlTests",
    dependencies: ["Applications", "Control", "Randomness", orderedCollections],
    swiftSettings: strict
  ),

  // Pure values: requests, KV blocks, prefix cache, step plans, admission, the step cost model.
  .target(
    name: "Scheduling",
    dependencies: [
      .product(name: "DequeModule", package: "swift-collections"),
      .product(name: "HeapModule", package: "swift-collections"),
    ],
    swiftSettings: safe
  ),
  .testTarget(
    name: "SchedulingTests",
    dependencies: ["Randomness", "Scheduling"],
    swiftSettings: strict
  ),

  // Load forecasters and the screening of samples, behind Control's protocols.
  .target(
    name: "Forecasting",
    dependencies: [
      "Applications", "Control", "Learning", "Randomness", "Safetensors", orderedCollections,
    ],
    swiftSettings: safe
  ),

  .testTarget(
    name: "ForecastingTests",
    dependencies: [
      "Applications", "Control", "Forecasting", "Learning", "Randomness", "Safetensors",
      "Simulation", "Tensors", "TestSupport", orderedCollections,
    ],
    swiftSettings: strict
  ),

  // The yardsticks of `make bench-learning`, `make bench-forecasting` and `make bench-anomalies`.
  .executableTarget(
    name: "ForecastingBenchmark",
    dependencies: [
      "Applications", "Control", "Forecasting", "Learning", "Plotting", "Randomness", "Simulation",
      "Tensors", orderedCollections,
    ],
    swiftSettings: strict
  ),

  // One folder per policy, each with a README: source, equations, deviations, defaults, place in the taxonomy.
  .target(
    name: "Policies",
    dependencies: ["Applications", "Control", "Forecasting", "Randomness", orderedCollections],
    exclude: [
      "Autothrottle/README.md", "Bottleneck/README.md", "FeedForward/README.md",
      "Forecast/README.md", "HPA/README.md",
      "KEDA/README.md", "KPA/README.md", "LSRAM/README.md", "Oracle/README.md", "PID/README.md",
      "Queueing/README.md", "Static/README.md", "ThreeSigma/README.md", "VPA/README.md",
    ],
    swiftSettings: safe
  ),

  .testTarget(
    name: "PoliciesTests",
    dependencies: ["Applications", "Control", "Policies", "Randomness", orderedCollections],
    exclude: ["Goldens/README.md"],
    resources: [.copy("Goldens/splits.json")],
    swiftSettings: strict
  ),

  // thought ----------------------------------------------------------------------------------------------

  // The engine: executes step plans, samples, streams, reports; the memory and thread plans.
  .target(
    name: "Inference",
    dependencies: [
      "Randomness", "Scheduling", "Telemetry", "Tensors", "Tokenization", "Transformer",
    ],
    swiftSettings: strict
  ),
  .testTarget(
    name: "InferenceTests",
    dependencies: [
      "CAllocations", "Inference", "OrderedJSON", "Randomness", "Scheduling", "Simulation",
      "Telemetry", "Tensors", "Transformer",
    ],
    swiftSettings: strict
  ),

  // The yardstick of `make bench-engine`: what the machine can do at best, and a worker that measures the engine.
  .target(name: "CProbes"),

  .executableTarget(
    name: "EngineBenchmark",
    dependencies: [
      "CProbes", "Inference", "OrderedJSON", "Scheduling", "Telemetry", "Tensors", "Tokenization",
      "Transformer",
    ],
    swiftSettings: strict
  ),

  // Measures what brownout saves in a decode step (`make bench-brownout`).
  .executableTarget(
    name: "BrownoutBenchmark",
    dependencies: ["CProbes", "OrderedJSON", "Randomness", "Tensors", "Transformer"],
    swiftSettings: strict
  ),

  // Makes united experts from a Transformer with Learning, and measures what they cost in quality.
  .target(
    name: "Distillation",
    dependencies: [
      "Learning", "OrderedJSON", "Randomness", "Safetensors", "Tensors", "Transformer",
    ],
    swiftSettings: strict
  ),

  .testTarget(
    name: "DistillationTests",
    dependencies: [
      "Distillation", "Learning", "OrderedJSON", "Randomness", "Tensors", "Transformer",
    ],
    swiftSettings: strict
  ),

  // Pure values: arrivals, requests, metrics and reports of load tests; the executable does the networking.
  .target(
    name: "LoadGeneration",
    dependencies: [
      "OrderedJSON", "Plotting", "Randomness",
      .product(name: "Histogram", package: "hdrhistogram-swift"),
    ],
    swiftSettings: safe
  ),

  .testTarget(
    name: "LoadGenerationTests",
    dependencies: ["LoadGeneration", "OrderedJSON", "Plotting", "Randomness", "TestSupport"],
    swiftSettings: strict
  ),

  // The yardstick of `make bench-scheduler`: planning a step.
  .executableTarget(
    name: "SchedulerBench",
    dependencies: ["Randomness", "Scheduling"],
    path: "Benchmarks/SchedulerBench",
    swiftSettings: safe
  ),

  // The yardstick of `make bench-lsram`: splitting budgets over services.
  .executableTarget(
    name: "SplitBench",
    dependencies: ["Policies", "Randomness"],
    path: "Benchmarks/SplitBench",
    swiftSettings: safe
  ),

  // The yardstick of `make bench-control`: a tick over 5,000 services.
  .executableTarget(
    name: "ControlBenchmark",
    dependencies: ["Applications", "Control", orderedCollections],
    swiftSettings: strict
  ),

  // world ------------------------------------------------------------------------------------------------

  // Control's journal in SQLite; the only user of GRDB.
  .target(
    name: "Journaling",
    dependencies: ["Applications", "Control", .product(name: "GRDB", package: "GRDB.swift")],
    swiftSettings: safe
  ),
  .testTarget(
    name: "JournalingTests",
    dependencies: ["Applications", "Control", "Journaling"],
    swiftSettings: strict
  ),

  // The simulated world: a cluster under load on a virtual clock, behind Control's seams.
  .target(
    name: "Simulation",
    dependencies: ["Applications", "Control", "Randomness", "Scheduling", orderedCollections],
    swiftSettings: safe
  ),

  // What every world owes the controller: run by the tests of each.
  .target(
    name: "WorldConformance",
    dependencies: ["Applications", "Control", orderedCollections],
    path: "Tests/WorldConformance",
    exclude: ["Recordings"],
    swiftSettings: strict
  ),

  .testTarget(
    name: "SimulationTests",
    dependencies: [
      "Applications", "Control", "Randomness", "Scheduling", "Simulation", "WorldConformance",
      orderedCollections,
    ],
    swiftSettings: strict
  ),

  // Policies side by side: the runs, what they show, the report.
  .target(
    name: "Comparison",
    dependencies: ["Applications", "Control", "OrderedJSON", "Plotting", "Simulation"],
    swiftSettings: safe
  ),

  .testTarget(
    name: "ComparisonTests",
    dependencies: [
      "Applications", "Comparison", "Control", "OrderedJSON", "Policies", "Simulation",
    ],
    swiftSettings: strict
  ),

  // How long each policy takes to settle after a burst, a step and another image (`make bench-settling`).
  .executableTarget(
    name: "SettlingComparison",
    dependencies: ["Applications", "Control", "Policies", "Randomness", "Simulation"],
    path: "Benchmarks/SettlingComparison",
    swiftSettings: strict
  ),

  // The yardstick of `make bench-simulation`: spans per second, memory over a week.
  .executableTarget(
    name: "SimulationBenchmark",
    dependencies: ["Applications", "Simulation", orderedCollections],
    swiftSettings: strict
  ),
]

var dependencies: [Package.Dependency] = [
  .package(url: "https://github.com/apple/swift-collections", from: "1.6.0"),
  .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
  .package(url: "https://github.com/jpsim/Yams", from: "6.2.2"),
  .package(url: "https://github.com/HdrHistogram/hdrhistogram-swift", from: "0.2.0"),
]

if withServer {
  targets += [
    // world ----------------------------------------------------------------------------------------------

    // Load balancing, health, draining, outlier ejection as pure values; an HTTP router on NIO around them.
    .target(
      name: "Routing",
      dependencies: [nioCore, nioHTTP1, nioPosix],
      swiftSettings: safe
    ),

    .testTarget(
      name: "RoutingTests",
      dependencies: ["Randomness", "Routing", nioCore, nioHTTP1, nioPosix],
      swiftSettings: strict
    ),

    // The yardstick of `make bench-router`: what the router adds to a request, and its CPU.
    .executableTarget(
      name: "RouterBenchmark",
      dependencies: ["LocalCluster", "Routing", nioCore, nioHTTP1, nioPosix],
      swiftSettings: strict
    ),

    // An application's services as processes on this machine: control groups, restarts, synthetic services.
    .target(
      name: "LocalCluster",
      dependencies: [
        "Applications", "Control", "CProcesses", "Randomness", "Routing", nioCore, nioHTTP1,
        nioPosix, orderedCollections,
        .product(name: "DequeModule", package: "swift-collections"),
      ],
      swiftSettings: strict
    ),

    .testTarget(
      name: "LocalClusterTests",
      dependencies: [
        "Applications", "Control", "CProcesses", "LocalCluster", "Randomness", "Routing",
        "SyntheticReplica", "WorldConformance", nioCore, nioHTTP1, nioPosix, orderedCollections,
      ],
      swiftSettings: strict
    ),

    // A replica of a synthetic service as a program of its own, for the tests above.
    .executableTarget(
      name: "SyntheticReplica",
      dependencies: ["LocalCluster"],
      path: "Tests/SyntheticReplica",
      swiftSettings: strict
    ),

    // edge -----------------------------------------------------------------------------------------------

    // The OpenAI-compatible HTTP surface: request validation, response shapes, server-sent events, routes.
    .target(
      name: "Web",
      dependencies: [
        "ChatTemplates", "Inference", "OrderedJSON", "Scheduling", "Telemetry", "Tokenization",
        logging, nioCore, nioHTTP1, nioPosix, serviceLifecycle,
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
      ],
      swiftSettings: safe
    ),
    .testTarget(
      name: "WebTests",
      dependencies: [
        "ChatTemplates", "Inference", "OrderedJSON", "Randomness", "Scheduling", "Telemetry",
        "Tensors", "TestSupport", "Tokenization", "Transformer", "Web", logging, nioCore, nioPosix,
        serviceLifecycle,
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
      ],
      swiftSettings: strict
    ),

    // The executable: one subcommand per file; the only composition root.
    .executableTarget(
      name: "plimsoll",
      dependencies: [
        "Applications", "ChatTemplates", "Comparison", "Control", "Distillation", "Forecasting",
        "Inference", "Journaling", "Learning", "LoadGeneration", "LocalCluster", "OrderedJSON",
        "Plotting", "Policies", "Routing", "Scheduling", "Simulation", "Telemetry", "Tensors",
        "Tokenization", "Transformer", "Web", logging, nioCore, nioHTTP1, nioPosix,
        orderedCollections, serviceLifecycle,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "plimsollTests",
      dependencies: [
        "Applications", "Comparison", "Control", "Journaling", "LoadGeneration", "OrderedJSON",
        "plimsoll", "Policies", "Scheduling", "Web", "WorldConformance", nioCore, nioHTTP1,
        nioPosix, orderedCollections,
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
      ],
      swiftSettings: strict
    ),
  ]
  dependencies += [
    .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.1", traits: []),
    .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
    .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0", traits: []),
    .package(url: "https://github.com/apple/swift-log", from: "1.16.2"),
    .package(url: "https://github.com/apple/swift-nio", from: "2.101.2"),
    .package(url: "https://github.com/apple/swift-nio-extras", from: "1.35.2"),
    .package(url: "https://github.com/apple/swift-nio-ssl", from: "2.37.6"),
    .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
  ]
}

let package = Package(
  name: "plimsoll",
  dependencies: dependencies,
  targets: targets,
  cLanguageStandard: .c17
)
