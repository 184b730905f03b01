import Glibc
import Postgres

/// A failed command: one line on standard error, and an exit code from sysexits.h.
struct Failure: Error {
  var code: Int32
  var message: String

  static func usage(_ message: String) -> Failure { Failure(code: 64, message: message) }
  static func noSuchThing(_ message: String) -> Failure { Failure(code: 66, message: message) }
  static func unavailable(_ message: String) -> Failure { Failure(code: 69, message: message) }
  static func software(_ message: String) -> Failure { Failure(code: 70, message: message) }
  static func output(_ message: String) -> Failure { Failure(code: 74, message: message) }
  static func configuration(_ message: String) -> Failure { Failure(code: 78, message: message) }

  func exit() -> Never {
    let line = Array("tacohelp: \(message)\n".utf8)
    _ = write(2, line, line.count)
    Glibc.exit(code)
  }
}

extension Failure {
  /// A database error, with the codes that the functions in `ops` use.
  init(_ error: PostgresError) {
    switch error {
    case .server(let server) where error.isTransient:
      self = .unavailable("the database refuses for now: \(server.message)")
    case .server(let server) where server.sqlState == "P0002":
      self = .noSuchThing(server.message)
    case .server(let server)
    where [
      "22023", "23505", "54000", "55000", "55006", "25000", "22007", "22008", "22021",
    ].contains(server.sqlState):
      self = .usage(server.message)
    case .server(let server) where ["42P01", "3F000", "42883"].contains(server.sqlState):
      self = .unavailable("the schema is not there: run tacohelp migrate (\(server.message))")
    case .server(let server):
      self = .software("\(server.message) (SQLSTATE \(server.sqlState))")
    case .cannotConnect(let message):
      self = .unavailable("cannot reach the database: \(message)")
    default:
      self = .unavailable("the database did not answer: \(error)")
    }
  }

  /// A migration error. If somebody has to change the database first, trying again does not help, so the
  /// code is that of an unusable setting.
  init(_ error: MigrationError) {
    switch error {
    case .unreleased, .encoding, .foreignSchema, .taken, .used:
      self = .configuration("\(error)")
    case .locked: self = Failure(code: 75, message: "\(error)")
    case .edited, .databaseIsNewer, .failed: self = .software("\(error)")
    }
  }
}
