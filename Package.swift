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
  // ground -----------------------------------------------------------------------------------------------

  // JSON text to an ordered tree and back, bounded in depth: model files, chat templates, requests.
  .target(
    name: "OrderedJSON",
    dependencies: [.product(name: "OrderedCollections", package: "swift-collections")],
    swiftSettings: safe),
  .testTarget(name: "OrderedJSONTests", dependencies: ["OrderedJSON"], swiftSettings: strict),

  // skill ------------------------------------------------------------------------------------------------

  // Text to token ids and back, as a Hugging Face tokenizer.json describes it.
  .target(
    name: "Tokenization",
    dependencies: [
      "OrderedJSON", .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    swiftSettings: safe),
  .testTarget(
    name: "TokenizationTests",
    dependencies: [
      "OrderedJSON", "Tokenization",
      .product(name: "OrderedCollections", package: "swift-collections"),
    ],
    exclude: ["Fixtures"], swiftSettings: strict),
]

var dependencies: [Package.Dependency] = [
  .package(url: "https://github.com/apple/swift-collections", from: "1.6.0")
]

let package = Package(
  name: "plimsoll",
  dependencies: dependencies,
  targets: targets,
  cLanguageStandard: .c17
)
