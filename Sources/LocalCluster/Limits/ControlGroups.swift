/// The control groups of one run, below the group of this process; each replica gets a group of its own.
///
/// Controllers that are not there, or not ours to use, are named in ``limitations``; replicas then run without
/// that limit. Everything made here is removed by ``removeAll()``, whoever made it.
package struct ControlGroups: Sendable {
  /// The folder in which a run's groups lie, below each controller's home.
  let name: String
  private(set) var homes: [Controller: ControllerHome] = [:]
  /// What cannot be limited or measured, and why, in words.
  package private(set) var limitations: [String] = []

  /// Finds out what this process may use, by making the run's groups.
  package static func claim(run: String) -> ControlGroups {
    let read = { (path: String) in (try? TextFile(path).read()) ?? "" }
    let map = ControllerMap(
      mountInfo: read("/proc/self/mountinfo"),
      membership: read("/proc/self/cgroup"),
      unifiedControllers: { try? $0.file("cgroup.controllers").read() }
    )
    return ControlGroups(map, run: run)
  }

  init(_ map: ControllerMap, run: String) {
    name = "plimsoll-\(run)"
    for controller in Controller.allCases {
      guard let home = map.homes[controller] else {
        limitations.append(Self.words(controller, "no such controller is mounted"))
        continue
      }
      do {
        try claim(controller, at: home)
        homes[controller] = home
      } catch {
        limitations.append(Self.words(controller, "\(error)"))
      }
    }
  }

  /// Whether replicas keep to their CPU limit.
  package var limitsCPU: Bool { homes[.cpu] != nil }

  /// Whether there is any use in a group.
  var limitsAnything: Bool { !homes.isEmpty }

  /// Makes a replica's group.
  func makeGroup(_ replica: String) throws(TextFile.Fault) -> ReplicaGroup {
    let group = ReplicaGroup(folders: folders.mapValues { $0.folder(replica) }, homes: homes)
    for folder in group.folders.values { try folder.make() }
    return group
  }

  /// Ends everything that runs in the run's groups and removes them.
  func removeAll() {
    for path in paths { Self.remove(Folder(path)) }
  }

  /// Ends everything that runs in a run's groups of one controller, and removes them.
  static func remove(_ folder: Folder) {
    for replica in folder.folders { ReplicaGroup.empty(folder.folder(replica)) }
    folder.remove()
  }

  /// Where the run's groups lie.
  var paths: [String] { Set(folders.values.map(\.path)).sorted() }

  /// Whether groups of this run are still there.
  var areLeft: Bool { folders.values.contains { !$0.folders.isEmpty } }

  private var folders: [Controller: Folder] { homes.mapValues { $0.folder.folder(name) } }

  private func claim(_ controller: Controller, at home: ControllerHome) throws(TextFile.Fault) {
    let folder = home.folder.folder(name)
    guard home.version == .v2 else { return try folder.make() }
    // Version 2 counts CPU time with the controller that limits it.
    let words = controller == .memory ? "+memory" : "+cpu"
    try enable(words, in: home.folder)
    try folder.make()
    try folder.file("cgroup.subtree_control").write(words)
  }

  /// Lets groups below this one have limits.
  ///
  /// Version 2 allows that only where no process is, so this one moves
  /// into a group beside those of its replicas.
  private func enable(_ words: String, in home: Folder) throws(TextFile.Fault) {
    let control = home.file("cgroup.subtree_control")
    if (try? control.write(words)) != nil { return }
    let own = home.folder("plimsoll-supervisor")
    try own.make()
    try own.file("cgroup.procs").write("0")
    try control.write(words)
  }

  private static func words(_ controller: Controller, _ reason: String) -> String {
    switch controller {
    case .cpu: "CPU limits are not enforced: \(reason)"
    case .cpuAccounting: "CPU use is read per process, without its children: \(reason)"
    case .memory: "memory limits are not enforced: \(reason)"
    }
  }
}
