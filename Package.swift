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

// Targets are listed leaves first: the file is the map (ARCHITECTURE.md draws it).
var targets: [Target] = [
  // What tests share: a seeded generator, a mutator of bytes.
  .target(
    name: "TestSupport",
    dependencies: ["OrderedJSON"],
    path: "Tests/TestSupport",
    swiftSettings: strict
  ),

  // Counts allocations; only tests link it.
  .target(name: "CAllocations", path: "Tests/CAllocations"),

  // ground -----------------------------------------------------------------------------------------------

  // JSON text to an ordered tree and back, bounded in depth: model files, chat templates, requests.
  .target(
    name: "OrderedJSON",
    dependencies: [.product(name: "OrderedCollections", package: "swift-collections")],
    swiftSettings: safe
  ),
  .testTarget(name: "OrderedJSONTests", dependencies: ["OrderedJSON"], swiftSettings: strict),

  // The format of weight files: tables of contents read and checked, files written.
  .target(
    name: "Safetensors",
    dependencies: [
      "OrderedJSON", .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    swiftSettings: strict
  ),

  .testTarget(
    name: "SafetensorsTests",
    dependencies: ["OrderedJSON", "Safetensors", "TestSupport"],
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
    dependencies: ["TestSupport", "Tensors"],
    swiftSettings: strict
  ),

  // The vocabulary of measurement: counters, gauges, histograms, Prometheus text.
  .target(name: "Telemetry", swiftSettings: safe),
  .testTarget(name: "TelemetryTests", dependencies: ["Telemetry"], swiftSettings: strict),

  // Charts as SVG for every report: lines, staircases, bands, bars.
  .target(name: "Plotting", swiftSettings: safe),

  .testTarget(
    name: "PlottingTests",
    dependencies: ["Plotting", "TestSupport"],
    swiftSettings: strict
  ),

  // skill ------------------------------------------------------------------------------------------------

  // Weight files to addressable modules (embedding, attention, experts, …) to logits.
  .target(
    name: "Transformer",
    dependencies: [
      "OrderedJSON", "Safetensors", "Tensors",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    swiftSettings: strict
  ),
  .testTarget(
    name: "TransformerTests",
    dependencies: [
      "TestSupport",
      "OrderedJSON", "Safetensors", "Tensors", "Transformer",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    exclude: ["Goldens"],
    swiftSettings: strict
  ),

  // Small trainable networks: reverse-mode differentiation, layers, losses, Adam.
  .target(name: "Learning", dependencies: ["Safetensors", "Tensors"], swiftSettings: strict),

  .testTarget(
    name: "LearningTests",
    dependencies: ["Learning", "Safetensors", "Tensors", "TestSupport"],
    exclude: ["Goldens"],
    swiftSettings: strict
  ),

  // Text to token ids and back, as a Hugging Face tokenizer.json describes it.
  .target(
    name: "Tokenization",
    dependencies: [
      "OrderedJSON", .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    swiftSettings: safe
  ),
  .testTarget(
    name: "TokenizationTests",
    dependencies: [
      "TestSupport",
      "OrderedJSON", "Tokenization",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    exclude: ["Fixtures"],
    swiftSettings: strict
  ),

  // Chat templates: an interpreter for the part of Jinja that published models use.
  .target(
    name: "ChatTemplates",
    dependencies: [
      "OrderedJSON", .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    swiftSettings: safe
  ),
  .testTarget(
    name: "ChatTemplatesTests",
    dependencies: [
      "TestSupport",
      "ChatTemplates", "OrderedJSON",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    resources: [.copy("Goldens")],
    swiftSettings: strict
  ),

  // The `app.yaml` document: services, calls and promises; the same for every world.
  .target(
    name: "Applications",
    dependencies: [
      "OrderedJSON", .product(name: "OrderedCollections", package: "swift-collections"),
      .product(name: "Yams", package: "Yams"),
    ],
    swiftSettings: safe
  ),
  .testTarget(
    name: "ApplicationsTests",
    dependencies: [
      "TestSupport", "Applications", "OrderedJSON",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    swiftSettings: strict
  ),

  // seams ------------------------------------------------------------------------------------------------

  // Observe, profile, predict, decide, act: pure values, the guardrails, the journal's types, the worlds' seams.
  .target(
    name: "Control",
    dependencies: [
      "Applications", .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    swiftSettings: safe
  ),
  .testTarget(
    name: "ControlTests",
    dependencies: [
      "TestSupport", "Applications", "Control",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ],
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
    dependencies: ["TestSupport", "Scheduling"],
    swiftSettings: strict
  ),

  // Load forecasters and the screening of samples, behind Control's protocols.
  .target(
    name: "Forecasting",
    dependencies: [
      "Applications", "Control", "Learning", "Safetensors",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    swiftSettings: safe
  ),

  .testTarget(
    name: "ForecastingTests",
    dependencies: [
      "Applications", "Control", "Forecasting", "Learning", "Safetensors", "Simulation", "Tensors",
      "TestSupport", .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    swiftSettings: strict
  ),

  // The yardsticks of `make bench-learning`, `make bench-forecasting` and `make bench-anomalies`.
  .executableTarget(
    name: "ForecastingBenchmark",
    dependencies: [
      "Applications", "Control", "Forecasting", "Learning", "Plotting", "Simulation", "Tensors",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    swiftSettings: strict
  ),

  // One folder per policy, each with a README: source, equations, deviations, defaults, place in the taxonomy.
  .target(
    name: "Policies",
    dependencies: [
      "Applications", "Control", "Forecasting",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ],
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
    dependencies: [
      "TestSupport", "Applications", "Control", "Policies",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    exclude: ["Goldens/README.md"],
    resources: [.copy("Goldens/splits.json")],
    swiftSettings: strict
  ),

  // thought ----------------------------------------------------------------------------------------------

  // The engine: executes step plans, samples, streams, reports; the memory and thread plans.
  .target(
    name: "Inference",
    dependencies: ["Scheduling", "Telemetry", "Tensors", "Tokenization", "Transformer"],
    swiftSettings: strict
  ),
  .testTarget(
    name: "InferenceTests",
    dependencies: [
      "CAllocations", "Inference", "OrderedJSON", "Scheduling", "Simulation", "Telemetry",
      "Tensors", "Transformer",
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
    dependencies: ["CProbes", "OrderedJSON", "Tensors", "TestSupport", "Transformer"],
    swiftSettings: strict
  ),

  // Makes united experts from a Transformer with Learning, and measures what they cost in quality.
  .target(
    name: "Distillation",
    dependencies: ["Learning", "OrderedJSON", "Safetensors", "Tensors", "Transformer"],
    swiftSettings: strict
  ),

  .testTarget(
    name: "DistillationTests",
    dependencies: [
      "Distillation", "Learning", "OrderedJSON", "Tensors", "TestSupport", "Transformer",
    ],
    swiftSettings: strict
  ),

  // Pure values: arrivals, requests, metrics and reports of load tests; the executable does the networking.
  .target(
    name: "LoadGeneration",
    dependencies: [
      "OrderedJSON", "Plotting", .product(name: "Histogram", package: "hdrhistogram-swift"),
    ],
    swiftSettings: safe
  ),

  .testTarget(
    name: "LoadGenerationTests",
    dependencies: ["LoadGeneration", "OrderedJSON", "Plotting", "TestSupport"],
    swiftSettings: strict
  ),

  // The yardstick of `make bench-scheduler`: planning a step.
  .executableTarget(
    name: "SchedulerBench",
    dependencies: ["Scheduling", "TestSupport"],
    path: "Benchmarks/SchedulerBench",
    swiftSettings: safe
  ),

  // The yardstick of `make bench-lsram`: splitting budgets over services.
  .executableTarget(
    name: "SplitBench",
    dependencies: ["Policies", "TestSupport"],
    path: "Benchmarks/SplitBench",
    swiftSettings: safe
  ),

  // The yardstick of `make bench-control`: a tick over 5,000 services.
  .executableTarget(
    name: "ControlBenchmark",
    dependencies: [
      "Applications", "Control",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ],
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
    dependencies: [
      "Applications", "Control", "Scheduling",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    swiftSettings: safe
  ),

  // What every world owes the controller: run by the tests of each.
  .target(
    name: "WorldConformance",
    dependencies: [
      "Applications", "Control", .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    path: "Tests/WorldConformance",
    exclude: ["Recordings"],
    swiftSettings: strict
  ),

  .testTarget(
    name: "SimulationTests",
    dependencies: [
      "TestSupport", "Applications", "Control", "Scheduling", "Simulation", "WorldConformance",
      .product(name: "OrderedCollections", package: "swift-collections"),
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
      "Applications", "Comparison", "Control", "OrderedJSON", "Plotting", "Policies", "Simulation",
    ],
    swiftSettings: strict
  ),

  // How long each policy takes to settle after a burst, a step and another image (`make bench-settling`).
  .executableTarget(
    name: "SettlingComparison",
    dependencies: ["Applications", "Control", "Policies", "Simulation", "TestSupport"],
    path: "Benchmarks/SettlingComparison",
    swiftSettings: strict
  ),

  // The yardstick of `make bench-simulation`: spans per second, memory over a week.
  .executableTarget(
    name: "SimulationBenchmark",
    dependencies: [
      "Applications", "Simulation",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ],
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
      dependencies: [
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: safe
    ),

    .testTarget(
      name: "RoutingTests",
      dependencies: [
        "Routing", "TestSupport",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict
    ),

    // The yardstick of `make bench-router`: what the router adds to a request, and its CPU.
    .executableTarget(
      name: "RouterBenchmark",
      dependencies: [
        "LocalCluster", "Routing",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
      ],
      swiftSettings: strict
    ),

    // An application's services as processes on this machine: control groups, restarts, synthetic services.
    .target(
      name: "LocalCluster",
      dependencies: [
        "Applications", "CProcesses", "Control", "Routing",
        .product(name: "DequeModule", package: "swift-collections"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "OrderedCollections", package: "swift-collections"),
      ],
      swiftSettings: strict
    ),

    .testTarget(
      name: "LocalClusterTests",
      dependencies: [
        "TestSupport", "Applications", "CProcesses", "Control", "LocalCluster", "Routing",
        "SyntheticReplica", "WorldConformance",
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "OrderedCollections", package: "swift-collections"),
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
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdCore", package: "hummingbird"),
        .product(name: "HummingbirdTLS", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOHTTPTypes", package: "swift-nio-extras"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "NIOSSL", package: "swift-nio-ssl"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: safe
    ),
    .testTarget(
      name: "WebTests",
      dependencies: [
        "ChatTemplates", "Inference", "OrderedJSON", "Scheduling", "Telemetry", "Tensors",
        "TestSupport", "Tokenization", "Transformer", "Web",
        .product(name: "HTTPTypes", package: "swift-http-types"),
        .product(name: "Hummingbird", package: "hummingbird"),
        .product(name: "HummingbirdTesting", package: "hummingbird"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict
    ),

    // The executable: one subcommand per file; the only composition root.
    .executableTarget(
      name: "plimsoll",
      dependencies: [
        "Applications", "ChatTemplates", "Comparison", "Control", "Distillation", "Forecasting",
        "Inference",
        "Journaling", "Learning", "LoadGeneration", "LocalCluster", "OrderedJSON", "Plotting",
        "Policies", "Routing", "Scheduling", "Simulation", "Telemetry", "Tensors", "Tokenization",
        "Transformer", "Web", .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "OrderedCollections", package: "swift-collections"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "plimsollTests",
      dependencies: [
        "Applications", "Comparison", "Control", "Journaling", "LoadGeneration", "OrderedJSON",
        "plimsoll",
        "Plotting",
        "Policies", "Scheduling", "Web", "WorldConformance",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "NIOPosix", package: "swift-nio"),
        .product(name: "OrderedCollections", package: "swift-collections"),
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
