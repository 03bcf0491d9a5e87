import ArgumentParser
import OrderedJSON
import Synchronization
import UnixSignals

/// A conversation in the terminal with a model on a server.
struct ChatCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "chat",
    abstract: "Talk to a model on a running server.",
    discussion: """
      Ctrl-C stops an answer, Ctrl-D ends the conversation. Without a terminal, each line of standard input \
      is a message. An API key is taken from PLIMSOLL_API_KEY or OPENAI_API_KEY.
      """
  )

  @Option(help: "The server, without a path.")
  var url = "http://127.0.0.1:8000"

  @Option(help: "The model's name; the first that the server lists if left out.")
  var model: String?

  @Option(help: "Instructions that the model reads before the conversation.")
  var system: String?

  @Option(help: "How freely tokens are drawn: 0 always takes the likeliest.")
  var temperature: Double?

  @Option(help: "The longest answer, in tokens.")
  var maxTokens: Int?

  @Option(help: "A number that makes answers repeatable.")
  var seed: Int?

  func validate() throws {
    guard url.hasPrefix("http://") || url.hasPrefix("https://") else {
      throw ValidationError("--url must begin with http:// or https://, but is '\(url)'.")
    }
    if let temperature, !(0...2).contains(temperature) {
      throw ValidationError("--temperature must be between 0 and 2, but is \(temperature).")
    }
    if let maxTokens, maxTokens < 1 {
      throw ValidationError("--max-tokens must be at least 1, but is \(maxTokens).")
    }
  }

  func run() async throws {
    let client = ChatClient(url: url.trimmingSlashes, apiKey: APIKey.fromEnvironment)
    let name: String
    if let model { name = model } else { name = try await client.firstModel() }
    var conversation = Conversation(model: name, options: self)
    let interrupts = Interrupts()
    let watch = Task { await interrupts.watch() }
    defer { watch.cancel() }
    if Terminal.inputIsTerminal {
      Terminal.write("Talking to \(name). Ctrl-C stops an answer, Ctrl-D exits.\n")
    }
    prompt()
    for await line in Terminal.lines() {
      if line.contains(where: { !$0.isWhitespace }) {
        try await answer(line, in: &conversation, client, interrupts)
      }
      prompt()
    }
    if Terminal.inputIsTerminal { Terminal.write("\n") }
  }

  private func answer(
    _ line: String,
    in conversation: inout Conversation,
    _ client: ChatClient,
    _ interrupts: Interrupts
  ) async throws {
    conversation.add(role: "user", line)
    let request = conversation.request
    let received = Received()
    let task = Task {
      try await client.answer(request) { text in
        received.append(text)
        Terminal.write(text)
      }
    }
    interrupts.current = task
    defer { interrupts.current = nil }
    do {
      try await task.value
    } catch  where task.isCancelled {
      Terminal.write(" …")
    } catch let failure as CommandFailure where Terminal.inputIsTerminal {
      // A person can try again; the message that failed is taken back.
      conversation.removeLast()
      Terminal.write("\(failure)\n")
      return
    }
    Terminal.write("\n")
    conversation.add(role: "assistant", received.text)
  }

  private func prompt() {
    if Terminal.inputIsTerminal { Terminal.write("> ") }
  }
}

/// What has been said, as the server wants it.
private struct Conversation {
  private var messages: [JSON] = []
  private var fields: JSON.Object

  init(model: String, options: ChatCommand) {
    fields = ["model": .string(model)]
    fields["temperature"] = options.temperature.map(JSON.number)
    fields["max_tokens"] = options.maxTokens.map(JSON.integer)
    fields["seed"] = options.seed.map(JSON.integer)
    if let system = options.system { add(role: "system", system) }
  }

  var request: JSON.Object {
    var request = fields
    request["messages"] = .array(messages)
    return request
  }

  mutating func add(role: String, _ content: String) {
    messages.append(["role": .string(role), "content": .string(content)])
  }

  mutating func removeLast() { messages.removeLast() }
}

/// The text of one answer so far, filled by the task that reads it.
private final class Received: Sendable {
  private let pieces = Mutex("")
  func append(_ piece: String) { pieces.withLock { $0 += piece } }
  var text: String { pieces.withLock { $0 } }
}

/// Ctrl-C: cancels the answer that is being read, if there is one.
private final class Interrupts: Sendable {
  private let task = Mutex<Task<Void, any Error>?>(nil)

  var current: Task<Void, any Error>? {
    get { task.withLock { $0 } }
    set { task.withLock { $0 = newValue } }
  }

  func watch() async {
    for await _ in await UnixSignalsSequence(trapping: .sigint) {
      if let current { current.cancel() } else { Terminal.write("\n(Ctrl-D exits)\n> ") }
    }
  }
}
