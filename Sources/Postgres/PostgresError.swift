/// A failure between a query and its rows.
public enum PostgresError: Error, Sendable, Equatable, CustomStringConvertible {
  /// No connection could be made; the text is libpq's.
  case cannotConnect(String)
  /// The connection broke. `mayHaveRun`: the statements had been sent, so that their transaction may
  /// have been committed.
  case connectionLost(mayHaveRun: Bool, String)
  /// The server refused a statement and rolled its unit of work back.
  case server(ServerError)
  /// A column did not contain what the statement promised.
  case decoding(column: String, expected: String)
  /// A parameter did not match the statement's declaration.
  case encoding(String)
  /// No answer arrived before the unit's deadline. `mayHaveRun` is as for `connectionLost`.
  case timeout(mayHaveRun: Bool)
  /// The bounded queue in front of the pool is full.
  case queueFull
  /// The pool has been shut down.
  case closed

  public var description: String {
    switch self {
    case .cannotConnect(let message): message
    case .connectionLost(_, let message): "the connection was lost: \(message)"
    case .server(let error): "\(error)"
    case .decoding(let column, let expected): "the column \(column) is not \(expected)"
    case .encoding(let message): message
    case .timeout: "no answer in time"
    case .queueFull: "too many statements are waiting"
    case .closed: "the pool was shut down"
    }
  }

  /// Each ``kind`` except the server's.
  static let kindsOfClient = [
    "cannot_connect", "connection_lost", "decoding", "encoding", "timeout", "queue_full", "closed",
  ]

  /// A short, fixed word for each case, for the label of a metric.
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

  /// True if the same request may succeed a little later: the database is away, starting, stopping or
  /// overloaded, or stopped the statement for its own reasons.
  public var isTransient: Bool {
    switch self {
    case .cannotConnect, .connectionLost, .timeout, .queueFull, .closed: true
    case .server(let error): error.isTransient
    case .decoding, .encoding: false
    }
  }
}

/// An error that the server reported.
///
/// Source: PostgreSQL's "Error and Notice Message Fields" and its appendix of error codes.
public struct ServerError: Error, Sendable, Equatable, CustomStringConvertible {
  /// Five characters, such as `23505`.
  public var sqlState: String
  /// The primary message. It may quote data: for logs, never for clients.
  public var message: String
  /// The violated constraint's name, if there was one.
  public var constraint: String?
  /// The objects that depend on one that was to be dropped or changed. Nil for other errors, whose
  /// details may quote data.
  public var dependents: String?
  /// The function in the server's source that reports the error. Some errors have no other mark of their
  /// own, since messages are translated and SQLSTATEs shared.
  var routine: String?

  public init(sqlState: String, message: String, constraint: String? = nil) {
    self.sqlState = sqlState
    self.message = message
    self.constraint = constraint
  }

  public var description: String {
    let dependents = dependents.map { " (\($0))" } ?? ""
    return "\(message)\(dependents) (SQLSTATE \(sqlState))"
  }

  /// Classes 08 (connection), 40 (serialization, deadlock), 53 (resources), 57 (operator intervention,
  /// statement timeout) and 58 (the system around PostgreSQL), a read-only server (25006), a session
  /// ended for slowness (25P03, 25P04), a lock not obtained in time (55P03), and a server that
  /// refuses to write.
  var isTransient: Bool {
    switch sqlState.prefix(2) {
    case "08", "40", "53", "57", "58": true
    default: ["25006", "25P03", "25P04", "55P03"].contains(sqlState) || refusesToWrite
    }
  }

  /// The server gives out no more transaction ids, because of wraparound or because it is a standby; or
  /// an unlogged table was read on a standby, which has none. These names are the same in every version
  /// up to 18.
  private var refusesToWrite: Bool {
    switch routine {
    case "GetNewTransactionId", "GetNewMultiXactId": true
    case "get_relation_info": sqlState == "0A000"
    default: false
    }
  }

  /// The result type of a prepared statement has changed.
  private var isPlanOutdated: Bool { sqlState == "0A000" && routine == "RevalidateCachedQuery" }

  /// The server has forgotten a prepared statement, or the statement's result type has changed.
  var asksForNewPreparation: Bool {
    sqlState == "26000" || isPlanOutdated
  }

  /// The server is ending this connection.
  var endsConnection: Bool {
    ["57P01", "57P02", "57P03", "57P05", "08006", "08P01", "25P03", "25P04"].contains(sqlState)
  }
}
