/// How the memory at hand is divided, worked out before anything large is allocated.
package struct MemoryPlan: Sendable, Hashable, CustomStringConvertible {
  /// What a model needs, in bytes unless it says otherwise.
  package struct Demand: Sendable, Hashable {
    package var weights: Int
    /// Activations of the largest step, logits included.
    package var workspace: Int
    package var perBlock: Int
    /// Positions per KV block.
    package var blockLength: Int
    /// Tokens of the longest sequence, which must fit.
    package var maximumModelLength: Int
    /// Sequences that may run at once.
    package var maximumRunning: Int
    /// For the KV cache, as the operator asks; nil to choose.
    package var requestedCache: Int?

    package init(
      weights: Int,
      workspace: Int,
      perBlock: Int,
      blockLength: Int,
      maximumModelLength: Int,
      maximumRunning: Int,
      requestedCache: Int? = nil
    ) {
      self.weights = weights
      self.workspace = workspace
      self.perBlock = perBlock
      self.blockLength = blockLength
      self.maximumModelLength = maximumModelLength
      self.maximumRunning = maximumRunning
      self.requestedCache = requestedCache
    }

    /// Blocks that the longest sequence occupies.
    var smallestBlockCount: Int { (maximumModelLength + blockLength - 1) / blockLength }
  }

  /// Why a model cannot be served here, in bytes.
  package enum Refusal: Error, Hashable, CustomStringConvertible {
    case tooLarge(
      weights: Int,
      workspace: Int,
      smallestCache: Int,
      reserve: Int,
      limits: MachineLimits
    )
    case cacheTooSmall(requested: Int, needed: Int, maximumModelLength: Int)

    package var description: String {
      switch self {
      case .tooLarge(let weights, let workspace, let cache, let reserve, let limits):
        """
        the model does not fit: weights \(byteText(weights)), activations \(byteText(workspace)), \
        KV cache at least \(byteText(cache)) and a reserve of \(byteText(reserve)) exceed the \
        \(byteText(limits.availableMemory)) available (\(limits.memorySource)); \
        choose smaller weights or a smaller maximum model length
        """
      case .cacheTooSmall(let requested, let needed, let length):
        """
        a KV cache of \(byteText(requested)) cannot hold one sequence of \(length) tokens, which \
        takes \(byteText(needed)); ask for more, or for a smaller maximum model length
        """
      }
    }
  }

  package let demand: Demand
  package let limits: MachineLimits
  package let blockCount: Int

  /// Kept free for everything else the process does: a twentieth, at least 64 MiB.
  static func reserve(_ limits: MachineLimits) -> Int {
    max(limits.availableMemory / 20, 64 << 20)
  }

  /// Divides the memory, or says with the numbers why it is not enough.
  ///
  /// Unless asked otherwise the cache takes half of what is left, and no more than every seat at full length can use.
  package init(_ demand: Demand, _ limits: MachineLimits) throws(Refusal) {
    self.demand = demand
    self.limits = limits
    let smallest = demand.smallestBlockCount * demand.perBlock
    let left =
      limits.availableMemory - Self.reserve(limits) - demand.weights - demand.workspace
    if let requested = demand.requestedCache, requested < smallest {
      throw .cacheTooSmall(
        requested: requested,
        needed: smallest,
        maximumModelLength: demand.maximumModelLength
      )
    }
    guard max(smallest, demand.requestedCache ?? 0) <= left else {
      throw .tooLarge(
        weights: demand.weights,
        workspace: demand.workspace,
        smallestCache: max(smallest, demand.requestedCache ?? 0),
        reserve: Self.reserve(limits),
        limits: limits
      )
    }
    let chosen = min(left / 2 / demand.perBlock, demand.maximumRunning * demand.smallestBlockCount)
    blockCount = max(
      demand.requestedCache.map { $0 / demand.perBlock } ?? chosen,
      demand.smallestBlockCount
    )
  }

  /// Bytes of the KV cache.
  package var cache: Int { blockCount * demand.perBlock }

  package var description: String {
    """
    memory: weights \(byteText(demand.weights)), activations \(byteText(demand.workspace)), \
    KV cache \(byteText(cache)) for \(blockCount * demand.blockLength) tokens; \
    \(byteText(limits.availableMemory)) available (\(limits.memorySource))
    """
  }
}

/// Bytes in the largest binary unit that leaves at least one, with a decimal.
func byteText(_ count: Int) -> String {
  let units = ["KiB", "MiB", "GiB", "TiB"]
  var (value, unit) = (Double(count) / 1024, 0)
  while value >= 1024, unit < units.count - 1 { (value, unit) = (value / 1024, unit + 1) }
  return "\((value * 10).rounded() / 10) \(units[unit])"
}
