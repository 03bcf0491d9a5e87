import ChatTemplates
import HTTPTypes
import Inference
import OrderedJSON
import Telemetry
import Tensors
import Testing
import Tokenization
import Transformer

@testable import Web

/// A real engine on a tiny model behind the routes.
@Suite struct EngineTextGeneratorTests {
  private static let folder: String = {
    let parts = #filePath.split(separator: "/").dropLast(2)
    return "/" + parts.joined(separator: "/") + "/TransformerTests/Goldens/qwen2-moe"
  }()

  private static let template =
    "{% for m in messages %}<{{ m.role }}>{{ m.content }}</{{ m.role }}>{% endfor %}"
    + "{% if add_generation_prompt %}<assistant>{% endif %}{{ closing }}"

  /// Serves the model while `body` sends requests.
  private func serve(
    template: String? = template,
    _ body: (TestServer) async throws -> Void
  ) async throws {
    let folder = try ModelFolder(path: Self.folder)
    let tokenizer = try Tokenizer(json: try #require(try folder.json("tokenizer.json")))
    var configuration = EngineConfiguration(maximumModelLength: 128, kvBlockCount: 64)
    configuration.maximumRunning = 8
    configuration.maximumBatchRows = 64
    let engine = Engine(
      model: try TransformerModel(folder: folder, format: .float32, backend: ReferenceBackend()),
      tokenizer: tokenizer,
      configuration: configuration,
      registry: MetricRegistry()
    )
    let server = TestServer(isReady: false)
    server.state.becomeReady(
      ServedModel(
        name: "tiny",
        root: Self.folder,
        generator: EngineTextGenerator(
          engine: engine,
          tokenizer: tokenizer,
          chatTemplate: try template.map { try ChatTemplate($0) },
          specialTokens: [:],
          samplingDefaults: SamplingParameters()
        )
      )
    )
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { try await engine.run() }
      defer { group.cancelAll() }
      try await body(server)
    }
  }

  @Test func `greedy tokens over HTTP are the reference's`() async throws {
    let text = try #require(try ModelFolder(path: Self.folder).json("expected.json"))
    let prompt = try #require(text["prompt"])
    let greedy = try #require(text["greedy"])
    try await serve { server in
      for streams in [false, true] {
        let answer = try await server.post(
          "/v1/completions",
          [
            "prompt": prompt, "max_tokens": .integer(greedy.arrayValue?.count ?? 0),
            "temperature": 0, "ignore_eos": true, "return_token_ids": true,
            "stream": .bool(streams),
          ]
        )
        let bodies =
          streams
          ? events(in: answer.text).dropLast().compactMap { try? JSON(parsing: $0) }
          : [answer.json]
        let ids = bodies.flatMap { $0["choices"]?[0]?["token_ids"]?.arrayValue ?? [] }
        #expect(JSON.array(ids) == greedy)
      }
    }
  }

  private func rendered(_ fields: JSON.Object, _ server: TestServer) async throws -> String? {
    let tokens = try await server.post("/tokenize", .object(fields))
    let text = try await server.post("/detokenize", ["tokens": tokens.json["tokens"] ?? .null])
    return text.json["prompt"]?.stringValue
  }

  @Test func `a chat becomes the text of its template`() async throws {
    let messages: JSON = [["role": "user", "content": "one"]]
    try await serve { server in
      let prompted = try await rendered(["messages": messages], server)
      #expect(prompted == "<user>one</user><assistant>")
      let fields: JSON.Object = [
        "messages": messages, "add_generation_prompt": false,
        "chat_template_kwargs": ["closing": "!"],
      ]
      let closed = try await rendered(fields, server)
      #expect(closed == "<user>one</user>!")
    }
  }

  @Test func `the last message can be continued`() async throws {
    let messages: JSON = [
      ["role": "user", "content": "once"], ["role": "assistant", "content": " once upon "],
    ]
    try await serve { server in
      let text = try await rendered(
        ["messages": messages, "continue_final_message": true],
        server
      )
      #expect(text == "<user>once</user><assistant> once upon")
    }
  }

  @Test func `a model without a template completes text and refuses chats`() async throws {
    try await serve(template: nil) { server in
      let chat = try await server.post("/v1/chat/completions", ChatCompletionTests.hello)
      #expect(chat.status == 400)
      #expect(chat.error["code"] == "chat_template_error")
      let text = try await server.post("/v1/completions", ["prompt": "ab", "max_tokens": 1])
      #expect(text.status == 200)
    }
  }
}
