import Tensors

/// A complete set of modules in the order of a pass, without look-ups by name.
struct ModuleStack {
  enum Block {
    case dense(norm: [Float], FeedForwardModule)
    case mixture(MixtureModules)
  }

  struct Layer {
    let attention: AttentionModule
    let block: Block
  }

  let embedding: WeightMatrix
  let layers: [Layer]
  let norm: [Float]
  let head: WeightMatrix

  /// Nil if a module is missing.
  init?(modules: [ModuleID: Module], configuration: ModelConfiguration) {
    guard case .embedding(let embedding) = modules[.embedding],
      case .norm(let norm) = modules[.norm]
    else { return nil }
    self.embedding = embedding
    self.norm = norm
    if configuration.tiesEmbeddings {
      head = embedding
    } else {
      guard case .head(let weights) = modules[.head] else { return nil }
      head = weights
    }
    var layers: [Layer] = []
    for index in configuration.layers.indices {
      guard case .attention(let attention) = modules[.attention(layer: index)],
        let block = Block(modules: modules, layer: index, configuration: configuration)
      else { return nil }
      layers.append(Layer(attention: attention, block: block))
    }
    self.layers = layers
  }
}

extension ModuleStack.Block {
  init?(modules: [ModuleID: Module], layer: Int, configuration: ModelConfiguration) {
    guard configuration.layers[layer].isMixture, let mixture = configuration.mixture else {
      guard case .feedForward(let norm, let module) = modules[.feedForward(layer: layer)] else {
        return nil
      }
      self = .dense(norm: norm, module)
      return
    }
    guard case .router(let norm, let router) = modules[.router(layer: layer)] else { return nil }
    var experts: [FeedForwardModule] = []
    for index in 0..<mixture.expertCount {
      guard case .expert(let expert) = modules[.expert(layer: layer, index: index)] else {
        return nil
      }
      experts.append(expert)
    }
    var shared: MixtureModules.Shared?
    if mixture.sharedExpertWidth != nil {
      guard case .sharedExpert(let module, let gate) = modules[.sharedExpert(layer: layer)] else {
        return nil
      }
      shared = .init(module: module, gate: gate)
    }
    self = .mixture(MixtureModules(norm: norm, router: router, experts: experts, shared: shared))
  }
}

/// The modules of one mixture-of-experts layer.
struct MixtureModules {
  struct Shared {
    let module: FeedForwardModule
    let gate: WeightMatrix
  }

  let norm: [Float]
  let router: WeightMatrix
  let experts: [FeedForwardModule]
  let shared: Shared?
}
