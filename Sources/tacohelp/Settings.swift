import ArgumentParser
import Console
import Helpdesk
import Postgres
import Webhooks

/// The flags. Each has an environment variable of the same meaning.
struct SettingsFlags: ParsableArguments {
  @Option(
    help: "Where the database is, a libpq URI. [DATABASE_URL, default postgresql:///tacohelp]")
  var databaseURL: String?
  @Option(help: "Connections kept to it, 1 to 500. [DATABASE_POOL_SIZE, default 10]")
  var databasePoolSize: String?
  @Option(
    help: "How long one round trip to it may take, 1s to 4500ms. [DATABASE_TIMEOUT, default 4500ms]"
  )
  var databaseTimeout: String?
  @Option(help: "How long a start waits for it. [DATABASE_WAIT, default 30s]")
  var databaseWait: String?
  @Option(
    help: """
      "transaction" behind a pooler that changes connections with each transaction, as PgBouncer \
      can; otherwise "none". [DATABASE_POOLER, default none]
      """)
  var databasePooler: String?
  @Option(help: "The name or address to listen on. [HOST, default 127.0.0.1]")
  var host: String?
  @Option(help: "The port to listen on; 0 lets the system choose. [PORT, default 8080]")
  var port: String?
  @Option(
    help: """
      How long a connection may be quiet between requests, 1s to 1h. Set it longer than any proxy in \
      front keeps connections. [IDLE_TIMEOUT, default 75s]
      """)
  var idleTimeout: String?
  @Option(
    name: .customLong("public-url"),
    help: """
      Where browsers find the console, such as https://help.example.com; https makes its cookies Secure. \
      [PUBLIC_URL, default none]
      """)
  var publicURL: String?
  @Option(
    help: """
      Networks (CIDR, comma-separated) of proxies whose X-Forwarded-For is believed. \
      [TRUSTED_PROXIES, default none]
      """)
  var trustedProxies: String?
  @Option(
    help: """
      development or production, where webhook secrets must be sealed: no server starts without a \
      key. [ENVIRONMENT, default development]
      """)
  var environment: String?
  @Option(
    help: """
      A file of keys that seal webhook secrets, as id:key, separated by commas or line breaks; the \
      first seals, all open. More keys, before these, can be in the variable SECRET_KEYS, which has \
      no flag, since others can see flags. [SECRET_KEYS_FILE, default none]
      """)
  var secretKeysFile: String?
  @Option(
    help: "trace, debug, info, notice, warning, error or critical. [LOG_LEVEL, default info]")
  var logLevel: String?
  @Option(help: "text or json. [LOG_FORMAT, default text]")
  var logFormat: String?
  @Option(
    help: """
      Networks (CIDR, comma-separated) that webhooks may reach although they are not public. \
      [WEBHOOK_ALLOWED_NETWORKS, default none]
      """)
  var webhookAllowedNetworks: String?
  @Option(
    name: .customLong("webhook-allow-http"),
    help: "Whether webhooks may go to http URLs: true or false. [WEBHOOK_ALLOW_HTTP, default false]"
  )
  var webhookAllowHTTP: String?
  @Option(
    name: .customLong("webhook-ca-file"),
    help: """
      A file of PEM certificates that webhooks trust in addition to the system's. \
      [WEBHOOK_CA_FILE, default none]
      """)
  var webhookCAFile: String?
  @Option(
    help: """
      How long finished deliveries and their events are kept, 1h to 3650d. \
      [WEBHOOK_RETENTION, default 30d]
      """)
  var webhookRetention: String?

  /// The values by key: the variable's name in lower case, with dots.
  var values: [String: String?] {
    [
      "database.url": databaseURL, "database.pool.size": databasePoolSize,
      "database.timeout": databaseTimeout, "database.wait": databaseWait,
      "database.pooler": databasePooler, "host": host, "port": port, "idle.timeout": idleTimeout,
      "public.url": publicURL,
      "trusted.proxies": trustedProxies, "environment": environment,
      "secret.keys.file": secretKeysFile, "log.level": logLevel, "log.format": logFormat,
      "webhook.allowed.networks": webhookAllowedNetworks,
      "webhook.allow.http": webhookAllowHTTP, "webhook.ca.file": webhookCAFile,
      "webhook.retention": webhookRetention,
    ]
  }
}

/// The configuration of a process: flags before environment before defaults, each value checked.
struct Settings {
  var postgres: PostgresConfiguration
  var databaseWait: Duration
  var host: String
  var port: Int
  /// True if a port was given, even if it is the default.
  var portIsGiven: Bool
  /// The longest quiet time of a connection between requests.
  var idleTimeout: Duration
  /// The address that browsers reach the server at; nil if it is not set.
  var publicURL: PublicURL?
  var trustedProxies = TrustedProxies()
  var isProduction: Bool
  var webhooks = WebhookSettings(version: TacoHelp.version)
  var secretKeys: SecretKeys { webhooks.secretKeys }

