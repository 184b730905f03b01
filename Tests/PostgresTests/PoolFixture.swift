import Logging
import Postgres
import ServiceLifecycle
import TestSupport
import Testing

/// A logger that discards everything.
let silent = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

/// A configuration whose URL still has to be filled in.
func configured(_ change: (inout PostgresConfiguration) -> Void = { _ in }) -> PostgresConfiguration
{
  var configuration = PostgresConfiguration(url: "")
  change(&configuration)
  return configuration
}

/// Lends a running pool with this many connections to `body`.
func withPool(
  _ url: String, connections: Int = 3, settings: PostgresConfiguration = configured(),
  _ body: (PostgresPool) async throws -> Void
) async throws {
  var configuration = settings
  configuration.url = url
  configuration.poolSize = connections
  let pool = try PostgresPool(configuration, logger: silent)
  try await withThrowingTaskGroup(of: Void.self) { group in
    group.addTask { try await pool.run() }
    defer { group.cancelAll() }
    try await body(pool)
  }
}

/// Lends a pool with its own schema, made by `schema`.
func withSchemaPool(
  schema: String? = nil, connections: Int = 3, settings: PostgresConfiguration = configured(),
  _ body: (PostgresPool, TestSchema) async throws -> Void
) async throws {
  let schema = try await TestSchema(schema)
  var settings = settings
  settings.applicationName = schema.name
  try await withPool(schema.url, connections: connections, settings: settings) { pool in
    try await body(pool, schema)
  }
}

/// A unit on its way.
struct Answer: Sendable {
  let results: AsyncStream<Result<[Rows], PostgresError>>

  func rows() async throws -> [Rows] {
    for await result in results { return try result.get() }
    throw TestError("cancelled")
  }

  /// The unit's error, or nil.
  func error() async -> PostgresError? {
    for await result in results { if case .failure(let error) = result { return error } }
    return nil
  }
}

extension PostgresPool {
  /// Submits a unit and returns at once, so that units leave in the order of the calls.
  func start(_ unit: UnitOfWork) -> Answer {
    let (results, continuation) = AsyncStream.makeStream(of: Result<[Rows], PostgresError>.self)
    submit(unit) {
      continuation.yield($0)
      continuation.finish()
    }
    return Answer(results: results)
  }

  func start(_ sql: String) -> Answer { start(UnitOfWork(.read, Statement(sql)())) }

  /// Runs one statement without parameters.
  @discardableResult
  func run(_ sql: String) async throws(PostgresError) -> Rows {
    try await write(Statement(sql)())
  }

  /// The first row.
  func row(_ query: Query) async throws -> Row {
    guard let row = try await read(query).first else { throw TestError("no row") }
    return row
  }

  /// The first column, of type int4, of the first row.
  func int(_ sql: String) async throws -> Int { try await row(Statement(sql)()).int4() }

  func text(_ sql: String) async throws -> String { try await row(Statement(sql)()).text() }
}

extension Row {
  /// Reads from this column on, counted from 0.
  func column<Value>(_ column: Int, _ read: (inout RowReader) throws -> Value) rethrows -> Value {
    var columns = RowReader(self)
    columns.skip(column)
    return try read(&columns)
  }
}

/// The error that `body` throws, or nil.
func failure<R>(of body: () async throws -> R) async -> PostgresError? {
  do {
    _ = try await body()
    return nil
  } catch {
    return error as? PostgresError
  }
}

extension PostgresError {
  /// The server's error, if it is one.
  var server: ServerError? { if case .server(let error) = self { error } else { nil } }

  var sqlState: String? { server?.sqlState }

  /// libpq's text, if no connection could be made.
  var cannotConnect: String? { if case .cannotConnect(let text) = self { text } else { nil } }
}

/// The time that `body` took.
func time(_ body: () async throws -> Void) async rethrows -> Duration {
  try await ContinuousClock().measure { try await body() }
}

/// Fails the test unless the pool answers correctly.
func expectFine(_ pool: PostgresPool) async throws {
  let text = try await pool.text("select 'fine'")
  #expect(text == "fine")
}
