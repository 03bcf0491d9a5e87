import Applications

extension Resources {
  /// The same with this CPU limit, and the CPU request in the same proportion to it.
  func limited(toCores cores: Double) -> Resources {
    var resized = self
    // What is whole but for its last bits must not become the next number.
    resized.limits.cpu = Millicores(Int((cores * 1000 - 1e-6).rounded(.up)))
    guard limits.cpu.count > 0 else { return resized }
    let share = Double(requests.cpu.count) / Double(limits.cpu.count)
    let request = Int((Double(resized.limits.cpu.count) * share - 1e-6).rounded(.up))
    resized.requests.cpu = Millicores(min(request, resized.limits.cpu.count))
    return resized
  }
}
