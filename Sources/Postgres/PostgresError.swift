/// What can go wrong between a query and its rows.
public enum PostgresError: Error, Sendable, Equatable {
  /// No connection could be made; the text is libpq's.
  case cannotConnect(String)
  /// The connection broke. `mayHaveRun`: the statements had been sent, so that their transaction may
  /// have been committed.
  case connectionLost(mayHaveRun: Bool, String)
  /// The server refused a statement and rolled its unit of work back.
  case server(ServerError)
  /// A column did not hold what the statement promised.
  case decoding(column: String, expected: String)
  /// A parameter did not fit the statement's declaration.
  case encoding(String)
  /// No answer before the unit's deadline. `mayHaveRun` as for `connectionLost`.
  case timeout(mayHaveRun: Bool)
  /// The bounded queue in front of the pool is full.
  case queueFull
  /// The pool has been shut down.
  case closed

  /// A short, fixed word for each case: a metric's label.
  public var kind: String {
    switch self {
    case .cannotConnect: "cannot_connect"
    case .connectionLost: "connection_lost"
    case .server: "server"
    case .decoding: "decoding"
    case .encoding: "encoding"
    case .timeout: "timeout"
    case .queueFull: "queue_full"
    case .closed: "closed"
    }
  }

  /// Whether the same request may succeed a little later: the database is away, starting, stopping,
  /// overloaded, or stopped the statement for its own reasons.
  public var isTransient: Bool {
    switch self {
    case .cannotConnect, .connectionLost, .timeout, .queueFull, .closed: true
    case .server(let error): error.isTransient
    case .decoding, .encoding: false
    }
  }
}

/// An error the server reported.
///
/// Source: PostgreSQL's "Error and Notice Message Fields" and its appendix of error codes.
public struct ServerError: Error, Sendable, Equatable {
  /// Five characters, as `23505`.
  public var sqlState: String
  /// The primary message. May quote data: for logs, never for clients.
  public var message: String
  /// The violated constraint's name, where one was.
  public var constraint: String?
  /// A prepared statement's result type has changed since. The message that says so is translated,
  /// its SQLSTATE is shared with others.
  var isPlanOutdated = false

  public init(sqlState: String, message: String, constraint: String? = nil) {
    self.sqlState = sqlState
    self.message = message
    self.constraint = constraint
  }

  /// Classes 08 (connection), 40 (serialization, deadlock), 53 (resources), 57 (operator
  /// intervention, statement timeout) a lock not got in time (55P03) and a read-only server after a
  /// failover (25006).
  var isTransient: Bool {
    switch sqlState.prefix(2) {
    case "08", "40", "53", "57": true
    default: ["25006", "55P03"].contains(sqlState)
    }
  }

  /// The server has forgotten a prepared statement, or its result type has changed since.
  var asksForNewPreparation: Bool {
    sqlState == "26000" || isPlanOutdated
  }

  /// The server is ending this connection.
  var endsConnection: Bool {
    ["57P01", "57P02", "57P03", "57P05", "08006", "08P01"].contains(sqlState)
  }
}
