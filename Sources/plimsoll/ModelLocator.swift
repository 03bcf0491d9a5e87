import FoundationEssentials

/// Finds model folders: the one that is named, or the one that ships.
struct ModelLocator {
  /// Where the executable lies.
  let executableFolder: String
  let workingFolder: String

  static var current: ModelLocator {
    let files = FileManager.default
    let executable = (try? files.destinationOfSymbolicLink(atPath: "/proc/self/exe")) ?? ""
    return ModelLocator(
      executableFolder: parent(of: executable),
      workingFolder: files.currentDirectoryPath
    )
  }

  /// The folder for `argument`, which may be the name of a bundled model, or the first bundled one if it is nil.
  func locate(_ argument: String?) throws(CommandFailure) -> String {
    guard let argument else { return try locateBundled() }
    if isModel(argument) { return argument }
    let bundled = argument.contains("/") ? [] : modelFolders.map { "\($0)/\(argument)" }
    guard let found = bundled.first(where: isModel) else {
      throw .modelNotFound(path: argument)
    }
    return found
  }

  /// The first model below a `Models` folder beside the executable, in one of the folders that enclose it
  /// (`.build/release/plimsoll` lies three levels below the package), or in the working directory.
  private func locateBundled() throws(CommandFailure) -> String {
    let candidates = modelFolders
    for folder in candidates {
      let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
      if let name = names.sorted().first(where: { isModel("\(folder)/\($0)") }) {
        return "\(folder)/\(name)"
      }
    }
    throw .noBundledModel(searched: candidates)
  }

  private var modelFolders: [String] {
    var folders = ["\(workingFolder)/Models"]
    var folder = executableFolder
    for _ in 0..<5 where !folder.isEmpty {
      folders.append("\(folder)/Models")
      folder = Self.parent(of: folder)
    }
    return folders
  }

  private func isModel(_ path: String) -> Bool {
    FileManager.default.fileExists(atPath: "\(path)/config.json")
  }

  private static func parent(of path: String) -> String {
    String(path[..<(path.lastIndex(of: "/") ?? path.startIndex)])
  }
}
