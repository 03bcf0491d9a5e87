import Glibc
import OrderedJSON

/// Measures the engine for `make bench-engine`: reads orders from standard input and answers on standard output, a
/// line of JSON each, and costs nothing in between, so that several engines can be measured in turns.
///
/// The first line it writes tells how long loading took; then
///
/// - `{"do": "generate", "prompts": [[1, 2]], "counts": [8]}` answers prompts through the whole engine and tells when
///   each token came (``Workload``);
/// - `{"do": "limits"}` measures what the machine can do at best;
/// - `{"do": "perplexity", "text": PATH, "tokens": 40000}` scores a text with the model;
/// - `{"do": "product"}` tells the error of one product in the format of `--weights`.
@main struct EngineBenchmark {
  static func main() async {
    do {
      let options = try BenchmarkOptions(CommandLine.arguments.dropFirst())
      let desk = try Desk(options)
      try await desk.whileOpen { try await serve($0) }
    } catch {
      write("EngineBenchmark: \(error)", to: STDERR_FILENO)
      exit(1)
    }
  }

  private static func serve(_ desk: Desk) async throws {
    write(desk.greeting.text)
    while let line = readLine() {
      let order = try JSON(parsing: line)
      write(JSON.object(try await desk.answer(order)).text)
    }
  }

  /// Writes a line at once; whoever asked waits for it.
  private static func write(_ line: String, to descriptor: CInt = STDOUT_FILENO) {
    var rest = Array("\(line)\n".utf8)[...]
    while !rest.isEmpty {
      let count = rest.withUnsafeBytes { Glibc.write(descriptor, $0.baseAddress, $0.count) }
      if count < 0, errno != EINTR { exit(1) }
      rest = rest.dropFirst(max(count, 0))
    }
  }
}
