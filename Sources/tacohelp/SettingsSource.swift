import Configuration
import Helpdesk
import Logging
import Observability
import Webhooks

/// The source of settings: flags before environment.
struct SettingsSource {
  private let reader: ConfigReader

  init(_ flags: SettingsFlags) {
    var overrides: [AbsoluteConfigKey: ConfigValue] = [:]
    for case (let key, let value?) in flags.values {
      overrides[AbsoluteConfigKey(key.split(separator: ".").map(String.init))] = .init(
        .string(value), isSecret: key == "database.url")
    }
    reader = ConfigReader(providers: [
      InMemoryProvider(values: overrides),
      EnvironmentVariablesProvider(secretsSpecifier: .specific(["DATABASE_URL", "SECRET_KEYS"])),
    ])
  }

  /// A variable set to an empty text counts as not set. A value from a file often ends with a line break.
  func value(_ key: String) -> String? {
    reader.string(forKey: ConfigKey(key)).map { $0.trimmingWhiteSpace() }
      .flatMap { $0.isEmpty ? nil : $0 }
  }

  /// Throws a `Failure` that names the variable and what it should be.
  func parse<T>(_ key: String, _ expected: String, default fallback: T, _ parse: (String) -> T?)
    throws -> T
  {
    guard let text = value(key) else { return fallback }
    guard let parsed = parse(text) else {
      throw Failure.configuration("\(variable(key)) must be \(expected), not \"\(text)\"")
    }
    return parsed
  }

  /// The same for a value within a range.
  func parse<T: Comparable>(
    _ key: String, _ expected: String, in range: ClosedRange<T>, default fallback: T,
    _ parse: (String) -> T?
  ) throws -> T {
    try self.parse(key, expected, default: fallback) {
      parse($0).flatMap { range.contains($0) ? $0 : nil }
    }
  }

  /// Throws a `Failure` that names the variable and the item that is not a network.
  func networks(_ key: String) throws -> [IPNetwork] {
    do {
      return try IPNetwork.list(value(key) ?? "")
    } catch {
      throw Failure.configuration("\(variable(key)): \(error)")
    }
  }

  private func variable(_ key: String) -> String {
    key.split(separator: ".").joined(separator: "_").uppercased()
  }

  /// Read before all other settings, so that the log can report faults in those.
  var logLevel: Logger.Level {
    get throws {
      try parse(
        "log.level", "one of \(Logger.Level.allCases.map(\.rawValue).joined(separator: ", "))",
        default: .info
      ) { Logger.Level(rawValue: $0.lowercased()) }
    }
  }

  var logFormat: LogFormat {
    get throws {
      try parse("log.format", "\"text\" or \"json\"", default: .text) {
        LogFormat(rawValue: $0.lowercased())
      }
    }
  }

  /// Makes every `Logger` of the process write to standard error. `Settings` reports a level or format
  /// that cannot be used; that report is logged with the default.
  /// - Returns: where the lines go. Flush it before the process ends.
  func bootstrapLog() -> FileDescriptorDestination {
    bootstrapLogging(level: (try? logLevel) ?? .info, format: (try? logFormat) ?? .text)
  }
}
