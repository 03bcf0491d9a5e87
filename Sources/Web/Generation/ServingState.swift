import Synchronization

/// A model that answers, under the name by which clients ask for it.
package struct ServedModel: Sendable {
  package let name: String
  /// Where the model came from; `vllm bench` reads it to find a tokenizer.
  package let root: String
  /// When it was loaded, in Unix seconds.
  let created: Int
  package let generator: any TextGenerator

  package init(name: String, root: String, generator: any TextGenerator) {
    self.name = name
    self.root = root
    created = UnixTime.now
    self.generator = generator
  }
}

/// Whether the server can answer: it listens before the model is loaded and after it stopped accepting.
package final class ServingState: Sendable {
  package enum Phase: Sendable {
    case loading
    case ready(ServedModel)
    case draining(ServedModel?)
  }

  private let current = Mutex(Phase.loading)

  package init() {}

  package var phase: Phase { current.withLock { $0 } }

  package func becomeReady(_ model: ServedModel) {
    current.withLock { phase in
      if case .loading = phase { phase = .ready(model) }
    }
  }

  /// Refuses new work from here on; running answers go on.
  package func startDraining() {
    current.withLock { phase in
      if case .ready(let model) = phase { phase = .draining(model) } else { phase = .draining(nil) }
    }
  }

  /// The model for a new request, or why there is none.
  func model() throws(APIFault) -> ServedModel {
    switch phase {
    case .ready(let model): return model
    case .loading: throw .loading(retryAfter: .seconds(2))
    case .draining: throw .draining(retryAfter: .seconds(5))
    }
  }
}
