import Helpdesk
public import Logging
import NIOPosix
public import Postgres
public import ServiceLifecycle

/// The work other than answering requests: sending webhooks and deleting old data. Any number of
/// processes may do it at once.
public struct Worker: Service {
  private let dispatcher: Dispatcher
  private let sender: Sender
  private let upkeep: Upkeep
  private let listener: Listener?
  private let logger: Logger
  private let beforeWorking: @Sendable () async throws -> Void

  /// - Parameters:
  ///   - database: the database to listen to for `NOTIFY`
  ///   - beforeWorking: has to succeed before any work begins
  /// - Throws: ``TrustedRootsError`` when the certificates cannot be used; `PostgresError` when the
  ///   system has no file descriptor left.
  public init(
    _ pool: PostgresPool, database: PostgresConfiguration, settings: WebhookSettings,
    logger: Logger, beforeWorking: @escaping @Sendable () async throws -> Void = {}
  ) throws {
    let check = DestinationCheck(
      policy: AddressPolicy(allowedNetworks: settings.allowedNetworks),
      resolver: SharedResolver(SystemResolver()), allowHTTP: settings.allowHTTP)
    let store = DeliveryStore(pool, knownKeys: settings.secretKeys.ids)
    sender = try Sender(
      check: check, additionalTrustRoots: settings.certificateAuthorities,
      group: MultiThreadedEventLoopGroup.singleton)
    let disabling = WakeSignal()
    let dispatcher = Dispatcher(
      store, sender: sender, signer: Signer(version: settings.version, keys: settings.secretKeys),
      allowHTTP: settings.allowHTTP, logger: logger, onDisabled: { disabling.send() })
    self.dispatcher = dispatcher
    upkeep = Upkeep(
      pool: pool, store: store, settings: settings, logger: logger, disabling: disabling,
      onDue: { dispatcher.wake() })
    // No notification arrives behind a pooler that changes connections; polling has to be enough.
    listener =
      database.hasOwnSession
      ? try Listener(database, channel: DeliveryStore.channel, logger: logger) {
        dispatcher.wake()
      } : nil
    self.logger = logger
    self.beforeWorking = beforeWorking
  }

  /// Works until graceful shutdown or cancellation; returns when every result has been recorded.
  public func run() async throws {
    try await beforeWorking()
    logger.notice("worker ready")
    try await withThrowingTaskGroup(of: Void.self) { group in
      group.addTask { await dispatcher.run() }
      group.addTask { await upkeep.run() }
      if let listener { group.addTask { try await listener.run() } }
      try await group.waitForAll()
    }
    await sender.shutDown()
  }
}
