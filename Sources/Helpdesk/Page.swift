public import Postgres

/// A part of a list.
public struct Page: Sendable, Equatable {
  /// 1 to 100.
  public var limit: Int
  public var offset: Int

  public init(limit: Int, offset: Int) {
    self.limit = limit
    self.offset = offset
  }

  /// As the query parameters `limit` and `offset` say.
  var parameters: [Parameter] { [.int8(Int64(limit)), .int8(Int64(offset))] }
}

/// The rows of a page, and the number of rows in the whole filtered list.
public struct Listing: Sendable {
  public var rows: Rows
  public var total: Int
}

extension PostgresPool {
  /// Reads the rows of a page, and the number of rows by `count`.
  func list(_ page: Query, _ count: Query) async throws -> Listing {
    let rows = try await execute(UnitOfWork(.read, page, count))
    return Listing(rows: rows[0], total: try rows[1].first?.int4() ?? 0)
  }
}
