import Dispatch
import Glibc
import Synchronization
import SystemPackage

/// A TCP connection that sends exactly the bytes it is given.
public final class RawConnection: Sendable {
  private let descriptor: Int32
  /// Bytes that were received and not yet handed out.
  private let buffer = Mutex<[UInt8]>([])
  // Blocking calls run here, not on Swift's few threads.
  private let sending = DispatchQueue(label: "send")
  private let receiving = DispatchQueue(label: "receive")

  /// Throws if no program listens on the port of 127.0.0.1.
  /// - Parameters:
  ///   - source: the address to connect from, such as `127.0.0.2`
  ///   - room: bytes that the system takes in before they are read
  public init(port: Int, from source: String? = nil, room: Int32? = nil) throws {
    // Other programs that tests start must not inherit it: they would keep it open.
    descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue), 0)
    guard descriptor >= 0 else { throw TestError("no socket: \(Errno(rawValue: errno))") }
    set(SOL_SOCKET, SO_RCVTIMEO, timeval(tv_sec: 25, tv_usec: 0))
    set(SOL_SOCKET, SO_SNDTIMEO, timeval(tv_sec: 25, tv_usec: 0))
    set(Int32(IPPROTO_TCP), TCP_NODELAY, Int32(1))
    if let room { set(SOL_SOCKET, SO_RCVBUF, room) }
    let isBound = source.map { withAddress($0, 0) { bind(descriptor, $0, $1) } == 0 } ?? true
    guard isBound, withAddress("127.0.0.1", port, { connect(descriptor, $0, $1) }) == 0 else {
      throw TestError("cannot connect to \(port): \(Errno(rawValue: errno))")
    }
  }

  deinit { close(descriptor) }

  private func set<T>(_ level: Int32, _ option: Int32, _ value: T) {
    withUnsafePointer(to: value) {
      _ = setsockopt(descriptor, level, option, $0, socklen_t(MemoryLayout<T>.size))
    }
  }

  public func send(_ text: String) async throws { try await send(Array(text.utf8)) }

  public func send(_ bytes: [UInt8]) async throws {
    try await Self.wait(on: sending) { [self] in
      var rest = bytes[...]
      while !rest.isEmpty {
        let count = rest.withUnsafeBytes {
          Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
        }
        guard count > 0 || errno == EINTR else {
          throw TestError("cannot send: \(Errno(rawValue: errno))")
        }
        rest = rest.dropFirst(max(0, count))
      }
    }
  }

  /// Closes this side's half: the server sees the end of what is sent.
  public func finishSending() { shutdown(descriptor, Int32(SHUT_WR)) }

  /// Ends both halves at once, with a reset; the connection cannot be used afterwards.
  public func reset() {
    set(SOL_SOCKET, SO_LINGER, linger(l_onoff: 1, l_linger: 0))
    var unconnected = sockaddr()
    connect(descriptor, &unconnected, socklen_t(MemoryLayout<sockaddr>.size))
  }

  /// Sends a request and returns its answer.
  public func exchange(_ request: String) async throws -> Answer {
    Transcript.note("sent: \(request.prefix(600))")
    try await send(request)
    return try await answer(isHead: request.hasPrefix("HEAD "))
  }

  /// The next answer. One to HEAD has no body, whatever its headers say.
  public func answer(isHead: Bool = false) async throws -> Answer {
    let answer = try await Self.wait(on: receiving) { [self] in
      while true {
        if let (answer, length) = Self.parse(buffer.withLock { $0 }, isHead) {
          buffer.withLock { $0.removeFirst(length) }
          return answer
        }
        guard try receive() else {
          throw TestError("closed without an answer; received: \(received)")
        }
      }
    }
    Transcript.note(answer)
    return answer
  }

  /// Waits until the server closes the connection, and returns what it sent before.
  public func waitForClose() async throws -> String {
    try await Self.wait(on: receiving) { [self] in
      while try receive() {}
      return received
    }
  }

  /// Receives at most this many bytes, for the next answer.
  public func take(_ most: Int) async throws {
    _ = try await Self.wait(on: receiving) { [self] in try receive(most) }
  }

  private static func wait<R: Sendable>(
    on queue: DispatchQueue, _ body: @escaping @Sendable () throws -> R
  ) async throws -> R {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result(catching: body)) }
    }
  }

  private var received: String { String(decoding: buffer.withLock { $0 }, as: UTF8.self) }

  /// Adds arriving bytes to the buffer; false at the end of the stream.
  private func receive(_ most: Int = 65_536) throws -> Bool {
    var chunk = [UInt8](repeating: 0, count: most)
    var count: Int
    // A call ends, too, because the process was stopped for a while and went on.
    repeat { count = recv(descriptor, &chunk, most, 0) } while count < 0 && errno == EINTR
    if count < 0, errno != ECONNRESET {
      throw TestError("nothing received: \(Errno(rawValue: errno)); before: \(received)")
    }
    buffer.withLock { $0 += chunk.prefix(max(0, count)) }
    return count > 0
  }

  /// An answer at the start of `bytes` and its length; nil while it is not complete.
  private static func parse(_ bytes: [UInt8], _ isHead: Bool) -> (Answer, Int)? {
    guard let end = bytes.firstRange(of: Array("\r\n\r\n".utf8)) else { return nil }
    let lines = String(decoding: bytes[..<end.lowerBound], as: UTF8.self).split(separator: "\r\n")
    let words = lines.first?.split(separator: " ") ?? []
    guard words.count > 1, words[0] == "HTTP/1.1", let status = Int(words[1]) else { return nil }
    let headers = lines.dropFirst().map { line in
      let name = line.prefix { $0 != ":" }
      return (
        name: String(name), value: String(line.dropFirst(name.count + 1).drop { $0 == " " })
      )
    }
    let hasBody = !isHead && status >= 200 && status != 204 && status != 304
    let length =
      hasBody
      ? headers.first { $0.name.lowercased() == "content-length" }.flatMap { Int($0.value) } ?? 0
      : 0
    guard bytes.count >= end.upperBound + length else { return nil }
    let body = String(decoding: bytes[end.upperBound...].prefix(length), as: UTF8.self)
    return (
      Answer(request: "", status: status, headers: headers, body: body), end.upperBound + length
    )
  }
}
