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
  .target(name: "TestSupport", path: "Tests/TestSupport", swiftSettings: strict),

  // ground -----------------------------------------------------------------------------------------------

  // JSON text to an ordered tree and back, bounded in depth: model files, chat templates, requests.
  .target(
    name: "OrderedJSON",
    dependencies: [.product(name: "OrderedCollections", package: "swift-collections")],
    swiftSettings: safe
  ),
  .testTarget(name: "OrderedJSONTests", dependencies: ["OrderedJSON"], swiftSettings: strict),

  // The hot loops in C, with run-time dispatch over instruction sets; optimised even in debug builds.
  .target(
    name: "CKernels",
    cSettings: [.unsafeFlags(["-O3"], .when(configuration: .debug))]
  ),

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

  // skill ------------------------------------------------------------------------------------------------

  // Weight files to addressable modules (embedding, attention, experts, …) to logits.
  .target(
    name: "Transformer",
    dependencies: [
      "OrderedJSON", "Tensors", .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    swiftSettings: strict
  ),
  .testTarget(
    name: "TransformerTests",
    dependencies: [
      "TestSupport",
      "OrderedJSON", "Tensors", "Transformer",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ],
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

  // seams ------------------------------------------------------------------------------------------------

  // Pure values: requests, KV blocks, prefix cache, step plans, admission, the step cost model.
  .target(
    name: "Scheduling",
    dependencies: [.product(name: "HeapModule", package: "swift-collections")],
    swiftSettings: safe
  ),
  .testTarget(
    name: "SchedulingTests",
    dependencies: ["TestSupport", "Scheduling"],
    swiftSettings: strict
  ),

  // How long planning a step takes with ten thousand requests waiting: `make bench-scheduler`.
  .executableTarget(
    name: "SchedulerBench",
    dependencies: ["Scheduling", "TestSupport"],
    path: "Benchmarks/SchedulerBench",
    swiftSettings: safe
  ),

  // A virtual clock under the real scheduler and the real controller.
  .target(name: "Simulation", dependencies: ["Scheduling"], swiftSettings: safe),
  .testTarget(
    name: "SimulationTests",
    dependencies: ["TestSupport", "Scheduling", "Simulation"],
    swiftSettings: strict
  ),
  // Serving policies on recorded traces, simulated: `make bench-policies`.
  .executableTarget(
    name: "PolicyComparison",
    dependencies: ["Scheduling", "Simulation", "TestSupport"],
    path: "Benchmarks/PolicyComparison",
    swiftSettings: safe
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
      "Inference", "OrderedJSON", "Scheduling", "Telemetry", "Tensors", "Transformer",
    ],
    swiftSettings: strict
  ),
]

var dependencies: [Package.Dependency] = [
  .package(url: "https://github.com/apple/swift-collections", from: "1.6.0")
]

if withServer {
  targets += [
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
        "ChatTemplates", "Inference", "OrderedJSON", "Scheduling", "Telemetry", "Tensors",
        "Tokenization", "Transformer", "Web",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
        .product(name: "AsyncHTTPClient", package: "async-http-client"),
        .product(name: "Logging", package: "swift-log"),
        .product(name: "NIOCore", package: "swift-nio"),
        .product(name: "NIOHTTP1", package: "swift-nio"),
        .product(name: "ServiceLifecycle", package: "swift-service-lifecycle"),
        .product(name: "UnixSignals", package: "swift-service-lifecycle"),
      ],
      swiftSettings: strict
    ),
    .testTarget(
      name: "plimsollTests",
      dependencies: [
        "Scheduling", "Web", "plimsoll",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
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
