import NIOCore
import Synchronization

/// A request's body on its way in: the connection fills it, and the request's handler collects it.
package final class IncomingBody: Sendable {
  /// Bytes that may wait before no more is read from the socket.
  static let most = 256 << 10

  private typealias Consumer = UnsafeContinuation<Result<ByteBuffer?, BodyFault>, Never>

  private struct State {
    var buffered = ByteBuffer()
    var consumer: Consumer?
    var end: Result<ByteBuffer?, BodyFault>?
    var isAbandoned = false
  }

  private let state = Mutex(State())
  private let resumeReading: @Sendable () -> Void

  /// - Parameter resumeReading: called when it was full and has room again
  init(resumeReading: @escaping @Sendable () -> Void) { self.resumeReading = resumeReading }

  /// Bytes that have arrived and were not read.
  var waiting: Int { state.withLock { $0.buffered.readableBytes } }
  var isFull: Bool { waiting >= Self.most }

  func append(_ buffer: ByteBuffer) {
    let consumer = state.withLock { state -> Consumer? in
      if state.consumer == nil, !state.isAbandoned { state.buffered.writeImmutableBuffer(buffer) }
      return state.consumer.take()
    }
    consumer?.resume(returning: .success(buffer))
  }

  /// - Parameter result: nil if everything has arrived
  func end(_ result: Result<ByteBuffer?, BodyFault>) {
    let consumer = state.withLock { state in
      if state.end == nil { state.end = result }
      return state.consumer.take()
    }
    consumer?.resume(returning: result)
  }

  /// Drops what is left, and everything that is still to arrive.
  func abandon() {
    let wasFull = isFull
    state.withLock { state in
      state.isAbandoned = true
      state.buffered = ByteBuffer()
    }
    if wasFull { resumeReading() }
  }

  /// Waits for the whole body.
  /// - Parameter most: the most bytes that it may have
  func collect(upTo most: Int) async throws(BodyFault) -> ByteBuffer {
    var whole = ByteBuffer()
    while let part = try await next() {
      guard whole.readableBytes + part.readableBytes <= most else { throw .tooLarge }
      if whole.readableBytes == 0 { whole = part } else { whole.writeImmutableBuffer(part) }
    }
    return whole
  }

  /// The bytes that have arrived since the last call; nil at the end of the body.
  private func next() async throws(BodyFault) -> ByteBuffer? {
    let wasFull = isFull
    let next = await withUnsafeContinuation { (continuation: Consumer) in
      let ready: Result<ByteBuffer?, BodyFault>? = state.withLock { state in
        if state.buffered.readableBytes > 0 {
          defer { state.buffered = ByteBuffer() }
          return .success(state.buffered)
        }
        if state.end == nil { state.consumer = continuation }
        return state.end
      }
      if let ready { continuation.resume(returning: ready) }
    }
    if wasFull { resumeReading() }
    return try next.get()
  }
}
