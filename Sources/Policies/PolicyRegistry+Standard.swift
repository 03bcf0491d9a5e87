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
    Entry(FeedForwardPolicy.self, make: FeedForwardPolicy.init),
    Entry(QueueingPolicy.self, make: QueueingPolicy.init),
    Entry(BottleneckPolicy.self, make: BottleneckPolicy.init),
    Entry(ThreeSigmaPolicy.self, make: ThreeSigmaPolicy.init),
    Entry(AutothrottlePolicy.self, make: AutothrottlePolicy.init),
    Entry(LSRAMPolicy.self, make: LSRAMPolicy.init),
    Entry(ForecastPolicy.self, make: ForecastPolicy.init),
    Entry(OraclePolicy.self, make: OraclePolicy.init),
  ])
}
