import Applications
import Control

extension Decision {
  /// Orders `desired` replicas, or says why the count stays where it is although another one was wanted.
  ///
  /// `isRemarkable` has it said where nothing else was wanted, too.
  mutating func scale(
    _ name: ServiceName,
    from current: Int,
    to desired: Int,
    wanted: Int,
    isRemarkable: Bool = false,
    because reason: Reason
  ) {
    if desired != current {
      actions.append(Action(name, replicaCount: desired, because: reason))
    } else if wanted != current || isRemarkable {
      holds.append(.init(name, because: reason))
    }
  }
}
