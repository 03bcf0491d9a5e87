import Glibc

/// Finds a port of the loopback interface that nobody uses.
///
/// Somebody else may take it before it is used; the replica then ends at once and is started again with another.
enum FreePort {
  static func find() throws(LocalClusterError) -> Int {
    let socket = Glibc.socket(
      AF_INET,
      Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue),
      0
    )
    guard socket >= 0 else { throw .portUnavailable(host: "127.0.0.1", port: 0, code: errno) }
    defer { close(socket) }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_addr.s_addr = UInt32(0x7f00_0001).bigEndian
    var size = socklen_t(MemoryLayout<sockaddr_in>.size)
    let result = withUnsafeMutablePointer(to: &address) {
      $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { pointer in
        bind(socket, pointer, size) == 0 ? getsockname(socket, pointer, &size) : -1
      }
    }
    guard result == 0 else { throw .portUnavailable(host: "127.0.0.1", port: 0, code: errno) }
    return Int(UInt16(bigEndian: address.sin_port))
  }
}
