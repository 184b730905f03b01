import Glibc

/// A TCP port of 127.0.0.1 that nobody listens on.
public enum FreePort {
  /// Picked below the range from which the system gives ports to clients, so that none of them takes
  /// it while a server restarts.
  public static func find() throws -> Int {
    for _ in 0..<100 {
      let port = Int.random(in: 20_000..<32_000)
      let descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
      guard descriptor >= 0 else { throw TestError("no socket") }
      defer { close(descriptor) }
      if withAddress("127.0.0.1", port, { bind(descriptor, $0, $1) }) == 0 { return port }
    }
    throw TestError("no free port")
  }
}

/// Calls `body` with an IPv4 address and a port, as system calls want them.
func withAddress(
  _ text: String, _ port: Int, _ body: (UnsafePointer<sockaddr>, socklen_t) -> Int32
) -> Int32 {
  var address = sockaddr_in()
  address.sin_family = sa_family_t(AF_INET)
  address.sin_port = UInt16(port).bigEndian
  inet_pton(AF_INET, text, &address.sin_addr)
  return withUnsafePointer(to: &address) {
    $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
      body($0, socklen_t(MemoryLayout<sockaddr_in>.size))
    }
  }
}
