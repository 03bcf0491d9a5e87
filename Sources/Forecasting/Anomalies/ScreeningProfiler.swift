package import Control
import OrderedCollections

/// Keeps what is unfit to learn from away from a profiler: the profile stays as it was until the service is itself again.
package struct ScreeningProfiler: Profiler {
  private var detector: AnomalyDetector
  private var profiler: any Profiler
  /// What the detector said of the latest observation.
  package private(set) var report = AnomalyReport()

  package init(_ profiler: any Profiler, detector: AnomalyDetector) {
    self.profiler = profiler
    self.detector = detector
  }

  package mutating func profile(_ observation: Observation) -> Profile {
    report = detector.judge(observation)
    var fit = observation
    for name in report.unfit { fit.services[name] = nil }
    return profiler.profile(fit)
  }
}
