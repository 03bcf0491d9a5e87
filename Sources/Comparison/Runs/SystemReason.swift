import FoundationEssentials
import Glibc

extension Error {
  /// What went wrong in a few words: what the system said, where Foundation's own description is a dump of it.
  package var reason: String {
    guard let cause = (self as? CocoaError)?.underlying as? POSIXError else { return "\(self)" }
    return unsafe String(cString: strerror(cause.code.rawValue)).lowercased()
  }
}
