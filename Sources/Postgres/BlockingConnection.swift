import CLibPQ
import Glibc

/// A connection used by one thread that may block, for making connections, migrations and `LISTEN`.
struct BlockingConnection: ~Copyable {
  private let connection: OpaquePointer

  /// Connects, trying the URL's hosts in turn, each for `connectTimeout`.
  init(_ configuration: PostgresConfiguration) throws(PostgresError) {
    let pairs = configuration.keywords()
    let connection = withCStrings(pairs.map(\.0)) { keywords in
      withCStrings(pairs.map(\.1)) { values in PQconnectStartParams(keywords, values, 1) }
    }
    guard let connection else { throw .cannotConnect("out of memory") }
    let fault = PostgresConfiguration.text(String(cString: PQerrorMessage(connection)))
    // A server may send a warning before the connection is made. This is the only point where libpq can
    // be told where to put it; the blocking call, which applies connect_timeout to each of several hosts,
    // then starts over.
    NoticeLog.receive(from: connection, configuration.noticeLog)
    PQreset(connection)
    guard PQstatus(connection) == CONNECTION_OK,
      !configuration.hasOwnSession || Self.complete(connection)
    else {
      let message = PostgresConfiguration.text(String(cString: PQerrorMessage(connection)))
      PQfinish(connection)
      throw .cannotConnect(message.isEmpty ? fault : message)
    }
    self.connection = connection
  }

  private static func complete(_ connection: OpaquePointer) -> Bool {
    let result = PQexec(connection, SessionSettings.completion)
    defer { PQclear(result) }
    return PQresultStatus(result) == PGRES_TUPLES_OK
  }

  deinit { PQfinish(connection) }

  var descriptor: Int32 { PQsocket(connection) }

  /// Hands the connection over without closing it.
  consuming func release() -> OpaquePointer {
    let connection = self.connection
    discard self
    return connection
  }

  /// Runs a script of one or more statements, as `psql` would, and returns the texts in the first column
  /// of the last result, without nulls.
  @discardableResult
  func execute(_ sql: String) throws(PostgresError) -> [String] {
    try firstColumn(PQexec(connection, sql))
  }

  /// The same for one statement with text parameters.
  @discardableResult
  func execute(_ sql: String, _ parameters: [String]) throws(PostgresError) -> [String] {
    let count = Int32(clamping: parameters.count)
    return try firstColumn(
      withCStrings(parameters) { PQexecParams(connection, sql, count, nil, $0, nil, nil, 0) })
  }

  private func firstColumn(_ result: OpaquePointer?) throws(PostgresError) -> [String] {
    guard let result else { throw lost() }
    defer { PQclear(result) }
    switch PQresultStatus(result) {
    case PGRES_COMMAND_OK, PGRES_TUPLES_OK, PGRES_EMPTY_QUERY:
      return (0..<PQntuples(result)).compactMap { row in
        PQgetisnull(result, row, 0) != 0 ? nil : String(cString: PQgetvalue(result, row, 0))
      }
    default:
      guard PQstatus(connection) == CONNECTION_OK else { throw lost() }
      throw .server(ServerError(result))
    }
  }

  /// Reads what has arrived and returns the payloads of the notifications in it.
  func notifications() throws(PostgresError) -> [String] {
    guard PQconsumeInput(connection) == 1 else { throw lost() }
    var payloads: [String] = []
    while let notification = PQnotifies(connection) {
      payloads.append(String(cString: notification.pointee.extra))
      PQfreemem(notification)
    }
    return payloads
  }

  private func lost() -> PostgresError {
    .connectionLost(
      mayHaveRun: true, PostgresConfiguration.text(String(cString: PQerrorMessage(connection))))
  }
}

extension ServerError {
  /// The fields of an error result.
  init(_ result: OpaquePointer?) {
    func field(_ code: Character) -> String? {
      code.asciiValue.flatMap { PQresultErrorField(result, Int32($0)) }.map { String(cString: $0) }
    }
    self.init(
      sqlState: field("C") ?? "", message: field("M") ?? "unknown error", constraint: field("n"))
    routine = field("R")
    if ["2BP01", "0A000"].contains(sqlState) {
      dependents = field("D").map(PostgresConfiguration.text)
    }
  }
}

/// Lends null-terminated copies of `strings`.
private func withCStrings<R>(
  _ strings: [String], _ body: ([UnsafePointer<CChar>?]) -> R
) -> R {
  let copies = strings.map { strdup($0) }
  defer { for copy in copies { free(copy) } }
  return body(copies.map { UnsafePointer($0) } + [nil])
}
