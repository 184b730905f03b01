import ArgumentParser
import Glibc

/// `tacohelp health`.
struct Health: ParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Ask a server on this machine whether it is ready: exit code 0 if so, 1 if not.",
    discussion: "For health checks of containers that hold no other program. Asks /readyz.")

  @OptionGroup(title: "Settings") var flags: SettingsFlags

  func run() throws {
    let settings = try Settings(flags)
    // A server that listens on every address is asked on the loopback address.
    let host = ["0.0.0.0", "::", "*"].contains(settings.host) ? "localhost" : settings.host
    let answer = Self.get("/readyz", host: host, port: settings.port)
    guard answer.hasPrefix("HTTP/1.1 200 ") else {
      throw Failure(code: 1, message: answer.isEmpty ? "no answer" : "not ready")
    }
  }

  /// The first bytes of the answer; empty if there is none within 3 s. Written by hand: no HTTP client is
  /// worth linking for this.
  private static func get(_ path: String, host: String, port: Int) -> String {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var addresses: UnsafeMutablePointer<addrinfo>?
    guard getaddrinfo(host, String(port), &hints, &addresses) == 0 else { return "" }
    defer { freeaddrinfo(addresses) }
    var candidate = addresses
    while let address = candidate?.pointee {
      let answer = exchange(
        "GET \(path) HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n", address)
      if !answer.isEmpty { return answer }
      candidate = address.ai_next
    }
    return ""
  }

  private static func exchange(_ request: String, _ address: addrinfo) -> String {
    let descriptor = socket(address.ai_family, address.ai_socktype, address.ai_protocol)
    guard descriptor >= 0 else { return "" }
    defer { close(descriptor) }
    var timeout = timeval(tv_sec: 3, tv_usec: 0)
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
    guard connect(descriptor, address.ai_addr, address.ai_addrlen) == 0,
      send(descriptor, request, request.utf8.count, 0) == request.utf8.count
    else { return "" }
    return String(
      unsafeUninitializedCapacity: 64
    ) { buffer in max(0, recv(descriptor, buffer.baseAddress, 64, 0)) }
  }
}
