/// A part of the kernel's control groups that this world uses.
enum Controller: String, Hashable, Sendable, CaseIterable {
  case cpu
  case cpuAccounting = "cpuacct"
  case memory
}

/// Where one controller's groups are made, and in which version's words.
struct ControllerHome: Hashable, Sendable {
  enum Version: Hashable, Sendable { case v1, v2 }

  let version: Version
  /// The group of this process, below which ours are made.
  let folder: Folder
}

/// Which controllers are mounted, and which group this process is in: read from the texts of
/// `/proc/self/mountinfo` and `/proc/self/cgroup`.
struct ControllerMap: Hashable, Sendable {
  private(set) var homes: [Controller: ControllerHome] = [:]

  /// On a hybrid system a controller that version 1 has is not in version 2.
  init(mountInfo: String, membership: String, unifiedControllers: (Folder) -> String?) {
    let memberships = membership.split(separator: "\n").map { Membership($0) }
    for mount in mountInfo.split(separator: "\n").compactMap({ Mount($0) }) {
      switch mount.version {
      case .v1:
        for controller in Controller.allCases where mount.options.contains(controller.rawValue) {
          let group = memberships.first { $0.controllers.contains(Substring(controller.rawValue)) }
          homes[controller] = ControllerHome(version: .v1, folder: mount.folder(group?.path ?? "/"))
        }
      case .v2:
        let group = memberships.first { $0.isUnified }
        let folder = mount.folder(group?.path ?? "/")
        let names = (unifiedControllers(folder) ?? "").split { $0 == " " || $0 == "\n" }
        for (controller, name) in [
          (Controller.cpu, "cpu"), (.cpuAccounting, "cpu"), (.memory, "memory"),
        ]
        where names.contains(Substring(name)) {
          homes[controller] = ControllerHome(version: .v2, folder: folder)
        }
      }
    }
  }

  /// A line of `/proc/self/cgroup`: hierarchy, controllers, path.
  private struct Membership {
    let controllers: [Substring]
    let path: String
    var isUnified: Bool { controllers == [] }

    init(_ line: Substring) {
      let fields = line.split(separator: ":", maxSplits: 2, omittingEmptySubsequences: false)
      controllers = fields.count > 1 ? fields[1].split(separator: ",") : []
      path = fields.count > 2 ? String(fields[2]) : "/"
    }
  }

  /// A mounted hierarchy.
  private struct Mount {
    let version: ControllerHome.Version
    let root: String
    let point: String
    let options: [String]

    init?(_ line: Substring) {
      let halves = line.split(separator: " - ", maxSplits: 1)
      guard halves.count == 2 else { return nil }
      let (fields, source) = (halves[0].split(separator: " "), halves[1].split(separator: " "))
      guard fields.count > 4, let type = source.first else { return nil }
      switch type {
      case "cgroup": version = .v1
      case "cgroup2": version = .v2
      default: return nil
      }
      (root, point) = (String(fields[3]), String(fields[4]))
      options = source.last?.split(separator: ",").map(String.init) ?? []
    }

    /// A group's folder; in a container its path may begin above what is mounted.
    func folder(_ path: String) -> Folder {
      let inside = root != "/" && path.hasPrefix(root) ? String(path.dropFirst(root.count)) : path
      return Folder(inside == "/" || inside.isEmpty ? point : point + inside)
    }
  }
}
