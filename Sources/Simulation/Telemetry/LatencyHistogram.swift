/// Counts of times, in buckets that grow with the time: quantiles to within 0.8 %, in constant memory.
///
/// Sixty-four buckets per power of two between 1 microsecond and 18 minutes, as HDR histograms have them.
package struct LatencyHistogram: Sendable {
  private static let subBucketBits = 6
  private static let subBucketCount = 1 << subBucketBits
  private static let bucketCount = (30 - subBucketBits + 1) * subBucketCount

  private var counts = [UInt32](repeating: 0, count: Self.bucketCount)
  package private(set) var count = 0
  package private(set) var sum = 0.0
  private var occupied = 0..<0

  package init() {}

  package var mean: Duration? {
    count == 0 ? nil : VirtualTime(roundingUp: sum / Double(count)).duration
  }

  mutating func record(_ time: VirtualTime) {
    let bucket = Self.bucket(of: time.nanoseconds)
    counts[bucket] &+= 1
    count += 1
    sum += Double(time.nanoseconds)
    if !occupied.contains(bucket) {
      occupied =
        occupied.isEmpty
        ? bucket..<(bucket + 1)
        : min(bucket, occupied.lowerBound)..<max(bucket + 1, occupied.upperBound)
    }
  }

  mutating func add(_ other: LatencyHistogram) {
    for bucket in other.occupied { counts[bucket] &+= other.counts[bucket] }
    count += other.count
    sum += other.sum
    guard !other.occupied.isEmpty else { return }
    occupied =
      occupied.isEmpty
      ? other.occupied
      : min(
        occupied.lowerBound,
        other.occupied.lowerBound
      )..<max(occupied.upperBound, other.occupied.upperBound)
  }

  mutating func removeAll() {
    for bucket in occupied { counts[bucket] = 0 }
    (count, sum, occupied) = (0, 0, 0..<0)
  }

  /// The smallest time that this share of the times does not exceed; nil without any.
  package func quantile(_ share: Double) -> Duration? {
    guard count > 0 else { return nil }
    let rank = max(1, Int((share * Double(count)).rounded(.up)))
    var seen = 0
    for bucket in occupied {
      seen += Int(counts[bucket])
      if seen >= rank { return .nanoseconds(Self.middle(of: bucket)) }
    }
    return nil
  }

  /// Bucket 0 begins at 0; a microsecond is taken as 1,024 ns.
  private static func bucket(of nanoseconds: Int64) -> Int {
    let units = UInt64(max(nanoseconds, 0)) >> 10
    guard units >= UInt64(subBucketCount) else { return Int(units) }
    let exponent = 63 - units.leadingZeroBitCount - subBucketBits
    let mantissa = Int(units >> UInt64(exponent)) & (subBucketCount - 1)
    return min((exponent + 1) * subBucketCount + mantissa, bucketCount - 1)
  }

  private static func middle(of bucket: Int) -> Int64 {
    guard bucket >= subBucketCount else { return Int64(bucket) << 10 + 512 }
    let exponent = bucket / subBucketCount - 1
    let low = Int64(subBucketCount + bucket % subBucketCount) << Int64(exponent + 10)
    return low + (1 << Int64(exponent + 9))
  }
}
