public import Postgres

/// A stretch of a list.
public struct Page: Sendable, Equatable {
  /// 1 to 100.
  public var limit: Int
  public var offset: Int

  public init(limit: Int, offset: Int) {
    self.limit = limit
    self.offset = offset
  }

  var parameters: (Parameter, Parameter) {
    (.int8(Int64(limit)), .int8(Int64(offset)))
  }
}

/// The rows of a page and how many there are in the whole filtered list.
public struct Listing: Sendable {
  public var rows: Rows
  public var total: Int
}
