import API
import ArgumentParser
import Console
import HTTPServer
import Helpdesk
import Logging
import NIOCore
import ServiceLifecycle

/// `tacohelp serve`.
struct Serve: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    abstract: "Serve the API, and do the worker's work unless told not to.",
    discussion: """
      Stops on SIGTERM, SIGINT or SIGHUP: refuses new connections, answers running requests within 20 s, exits 0.
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
    let memory = ResponseMemory()
    let responder = try ServerResponder(
      process.pool, health: process.health, pages: { await console.respond(to: $0, from: $1) },
      publicURL: settings.publicURL?.origin,
      clientAddress: { settings.trustedProxies.client(of: $0) }, memory: memory, logger: logger)
    // A server that finds its port taken must not have claimed any deliveries.
    let listening = Listening()
    let server = process.httpServer(responder, memory) { [noWorker] in
      try await process.waitForSchema()
      if noWorker { try await process.warnOfSecrets() }
    } onListening: { port in
      logger.notice(
        "listening",
        metadata: [
          "host": .string(settings.host), "port": .stringConvertible(port),
          "version": .string(TacoHelp.version),
        ])
      listening.begin()
    }
    let worker = noWorker ? [] : [try process.worker { try await listening.wait() }]
    try await process.run([server] + worker)
  }
}

/// `tacohelp worker`.
struct Work: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "worker",
    abstract: "Do only the worker's work.",
    discussion: """
      Any number of workers may run side by side. Listens on no port unless PORT is given, and \
      then only for /healthz, /readyz and /metrics.
      """)

  @OptionGroup(title: "Settings") var flags: SettingsFlags

  func run() async throws { try await ServerProcess.run(flags) { try await work($0) } }

  private func work(_ process: ServerProcess) async throws {
    let listening = Listening()
    var services: [any Service] = []
    if process.settings.portIsGiven {
      services.append(
        process.httpServer(
          HealthResponder(process.health, logger: process.logger), ResponseMemory()
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

extension ServerProcess {
  fileprivate func httpServer(
    _ responder: some Responder, _ memory: ResponseMemory,
    beforeListening: @escaping @Sendable () async throws -> Void = {},
    onListening: @escaping @Sendable (Int) async -> Void
  ) -> HTTPServer {
    var deadlines = ConnectionDeadlines()
    deadlines.idle = TimeAmount(settings.idleTimeout)
    return HTTPServer(
      host: settings.host, port: settings.port, responder: responder, deadlines: deadlines,
      memory: memory, logger: logger, beforeListening: beforeListening, onListening: onListening)
  }
}
