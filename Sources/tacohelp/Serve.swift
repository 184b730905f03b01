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
      Stops on SIGTERM or SIGINT: refuses new connections, answers what runs within 20 s, exits 0.
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
      process.pool, settings: settings.console, secretKeys: settings.secretKeys,
      logger: logger, checkDestination: { try await check.words($0) })
    let pages: PageResponder = { request, address, requestID in
      await console.respond(to: request, from: address, requestID: requestID)
    }
    let clientAddress: ClientAddress = { settings.trustedProxies.client(of: $0, from: $1) }
    let prepare: @Sendable () async throws -> Void = { [noWorker] in
      try await process.waitForSchema()
      if noWorker { try await process.warnOfSecrets() }
    }
    let application = try buildApplication(
      process.pool, host: settings.host, port: settings.port, idleTimeout: settings.idleTimeout,
      health: process.health, pages: pages, publicURL: settings.console.publicURL?.origin,
      clientAddress: clientAddress, logger: logger, beforeListening: prepare
    ) { port in
      logger.notice(
        "listening",
        metadata: [
          "host": .string(settings.host), "port": .stringConvertible(port),
          "version": .string(TacoHelp.version),
        ])
    }
    try await process.run([application] + (noWorker ? [] : [try process.worker()]))
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
    var services: [any Service] = []
    if settings.portIsGiven {
      services.append(
        buildHealthApplication(
          host: settings.host, port: settings.port, idleTimeout: settings.idleTimeout,
          health: process.health, logger: process.logger))
    }
    services.append(try process.worker())
    try await process.run(services)
  }
}
