import Glibc

/// Processor time that this process has used, in all its threads.
enum ProcessorTime {
  static var used: Duration { .microseconds(Int64(clock())) }
}
