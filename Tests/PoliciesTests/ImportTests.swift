import Foundation
import Testing

/// What the policies stand on: read from the sources, so that no world can slip in.
@Suite struct ImportTests {
  private static let sources = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "Sources")

  private static let levels: Set<Substring> = [
    "package", "public", "internal", "private", "fileprivate",
  ]

  /// The modules that a target's files import.
  private static func imports(of target: String) throws -> Set<String> {
    let folder = sources.appending(path: target)
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)
    var modules: Set<String> = []
    while let file = files?.nextObject() as? URL {
      guard file.pathExtension == "swift" else { continue }
      for line in try String(contentsOf: file, encoding: .utf8).split(separator: "\n") {
        let words = line.split(separator: " ")
        guard let place = words.firstIndex(of: "import"), place + 1 < words.count,
          words[..<place].allSatisfy({ $0.hasPrefix("@") || Self.levels.contains($0) })
        else { continue }
        modules.insert(String(words[place + 1].prefix { $0 != "." }))
      }
    }
    return modules
  }

  /// Everything that a target stands on, as far as it is ours, and what that imports of others'.
  private static func closure(of target: String) throws -> Set<String> {
    var (found, coming): (Set<String>, [String]) = ([], [target])
    while let next = coming.popLast() {
      for module in try imports(of: next) where found.insert(module).inserted {
        let folder = sources.appending(path: module).path
        if FileManager.default.fileExists(atPath: folder) { coming.append(module) }
      }
    }
    return found
  }

  @Test(arguments: ["Policies", "Control"])
  func `neither policies nor control link a world, a network or a clock`(target: String) throws {
    let modules = try Self.closure(of: target)
    #expect(modules.contains("Applications"))
    let worlds: Set = [
      "Simulation", "LocalCluster", "Routing", "Operator", "NodeAgent", "Kubernetes", "Comparison",
      "Journaling", "LoadGeneration", "Web",
    ]
    #expect(modules.intersection(worlds) == [])
    let outside = modules.filter { $0.hasPrefix("NIO") || $0 == "Dispatch" || $0 == "Logging" }
    #expect(outside == [])
  }
}
