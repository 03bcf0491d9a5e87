import Glibc

/// How many inputs a fuzz test tries.
package enum FuzzCases {
  /// What `PLIMSOLL_FUZZ_CASES` in the environment says, as `make fuzz` does; otherwise 500.
  package static let count =
    getenv("PLIMSOLL_FUZZ_CASES").flatMap { Int(String(cString: $0)) } ?? 500
}
