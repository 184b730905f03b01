/// The reason why a database was not migrated.
public enum MigrationError: Error, Sendable, Equatable, CustomStringConvertible {
  case edited(name: String)
  case databaseIsNewer(version: Int, known: Int)
  /// The database is at a migration from before the first release that is too old to be upgraded.
  case unreleased(version: Int, oldest: Int)
  case failed(name: String, PostgresError)
  /// The database's encoding is not UTF-8.
  case encoding(String)
  /// A schema of this name exists, and TacoHelp did not make it.
  case foreignSchema(String)
  /// TacoHelp's functions and views need these names, and somebody else has taken them.
  case taken([String])
  /// Somebody else's objects use what has to be dropped.
  case used(by: [String])
  /// Another session has locked what a file changes. `holders` are the sessions that have held locks on
  /// TacoHelp's tables longest. Earlier files stay `applied`.
  case locked(name: String, holders: [String], applied: [String])

  public var description: String {
    switch self {
    case .edited(let name):
      "\(name) was applied with different content: an applied migration must never change"
    case .databaseIsNewer(let version, let known):
      "the database is at migration \(version), but this executable knows only \(known): use a newer one"
    case .unreleased(let version, let oldest):
      """
      the database is at migration \(version) of those before the first release, and this executable upgrades \
      from \(oldest) on: migrate with an earlier executable first
      """
    case .failed(let name, let error):
      "\(name): \(error)"
    case .encoding(let encoding):
      """
      the database's encoding is \(encoding), and has to be UTF8: make another with createdb \
      --encoding UTF8 --template template0
      """
    case .foreignSchema(let schema):
      """
      the database has a schema \(schema) that TacoHelp did not make: rename or drop it, or use \
      another database
      """
    case .taken(let names):
      """
      \(Self.list(names)): TacoHelp did not make this, and needs its name; rename or drop it, then \
      migrate again
      """
    case .locked(let name, let holders, _):
      """
      \(name) changes what another session has locked\(holders.isEmpty ? "" : " (\(Self.list(holders)))"): \
      migrate again when that has ended; nothing is half done
      """
    case .used(let names):
      """
      this version changes what is used by \(Self.list(names)): drop that, migrate again, and make it \
      anew
      """
    }
  }

  private static func list(_ names: [String]) -> String {
    names.prefix(5).joined(separator: ", ")
      + (names.count > 5 ? " and \(names.count - 5) more" : "")
  }
}
