import HTTPTypes
import OrderedJSON
import Testing

@testable import Web

@Suite struct StreamingTests {
  /// The JSON of each event, `created` set to 0 after checking that all agree.
  private func chunks(_ answer: TestServer.Answer) throws -> [JSON] {
    let events = events(in: answer.text)
    #expect(events.last == "[DONE]")
    let chunks = try events.dropLast().map { try JSON(parsing: $0) }
    #expect(Set(chunks.map { $0["created"] }).count == 1)
    #expect(Set(chunks.map { $0["id"] }).count == 1)
    return chunks
  }

  @Test func `a chat streams role, pieces, end, usage and done`() async throws {
    let answer = try await TestServer().post(
      "/v1/chat/completions",
      [
        "messages": [["role": "user", "content": "x"]], "max_tokens": 2, "stream": true,
        "stream_options": ["include_usage": true],
      ],
      headers: [.xRequestID: "r"]
    )
    #expect(answer.status == 200)
    #expect(answer.headers[.contentType] == "text/event-stream; charset=utf-8")
    #expect(answer.headers[.cacheControl] == "no-cache")
    #expect(answer.headers[.contentLength] == nil)
    #expect(answer.headers[.xRequestID] == "r")
    let chunks = try chunks(answer)
    let created = try #require(chunks[0]["created"])
    func chunk(_ choices: JSON, _ usage: JSON = .null) -> JSON {
      [
        "id": "chatcmpl-r", "object": "chat.completion.chunk", "created": created,
        "model": "org/echo", "choices": choices, "usage": usage,
      ]
    }
    func choice(_ delta: JSON, _ reason: JSON = .null) -> JSON {
      [["index": 0, "delta": delta, "logprobs": .null, "finish_reason": reason]]
    }
    #expect(
      chunks == [
        chunk(choice(["role": "assistant", "content": ""])),
        chunk(choice(["content": "u"])),
        chunk(choice(["content": "s"])),
        chunk(choice([:], "length")),
        chunk(
          [],
          [
            "prompt_tokens": 18, "completion_tokens": 2, "total_tokens": 20,
            "prompt_tokens_details": ["cached_tokens": 0],
          ]
        ),
      ]
    )
  }

  @Test func `without usage asked for no chunk mentions it`() async throws {
    let answer = try await TestServer().post(
      "/v1/completions",
      ["prompt": "ab", "stream": true, "add_special_tokens": false]
    )
    let chunks = try chunks(answer)
    #expect(chunks.map { $0["choices"]?[0]?["text"] } == ["a", "b", ""])
    #expect(chunks.map { $0["choices"]?[0]?["finish_reason"] } == [.null, .null, "stop"])
    #expect(
      chunks.allSatisfy { $0.objectValue?["usage"] == nil && $0["object"] == "text_completion" }
    )
  }

  @Test func `continuous usage counts tokens on every chunk`() async throws {
    let answer = try await TestServer().post(
      "/v1/completions",
      [
        "prompt": "abc", "stream": true, "max_tokens": 2, "add_special_tokens": false,
        "stream_options": ["continuous_usage_stats": true],
      ]
    )
    let counts = try chunks(answer).map { $0["usage"]?["completion_tokens"] }
    #expect(counts == [1, 2, 2])
  }

  @Test func `streamed choices of several prompts keep their numbers`() async throws {
    let answer = try await TestServer().post(
      "/v1/completions",
      [
        "prompt": ["ab", "xy"], "n": 2, "stream": true, "max_tokens": 2, "echo": true,
        "add_special_tokens": false,
      ]
    )
    var texts = ["", "", "", ""]
    var ends = 0
    for chunk in try chunks(answer) {
      let choice = try #require(chunk["choices"]?[0])
      texts[try #require(choice["index"]?.integerValue)] += choice["text"]?.stringValue ?? "?"
      if choice["finish_reason"]?.isNull == false { ends += 1 }
    }
    #expect(texts == ["abab", "abb", "xyxy", "xyy"])
    #expect(ends == 4)
  }

  @Test func `a character is never split over two chunks`() async throws {
    let answer = try await TestServer().post(
      "/v1/completions",
      ["prompt": "a€😀", "stream": true, "add_special_tokens": false]
    )
    let texts = try chunks(answer).map { $0["choices"]?[0]?["text"] }
    #expect(texts == ["a", "€", "😀", ""])
  }

  @Test func `text offsets go on from chunk to chunk`() async throws {
    let answer = try await TestServer().post(
      "/v1/completions",
      ["prompt": "abc", "stream": true, "logprobs": 0, "add_special_tokens": false]
    )
    let offsets = try chunks(answer).compactMap {
      $0["choices"]?[0]?["logprobs"]?["text_offset"]
    }
    #expect(offsets.prefix(3) == [[0], [1], [2]])
  }

  @Test func `a failure after the start is one error event and no done`() async throws {
    let server = TestServer(EchoGenerator.Options(fails: true))
    let answer = try await server.post("/v1/completions", ["prompt": "abc", "stream": true])
    #expect(answer.status == 200)
    let events = events(in: answer.text)
    let last = try JSON(parsing: try #require(events.last))
    #expect(last["error"]?["code"] == "engine_stopped")
    #expect(last["error"]?["type"] == "unavailable_error")
    #expect(!events.contains("[DONE]"))
    #expect(server.generator.takenPlaces == 0)
  }
}
