import Postgres

/// The versions that a client has read: the change is made only if nothing has changed since
/// (RFC 9110, section 13.1.1).
public struct Precondition: Sendable, Equatable {
  /// No condition.
  public static let none = Precondition(moments: nil)

  /// `updatedAt` in Unix milliseconds, any one of which will do; nil means no condition.
  public var moments: [Int64]?

  public init(moments: [Int64]?) { self.moments = moments }

  var parameter: Parameter { moments.map { .int8Array($0) } ?? .null }
}
