public import Logging
public import Postgres
public import ServiceLifecycle

/// What has to be done besides answering requests, on any number of servers at once.
public struct Worker: Service {
  private let pool: PostgresPool
  private let logger: Logger
  private let beforeWorking: @Sendable () async throws -> Void

  /// - Parameter beforeWorking: what must have succeeded first
  public init(
    _ pool: PostgresPool, logger: Logger,
    beforeWorking: @escaping @Sendable () async throws -> Void = {}
  ) {
    self.pool = pool
    self.logger = logger
    self.beforeWorking = beforeWorking
  }

  private static let pruneRateLimits = Statement("select ops.prune_rate_limits()")

  public func run() async throws {
    try await beforeWorking()
    logger.notice("worker ready")
    await cancelWhenGracefulShutdown {
      while !Task.isCancelled {
        do throws(PostgresError) {
          while try await pool.write(Self.pruneRateLimits()).first?.int4(0) == 1000 {}
        } catch {
          logger.warning("cannot prune rate limits", metadata: ["error": "\(error)"])
        }
        // Cancellation ends the wait, and the loop.
        try? await Task.sleep(for: .seconds(60))
      }
    }
  }
}
