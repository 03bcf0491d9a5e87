package import Control

extension PolicyRegistry {
  /// Every policy that ships; a new one is a folder beside this file and a line below.
  package static let standard = PolicyRegistry([
    Entry(StaticPolicy.self) { _ in StaticPolicy() },
    Entry(HPAPolicy.self, make: HPAPolicy.init),
    Entry(KPAPolicy.self, make: KPAPolicy.init),
    Entry(VPAPolicy.self, make: VPAPolicy.init),
    Entry(QueuePolicy.self, make: QueuePolicy.init),
    Entry(PIDPolicy.self, make: PIDPolicy.init),
    Entry(LSRAMPolicy.self, make: LSRAMPolicy.init),
    Entry(OraclePolicy.self, make: OraclePolicy.init),
  ])
}
