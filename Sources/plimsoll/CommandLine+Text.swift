import Foundation

extension CommandLine {
  /// This process's own command, as a shell reads it.
  static var text: String {
    let arguments = arguments.dropFirst().map { argument in
      let isPlain = argument.allSatisfy { $0.isLetter || $0.isNumber || "-_./:,=+@%".contains($0) }
      return isPlain && !argument.isEmpty
        ? argument : "'" + argument.replacingOccurrences(of: "'", with: "'\\''") + "'"
    }
    return (["plimsoll"] + arguments).joined(separator: " ")
  }
}
