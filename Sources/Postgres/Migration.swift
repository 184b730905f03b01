/// An SQL file that moves the schema one step on.
public struct Migration: Sendable, Equatable {
  /// A number from 1 on, without gaps.
  public var version: Int
  /// The file's name, such as `0004_tickets.sql`.
  public var name: String
  public var sql: String

  public init(version: Int, name: String, sql: String) {
    self.version = version
    self.name = name
    self.sql = sql
  }
}
