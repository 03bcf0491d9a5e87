extension Scheduler {
  /// Sizes that hold for a scheduler's life.
  package struct Configuration: Sendable {
    package var blockCount: Int
    package var blockLength: Int
    /// Sequences that may hold blocks at once.
    package var maximumRunningCount: Int
    /// Rows of a step; leaves room for a smallest chunk when every seat decodes.
    package var maximumRowCount: Int
    /// Rows that a prefill gets even when the step is late already, so that it advances.
    package var minimumChunk: Int

    package init(
      blockCount: Int,
      blockLength: Int,
      maximumRunningCount: Int,
      maximumRowCount: Int,
      minimumChunk: Int = 16
    ) {
      precondition(maximumRunningCount > 0 && minimumChunk > 0)
      precondition(
        maximumRowCount >= maximumRunningCount + minimumChunk,
        "\(maximumRowCount) rows for \(maximumRunningCount) seats and a chunk of \(minimumChunk)"
      )
      self.blockCount = blockCount
      self.blockLength = blockLength
      self.maximumRunningCount = maximumRunningCount
      self.maximumRowCount = maximumRowCount
      self.minimumChunk = minimumChunk
    }

    /// Why a sequence of these lengths could never run, even alone; nil when it can.
    package func refusal(promptCount: Int, maximumNewTokenCount: Int) -> Refusal? {
      // The last token is only handed out; its keys and values are never needed.
      let needed = (promptCount + maximumNewTokenCount - 1 + blockLength - 1) / blockLength
      return needed <= blockCount
        ? nil : Refusal(neededBlockCount: needed, blockCount: blockCount)
    }
  }

  /// Why a request can never be served.
  package struct Refusal: Error, Hashable, CustomStringConvertible {
    package let neededBlockCount: Int
    package let blockCount: Int

    package var description: String {
      "prompt and answer need \(neededBlockCount) KV blocks, there are \(blockCount)"
    }
  }
}
