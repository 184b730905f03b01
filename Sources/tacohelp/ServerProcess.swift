import API
import ArgumentParser
import CMalloc
import CoreMetrics
import Glibc
import Helpdesk
import Logging
import NIOCore
import Observability
import Postgres
import ServiceLifecycle
import UnixSignals
import Webhooks

/// The parts that long-running commands share: logs, metrics, the pool, and an orderly stop.
struct ServerProcess {
  let settings: Settings
  let logger: Logger
  let pool: PostgresPool
  let health: HealthRoutes

  /// Runs a command that keeps running. All its messages go to its log, including that of a failed start.
  static func run(
    _ flags: SettingsFlags, _ body: (ServerProcess) async throws -> Void
  ) async throws {
    let registry = PrometheusRegistry(help: metricsHelp)
    MetricsSystem.bootstrap(registry)
    let log = SettingsSource(flags).bootstrapLog()
    // Standard error may have no reader.
    defer { log.flush(within: .seconds(1)) }
    Gauge(label: "tacohelp_build_info", dimensions: [("version", TacoHelp.version)]).record(1)
    let logger = Logger(label: "tacohelp")
    do {
      try await body(try ServerProcess(try Settings(flags), registry, logger))
    } catch let failure as Failure {
      logger.critical("\(failure.message)")
      throw ExitCode(failure.code)
    }
  }

  private init(_ given: Settings, _ registry: PrometheusRegistry, _ logger: Logger) throws {
    var settings = given
    try settings.requireSecretKeys()
    settings.postgres.noticeLog = NoticeLog(logger)
    self.settings = settings
    self.logger = logger
    do {
      pool = try PostgresPool(settings.postgres, logger: logger)
    } catch {
      throw Failure(error)
    }
    health = HealthRoutes(
      metricsType: PrometheusRegistry.contentType, metrics: { registry.exposition() },
      isReady: { [pool] in (try? await Schema.isReady(pool)) ?? false })
    Self.raiseFileLimit()
    Self.giveMemoryBack()
  }

  /// Waits for the database. Refuses one whose schema is older than this executable needs and, in
  /// production, one with secrets that no key opens.
  var waitForSchema: @Sendable () async throws -> Void {
    { [settings, pool, secrets] in
      try await Database.wait(for: pool, settings.databaseWait)
      try await Database.checkDefaults(of: pool)
      if case .behind(let version) = try await Schema.migrator.status(pool) {
        throw Failure.unavailable(
          """
          the schema, at migration \(version), is older than this executable's: run tacohelp migrate
          """)
      }
      if settings.isProduction {
        let faults = try await secrets.faults()
        guard faults.isEmpty else { throw Failure.sealed(faults) }
      }
    }
  }

  private var secrets: SecretStore { SecretStore(pool, keys: settings.secretKeys) }

  /// Logs secrets that no key opens. A worker does so by itself.
  func warnOfSecrets() async throws {
    for fault in try await secrets.faults() {
      logger.error("a signing secret cannot be opened", metadata: ["error": "\(fault)"])
    }
  }

  /// - Parameter beforeWorking: has to succeed before the first delivery is claimed
  /// - Throws: a `Failure` when a setting cannot be used.
  func worker(beforeWorking: @escaping @Sendable () async throws -> Void) throws -> some Service {
    do {
      return try Worker(
        pool, database: settings.postgres, settings: settings.webhooks, logger: logger,
        beforeWorking: beforeWorking)
    } catch let error as PostgresError {
      throw Failure(error)
    } catch {
      throw Failure.configuration("WEBHOOK_CA_FILE: \(error)")
    }
  }

