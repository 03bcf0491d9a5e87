/// A model architecture: its defaults where `config.json` is silent, and what sets it apart.
///
/// The defaults are those of the reference implementation's configuration classes. A new family is one value in a
/// file of its own and one entry in ``all``.
struct ModelFamily: Sendable {
  /// When a layer's attention is limited to a window, if `layer_types` does not say.
  enum WindowRule: Sendable {
    case never
    /// Whenever `sliding_window` is a number.
    case always
    /// Only with `use_sliding_window`, and from layer `max_window_layers` on.
    case whenSwitchedOn
  }

  /// The value of `model_type`.
  let type: String
  var normEpsilon = 1e-6
  var rotaryTheta = 10_000.0
  var maximumPositionCount: Int
  /// Nil: as many as there are heads.
  var keyValueHeadCount: Int?
  /// Nil: the hidden width divided by the number of heads.
  var headWidth: Int?
  /// The window if the key is absent; a null in the file means none.
  var slidingWindow: Int?
  var windowRule = WindowRule.never
  /// Reads what only this family has into a configuration that holds all the rest.
  var refine: @Sendable (inout ModelConfiguration, SettingsReader) throws(ModelError) -> Void

  static let all: [ModelFamily] = [
    .llama, .mistral, .qwen2, .qwen3, .mixtral, .qwen2Mixture, .qwen3Mixture, .olmoe,
  ]
}
