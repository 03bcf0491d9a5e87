@testable import Scheduling

extension ServiceClass {
  /// A class that promises nothing but a time per output token, or not even that.
  static func promising(_ timePerOutputToken: Duration?) -> ServiceClass {
    ServiceClass(
      name: "test",
      timeToFirstToken: .seconds(1),
      timePerOutputToken: timePerOutputToken
    )
  }
}
