import ServiceLifecycle

/// Lets tasks wait until a server has its port.
struct Listening: Sendable {
  private let opened: AsyncStream<Void>
  private let open: AsyncStream<Void>.Continuation

  init() { (opened, open) = AsyncStream.makeStream() }

  func begin() { open.finish() }

  /// Throws `CancellationError` if the process is told to stop first.
  func wait() async throws {
    for await _ in opened.cancelOnGracefulShutdown() {}
    if Task.isCancelled || Task.isShuttingDownGracefully { throw CancellationError() }
  }
}