  /// Throws a `Failure` that names the variable and what it should be.
  init(_ flags: SettingsFlags) throws {
    let source = SettingsSource(flags)
    let value = source.value

    let url = value("database.url") ?? "postgresql:///tacohelp"
    if let fault = PostgresConfiguration.fault(inURL: url) {
      throw Failure.configuration("DATABASE_URL is not a libpq URI: \(fault)")
    }
    postgres = PostgresConfiguration(url: url)
    // Statements name their schemas. A name without a schema is PostgreSQL's own, whatever else the role
    // can see.
    postgres.searchPath = "pg_catalog,pg_temp"
    postgres.poolSize = try source.parse(
      "database.pool.size", "a whole number from 1 to 500", in: 1...500, default: 10
    ) { Int($0) }
    postgres.timeout = try source.parse(
      "database.timeout", "a duration from 1s to 4500ms", in: .seconds(1) ... .milliseconds(4500),
      default: .milliseconds(4500)
    ) { Duration(setting: $0) }
    postgres.hasOwnSession = try source.parse(
      "database.pooler", "\"transaction\" or \"none\"", default: true
    ) { ["transaction": false, "none": true][$0] }
    databaseWait = try source.parse(
      "database.wait", "a duration such as 30s, up to 1h", in: .zero ... .seconds(3600),
      default: .seconds(30)
    ) { Duration(setting: $0) }
    host = value("host") ?? "127.0.0.1"
    portIsGiven = value("port") != nil
    port = try source.parse(
      "port", "a whole number from 0 to 65535", in: 0...65535, default: 8080
    ) { Int($0) }
    idleTimeout = try source.parse(
      "idle.timeout", "a duration from 1s to 1h", in: .seconds(1) ... .seconds(3600),
      default: .seconds(75)
    ) { Duration(setting: $0) }
    publicURL = try source.parse(
      "public.url", "a URL without a path, as https://help.example.com", default: nil
    ) { PublicURL($0) }
    trustedProxies.networks = try source.networks("trusted.proxies")
    isProduction = try source.parse(
      "environment", "\"development\" or \"production\"", default: false
    ) { ["development": false, "production": true][$0.lowercased()] }
    webhooks.secretKeys = try Self.secretKeys(
      value("secret.keys"), file: value("secret.keys.file"))
    _ = try source.logLevel
    _ = try source.logFormat
    webhooks.allowHTTP = try source.parse(
      "webhook.allow.http", "\"true\" or \"false\"", default: false
    ) { Bool($0.lowercased()) }
    webhooks.certificateAuthorities = value("webhook.ca.file")
    webhooks.retention = try source.parse(
      "webhook.retention", "a duration from 1h to 3650d",
      in: .seconds(3600) ... .seconds(3650 * 86_400), default: webhooks.retention
    ) { Duration(setting: $0) }
    webhooks.allowedNetworks = try source.networks("webhook.allowed.networks")
  }

  /// The keys from the variable, then those from the file.
  private static func secretKeys(_ text: String?, file: String?) throws -> SecretKeys {
    let texts = try [text, file.map { try SettingsFile.read($0, for: "SECRET_KEYS_FILE") }]
      .compactMap { $0 }
    guard !texts.isEmpty else { return SecretKeys() }
    do {
      return try SecretKeys(texts.joined(separator: ","))
    } catch {
      let names = [text.map { _ in "SECRET_KEYS" }, file.map { _ in "SECRET_KEYS_FILE" }]
      throw Failure.configuration(
        "\(names.compactMap { $0 }.joined(separator: " and ")): \(error)")
    }
  }

  /// Throws a `Failure` if secrets would be stored in plain text where they must not be.
  func requireSecretKeys() throws {
    guard isProduction, secretKeys.isEmpty else { return }
    throw Failure.configuration(
      """
      ENVIRONMENT=production needs SECRET_KEYS or SECRET_KEYS_FILE, to seal webhook secrets: \
      tacohelp secrets key makes a key
      """)
  }
}

extension Duration {
  /// A whole number with `ms`, `s`, `m`, `h` or `d`, such as `90d`; without a unit, seconds. Nil for
  /// anything else, and for more than ten years.
  init?(setting text: String) {
    let digits = text.prefix { $0.isASCII && $0.isNumber }
    let units: [Substring: Int] = [
      "ms": 1, "": 1000, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000,
    ]
    guard let count = Int(digits), let unit = units[text.dropFirst(digits.count)] else {
      return nil
    }
    let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit)
    guard !overflow, milliseconds <= 10 * 366 * 86_400_000 else { return nil }
    self = .milliseconds(milliseconds)
  }
}
