import Postgres

/// When a client has read what it wants to change: the change is made only if nothing has changed since
/// (RFC 9110, section 13.1.1).
public struct Precondition: Sendable, Equatable {
  /// Nothing is asked for.
  public static let none = Precondition(moments: nil)

  /// `updatedAt` in Unix milliseconds, any of which will do; nil: nothing is asked for.
  public var moments: [Int64]?

  public init(moments: [Int64]?) { self.moments = moments }

  var parameter: Parameter { moments.map { .int8Array($0) } ?? .null }

  /// SQL: whether what last changed at `updatedAt` has changed since, by a parameter like `parameter`. To
  /// be asked of a locked row, in the statement of the change.
  static func fails(_ updatedAt: String, _ parameter: String) -> String {
    """
    (\(parameter) is not null
     and floor(extract(epoch from \(updatedAt)) * 1000)::int8 <> all (\(parameter)))
    """
  }
}
