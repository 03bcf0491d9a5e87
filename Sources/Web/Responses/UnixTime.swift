import Glibc

/// The wall clock, for `created` members and nothing else.
enum UnixTime {
  /// Seconds since 1970.
  static var now: Int { time(nil) }
}
