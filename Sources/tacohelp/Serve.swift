import API
import ArgumentParser
import Console
import Helpdesk
import Hummingbird
import Logging
import Postgres
import ServiceLifecycle

/// `tacohelp serve`.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve the API, and do the worker's work unless told not to.",
    discussion: """
      Stops on SIGTERM, SIGINT or SIGHUP: refuses new connections, answers what runs within 20 s, exits 0.
      """)

  @Flag(help: "Only serve; leave the worker's work to another process.")
  var noWorker = false

  @OptionGroup(title: "Settings") var flags: SettingsFlags

  func run() async throws { try await ServerProcess.run(flags) { try await serve($0) } }

  private func serve(_ process: ServerProcess) async throws {
    let logger = process.logger
    let settings = process.settings
    if settings.secretKeys.isEmpty {
      logger.notice("SECRET_KEYS is not set: webhook secrets are stored in plain text")
    }
    let check = EndpointCheck(settings.webhooks)
    let console = try Console(
      process.pool, publicURL: settings.publicURL, secretKeys: settings.secretKeys,
      logger: logger, checkDestination: { try await check.words($0) })
    let pages: PageResponder = { request, address, requestID in
      await console.respond(to: request, from: address, requestID: requestID)
    }
    let clientAddress: ClientAddress = { settings.trustedProxies.client(of: $0, from: $1) }
    let prepare: @Sendable () async throws -> Void = { [noWorker] in
      try await process.waitForSchema()
      if noWorker { try await process.warnOfSecrets() }
    }
    // A server that finds its port taken must not have claimed deliveries.
    let listening = Listening()
    let application = try buildApplication(
      process.pool, host: settings.host, port: settings.port, idleTimeout: settings.idleTimeout,
      health: process.health, pages: pages, publicURL: settings.publicURL?.origin,
      clientAddress: clientAddress, logger: logger, beforeListening: prepare
    ) { port in
      logger.notice(
        "listening",
        metadata: [
          "host": .string(settings.host), "port": .stringConvertible(port),
          "version": .string(TacoHelp.version),
        ])
      listening.begin()
    }
    let worker = noWorker ? [] : [try process.worker { try await listening.wait() }]
    try await process.run([application] + worker)
  }
}

/// `tacohelp worker`.
struct Work: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Do the worker's work alone.",
    discussion: """
      Any number of workers may run beside each other. Listens on no port unless PORT is given, and \
      then only for /healthz, /readyz and /metrics.
      """)

  @OptionGroup(title: "Settings") var flags: SettingsFlags

  func run() async throws { try await ServerProcess.run(flags) { try await work($0) } }

  private func work(_ process: ServerProcess) async throws {
    let settings = process.settings
    let listening = Listening()
    var services: [any Service] = []
    if settings.portIsGiven {
      services.append(
        buildHealthApplication(
          host: settings.host, port: settings.port, idleTimeout: settings.idleTimeout,
          health: process.health, logger: process.logger
        ) { _ in listening.begin() })
    } else {
      listening.begin()
    }
    services.append(
      try process.worker {
        try await listening.wait()
        try await process.waitForSchema()
      })
    try await process.run(services)
  }
}
