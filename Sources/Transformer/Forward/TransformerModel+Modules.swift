extension TransformerModel {
  /// The module `id`, or nil if it is not loaded; assigning exchanges it, nil drops it.
  ///
  /// The id must be one of the model's (``ModelConfiguration/moduleIDs``), and a new module must be of its kind
  /// and shape.
  package subscript(id: ModuleID) -> Module? {
    get {
      switch id {
      case .embed: embedding.map(Module.embedding)
      case .attention(let layer): layers[layer].attention.map(Module.attention)
      case .feedForward(let layer): layers[layer].feedForward.map(Module.feedForward)
      case .router(let layer): layers[layer].router.map(Module.router)
      case .expert(let layer, let index): layers[layer].experts[index].map(Module.feedForward)
      case .sharedExpert(let layer): layers[layer].sharedExpert.map(Module.feedForward)
      case .united(let layer, let group): layers[layer].united[group].map(Module.feedForward)
      case .norm: norm.map(Module.norm)
      case .head: head.map(Module.head)
      }
    }
    set {
      precondition(configuration.blueprint(id) != nil, "the model has no module \(id)")
      precondition(
        newValue.map { fits($0, at: id) } ?? true,
        "a module of another kind or shape cannot take the place of \(id)"
      )
      switch id {
      case .embed: embedding = newValue?.embedding
      case .attention(let layer): layers[layer].attention = newValue?.attention
      case .feedForward(let layer): layers[layer].feedForward = newValue?.feedForward
      case .router(let layer): layers[layer].router = newValue?.router
      case .expert(let layer, let index): layers[layer].experts[index] = newValue?.feedForward
      case .sharedExpert(let layer): layers[layer].sharedExpert = newValue?.feedForward
      case .united(let layer, let group): layers[layer].united[group] = newValue?.feedForward
      case .norm: norm = newValue?.norm
      case .head: head = newValue?.head
      }
    }
  }

  /// Whether `module` has the matrices that the step expects at `id`.
  private func fits(_ module: Module, at id: ModuleID) -> Bool {
    let sizes = configuration
    switch (id, module) {
    case (.embed, .embedding(let embedding)):
      return embedding.table.hasShape(sizes.vocabularyCount, sizes.hiddenWidth)
    case (.head, .head(let head)):
      return head.weights.hasShape(sizes.vocabularyCount, sizes.hiddenWidth)
    case (.attention, .attention(let attention)):
      return attention.queryKeyValue.hasShape(
        sizes.queryWidth + 2 * sizes.keyValueWidth,
        sizes.hiddenWidth
      ) && attention.output.hasShape(sizes.hiddenWidth, sizes.queryWidth)
    case (.feedForward, .feedForward(let block)):
      return sizes.denseWidth.map { block.hasWidth($0, hidden: sizes.hiddenWidth) } ?? false
    case (.expert, .feedForward(let expert)), (.united, .feedForward(let expert)):
      return sizes.mixture.map { expert.hasWidth($0.expertWidth, hidden: sizes.hiddenWidth) }
        ?? false
    case (.sharedExpert, .feedForward(let expert)):
      return sizes.mixture?.sharedExpertWidth.map {
        expert.hasWidth($0, hidden: sizes.hiddenWidth)
      } ?? false
    case (.router, .router(let router)):
      return sizes.mixture.map {
        router.weights.hasShape($0.expertCount, sizes.hiddenWidth)
      } ?? false
    case (.norm, .norm(let norm)): return norm.weight.count == sizes.hiddenWidth
    default: return false
    }
  }
}

extension FeedForward {
  fileprivate func hasWidth(_ width: Int, hidden: Int) -> Bool {
    gateUp.hasShape(2 * width, hidden) && down.hasShape(hidden, width)
  }
}