  /// Runs until SIGTERM, SIGINT or SIGHUP, then stops the services, and the pool when they are done
  /// with it.
  func run(_ services: [any Service]) async throws {
    var configuration = ServiceGroupConfiguration(
      services: [
        .init(service: pool),
        .init(
          service: SideBySide(services, logger: quiet),
          successTerminationBehavior: .gracefullyShutdownGroup,
          failureTerminationBehavior: .gracefullyShutdownGroup),
      ],
      gracefulShutdownSignals: Self.stopSignals, logger: quiet)
    configuration.maximumGracefulShutdownDuration = .seconds(20)
    // Requests are not cancelled when the process stops: this is longer than any of them can take.
    configuration.maximumCancellationDuration = .seconds(10)
    do {
      try await ServiceGroup(configuration: configuration).run()
    } catch is CancellationError {
      // The process was told to stop while it waited to start.
    } catch let error as Failure {
      throw error
    } catch let error as PostgresError {
      throw Failure(error)
    } catch {
      throw Failure.configuration(
        "cannot listen on \(settings.host), port \(settings.port): \(Self.words(error))")
    }
    logger.notice("stopped")
  }

  /// SIGHUP is left alone if it was ignored at the start, as under nohup.
  private static var stopSignals: [UnixSignal] {
    let handler = signal(SIGHUP, SIG_DFL)
    guard unsafeBitCast(handler, to: Int.self) != unsafeBitCast(SIG_IGN, to: Int.self) else {
      signal(SIGHUP, SIG_IGN)
      return [.sigterm, .sigint]
    }
    return [.sigterm, .sigint, .sighup]
  }

  private static func words(_ error: any Error) -> String {
    switch error {
    case let error as IOError: String(cString: strerror(error.errnoCode))
    case SocketAddressError.unknown, is SocketAddressError.UnknownHost: "there is no such host"
    default: "\(error)"
    }
  }

  private var quiet: Logger {
    var logger = logger
    logger.logLevel = max(logger.logLevel, .warning)
    return logger
  }

  /// Makes glibc return large buffers to the system when they are freed. By default it raises the size
  /// from which it does so to the largest buffer freed so far, and the memory of a crowd stays with the
  /// process.
  private static func giveMemoryBack() {
    mallopt(M_MMAP_THRESHOLD, 128 << 10)
  }

  /// Each socket is a file; the usual limit of 1,024 is less than the number of connections allowed.
  private static func raiseFileLimit() {
    var limit = rlimit()
    guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return }
    limit.rlim_cur = limit.rlim_max
    setrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit)
  }

  /// The metrics' help texts, by the names that they are exposed with.
  private static let metricsHelp = [
    "tacohelp_build_info": "Always 1, with the version as a label.",
    "http_request_duration_seconds": "How long requests took, by method, route and status.",
    "http_messages_refused_total": "Messages that reached no handler, by status.",
    "http_connections_refused_total": "Connections over the limits.",
    "http_readers_stalled_total": "Connections closed because nobody read their answers.",
    "http_response_memory_bytes": "Memory that large and unread answers take.",
    "http_response_memory_waiting": "Answers that wait for memory.",
    "http_response_memory_refusals_total": "Answers that got no memory in time.",
    "log_lines_dropped_total": "Log lines dropped because standard error was not read in time.",
    "console_sign_ins_total": "Passwords tried at the console's sign-in, by outcome.",
    "api_keys_throttled_total":
      "Requests refused because their address had sent too many unknown keys.",
    "rate_limit_refusals_total": "Requests refused with 429.",
    "postgres_connections_open": "Connections to the database.",
    "postgres_connections_busy": "Connections with a unit of work in flight.",
    "postgres_units_waiting": "Units of work that wait for a connection.",
    "postgres_unit_duration_seconds": "How long units of work took, waiting included.",
    "postgres_connections_lost_total": "Connections that broke.",
    "postgres_errors_total": "Units of work that failed, by kind and SQLSTATE.",
    "webhook_attempts_total": "Attempts to deliver, by outcome.",
    "webhook_attempt_duration_seconds": "How long attempts took.",
    "webhook_claim_delay_seconds": "How long deliveries were due when a worker claimed them.",
    "webhook_arrival_delay_seconds":
      "From the commit of an event to the answer of an endpoint that took it at once.",
    "webhook_endpoints_disabled_total": "Endpoints disabled, by failures in a row or a 410.",
    "webhook_deliveries": "Deliveries not finished, by state, counted up to 100,000.",
    "webhook_oldest_due_seconds": "For how long the delivery that has waited longest has been due.",
  ]
}
