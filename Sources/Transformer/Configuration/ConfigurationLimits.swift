/// Upper bounds on what a configuration may ask for: far above any published model, far below what would
/// overflow or exhaust memory before a tensor's absence is noticed.
enum ConfigurationLimits {
  static let vocabularyCount = 1 << 22
  static let hiddenWidth = 1 << 16
  static let feedForwardWidth = 1 << 20
  static let layerCount = 1 << 10
  static let headCount = 1 << 10
  static let headWidth = 1 << 10
  static let positionCount = 1 << 24
  static let expertCount = 1 << 12
  /// Layers times experts.
  static let moduleCount = 1 << 17
}
