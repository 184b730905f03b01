import Dispatch
import Glibc
import Synchronization

/// An HTTP answer as it arrived.
public struct RawAnswer: Sendable {
  public let status: Int
  /// In their order.
  public let fields: [(name: String, value: String)]
  public let body: String
}

/// A TCP connection that sends exactly the bytes it is given.
public final class RawConnection: Sendable {
  private let descriptor: Int32
  /// Bytes that were received and not yet handed out.
  private let buffer = Mutex<[UInt8]>([])
  // Blocking calls run here, not on Swift's own few threads.
  private let sending = DispatchQueue(label: "send")
  private let receiving = DispatchQueue(label: "receive")

  /// Throws when no program listens on the port of 127.0.0.1.
  /// - Parameters:
  ///   - source: the address to connect from, as `127.0.0.2`
  ///   - room: bytes that the system takes in before they are read
  public init(port: Int, from source: String? = nil, room: Int32? = nil) throws {
    // Not for the programs that other tests start meanwhile: they would keep it open.
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw TestError("no socket: \(errno)") }
    var (timeout, on) = (timeval(tv_sec: 25, tv_usec: 0), Int32(1))
    let size = socklen_t(MemoryLayout<timeval>.size)
    setsockopt(descriptor, SOL_SOCKET, SO_RCVTIMEO, &timeout, size)
    setsockopt(descriptor, SOL_SOCKET, SO_SNDTIMEO, &timeout, size)
    setsockopt(
      descriptor, Int32(IPPROTO_TCP), TCP_NODELAY, &on, socklen_t(MemoryLayout<Int32>.size))
    if var room {
      setsockopt(descriptor, SOL_SOCKET, SO_RCVBUF, &room, socklen_t(MemoryLayout<Int32>.size))
    }
    var status: Int32 = 0
    if let source { status = Self.withAddress(source, 0) { Glibc.bind(descriptor, $0, $1) } }
    if status == 0 {
      status = Self.withAddress("127.0.0.1", port) { Glibc.connect(descriptor, $0, $1) }
    }
    guard status == 0 else {
      let code = errno
      close(descriptor)
      throw TestError("cannot connect to \(port): \(String(cString: strerror(code)))")
    }
  }

  deinit { close(descriptor) }

  private static func withAddress(
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

  public func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  public func send(_ bytes: [UInt8]) async throws {
    try await withCheckedThrowingContinuation {
      (continuation: CheckedContinuation<Void, any Error>) in
      sending.async { continuation.resume(with: Result { try self.write(bytes) }) }
    }
  }

  /// Closes this side's half: the server sees the end of what is sent.
  public func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Ends both halves at once, with a reset; nothing more can be done with it.
  public func reset() {
    var linger = linger(l_onoff: 1, l_linger: 0)
    setsockopt(
      descriptor, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    var unconnected = sockaddr(
      sa_family: sa_family_t(AF_UNSPEC), sa_data: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    Glibc.connect(descriptor, &unconnected, socklen_t(MemoryLayout<sockaddr>.size))
  }

  /// The next answer. One to HEAD has no body, whatever its headers say.
  public func receiveAnswer(isHead: Bool = false) async throws -> RawAnswer {
    try await withCheckedThrowingContinuation { continuation in
      receiving.async {
        continuation.resume(with: Result { try self.readAnswer(isHead: isHead) })
      }
    }
  }

  /// Waits until the server closes the connection, and returns what it sent before.
  public func waitForClose() async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      receiving.async {
        continuation.resume(
          with: Result {
            while try self.receive() {}
            return String(decoding: self.buffer.withLock { $0 }, as: UTF8.self)
          })
      }
    }
  }

  /// Receives so many bytes at most, for the next answer.
  public func take(_ most: Int) async throws {
    try await withCheckedThrowingContinuation {
      (continuation: CheckedContinuation<Void, any Error>) in
      receiving.async { continuation.resume(with: Result { _ = try self.receive(most) }) }
    }
  }

  private func write(_ bytes: [UInt8]) throws {
    var rest = bytes[...]
    while !rest.isEmpty {
      let count = Self.uninterrupted {
        rest.withUnsafeBytes {
          Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
      }
      guard count > 0 else { throw TestError("cannot send: \(String(cString: strerror(errno)))") }
      rest = rest.dropFirst(count)
    }
  }

  /// Calls again what ended because the process was stopped for a while and went on.
  private static func uninterrupted(_ call: () -> Int) -> Int {
    while true {
      let count = call()
      guard count < 0, errno == EINTR else { return count }
    }
  }

  /// Adds to the buffer what arrives; false at the end of the stream.
  private func receive(_ most: Int = 65_536) throws -> Bool {
    var chunk = [UInt8](repeating: 0, count: most)
    let count = Self.uninterrupted { recv(descriptor, &chunk, chunk.count, 0) }
    if count < 0, errno != ECONNRESET {
      let text = String(decoding: buffer.withLock { $0 }, as: UTF8.self)
      throw TestError("nothing received: \(String(cString: strerror(errno))); before: \(text)")
    }
    buffer.withLock { $0 += chunk.prefix(max(0, count)) }
    return count > 0
  }

  private func readAnswer(isHead: Bool) throws -> RawAnswer {
    while true {
      if let (answer, length) = Self.parse(buffer.withLock { $0 }, isHead) {
        buffer.withLock { $0.removeFirst(length) }
        return answer
      }
      guard try receive() else {
        let text = String(decoding: buffer.withLock { $0 }, as: UTF8.self)
        throw TestError("closed without an answer; received: \(text)")
      }
    }
  }

  /// An answer at the start of `bytes` and its length; nil while it is not complete.
  private static func parse(_ bytes: [UInt8], _ isHead: Bool) -> (RawAnswer, Int)? {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count > 1, words[0] == "HTTP/1.1", let status = Int(words[1]) else { return nil }
    let fields = lines.dropFirst().map { line in
      let name = line.prefix { $0 != ":" }
      return (
        name: String(name), value: String(line.dropFirst(name.count + 1).drop { $0 == " " })
      )
    }
    let hasBody = !isHead && status >= 200 && status != 204 && status != 304
    let length =
      hasBody
      ? fields.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0 : 0
    guard bytes.count >= end.upperBound + length else { return nil }
    let body = String(decoding: bytes[end.upperBound..<(end.upperBound + length)], as: UTF8.self)
    return (
      RawAnswer(status: status, fields: fields, body: body), end.upperBound + length
    )
  }
}
