/// What is known of a request before any work is done, as numbers of the order of one.
enum RequestFeatures {
  private static let promptStepCount = 14
  private static let urgencyCount = 4

  /// Bias, prompt, limit, tenant, then one-hot prompt magnitude and urgency.
  static let count = 6 + promptStepCount + urgencyCount

  /// The features; `tenantLength` is the binary logarithm of a typical answer to this tenant.
  static func vector(_ profile: Profile, tenantLength: Float?) -> [Float] {
    let prompt = roughLog2(profile.promptCount)
    var vector: [Float] = [
      1,
      prompt / 12,
      (prompt / 12) * (prompt / 12),
      roughLog2(profile.maximumNewTokenCount) / 12,
      tenantLength.map { $0 / 12 } ?? 0,
      tenantLength == nil ? 0 : 1,
    ]
    vector.reserveCapacity(count)
    let step = min(Int(prompt), promptStepCount - 1)
    for index in 0..<promptStepCount { vector.append(index == step ? 1 : 0) }
    let urgency = min(profile.serviceClass.urgency, urgencyCount - 1)
    for index in 0..<urgencyCount { vector.append(index == urgency ? 1 : 0) }
    return vector
  }
}

/// How long answers to each tenant typically are; tenants beyond the table's size share entries.
struct TenantLengths: Sendable {
  private var means: [Float?] = Array(repeating: nil, count: 1024)

  func meanLog2(_ tenant: TenantID) -> Float? { means[index(tenant)] }

  mutating func learn(_ tenant: TenantID, length: Int) {
    let index = index(tenant)
    let value = roughLog2(length)
    means[index] = means[index].map { $0 + 0.1 * (value - $0) } ?? value
  }

  private func index(_ tenant: TenantID) -> Int { Int(tenant.rawValue % UInt64(means.count)) }
}
