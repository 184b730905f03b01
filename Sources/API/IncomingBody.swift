import NIOCore
import Synchronization

/// A request's body on its way in: filled by the pipeline, read once by the request's handler.
final class IncomingBody: AsyncSequence, Sendable {
  /// Bytes that may wait before reading from the socket stops.
  static let most = 256 << 10

  private typealias Consumer = UnsafeContinuation<ByteBuffer?, any Error>

  private struct State {
    var buffered = ByteBuffer()
    var consumer: Consumer?
    var end: Result<Void, any Error>?
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
      defer { state.consumer = nil }
      return state.consumer
    }
    consumer?.resume(returning: buffer)
  }

  func end() { end(.success(())) }
  func fail(_ error: any Error) { end(.failure(error)) }

  private func end(_ result: Result<Void, any Error>) {
    let consumer = state.withLock { state in
      if state.end == nil { state.end = result }
      defer { state.consumer = nil }
      return state.consumer
    }
    consumer?.resume(with: result.map { nil })
  }

  /// Nobody reads the rest.
  func abandon() {
    let wasFull = isFull
    state.withLock { state in
      state.isAbandoned = true
      state.buffered = ByteBuffer()
    }
    if wasFull { resumeReading() }
  }

  /// What has arrived since, nil at the end.
  fileprivate func next() async throws -> ByteBuffer? {
    let wasFull = isFull
    let next = try await withUnsafeThrowingContinuation { continuation in
      let ready: Result<ByteBuffer?, any Error>? = state.withLock { state in
        if state.buffered.readableBytes > 0 {
          defer { state.buffered = ByteBuffer() }
          return .success(state.buffered)
        }
        if let end = state.end { return end.map { nil } }
        state.consumer = continuation
        return nil
      }
      if let ready { continuation.resume(with: ready) }
    }
    if wasFull { resumeReading() }
    return next
  }

  func makeAsyncIterator() -> Iterator { Iterator(body: self) }

  struct Iterator: AsyncIteratorProtocol {
    fileprivate let body: IncomingBody

    mutating func next() async throws -> ByteBuffer? { try await body.next() }
  }
}
