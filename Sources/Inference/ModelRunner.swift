package import Scheduling
package import Tensors
package import Transformer

/// Executes step plans on a model and its KV cache; lives on the engine's thread.
package protocol ModelRunner: AnyObject {
  /// Tokens that can occur: the width of a logits row.
  var vocabularyCount: Int { get }

  /// The logits `[plan.sampledCount, vocabularyCount]` of the sampled entries, in the plan's order.
  ///
  /// The engine may overwrite them; they are read before the next call.
  func forward(_ plan: StepPlan) -> Matrix

  /// What the latest step asked of the model's mixtures of experts; nil if it has none.
  var expertCounts: ExpertCounts? { get }
}

extension ModelRunner {
  package var expertCounts: ExpertCounts? { nil }
}
