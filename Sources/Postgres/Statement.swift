import Synchronization

/// A type, by its number in PostgreSQL's catalog.
public enum PostgresType: UInt32, Sendable {
  case bool = 16
  case bytea = 17
  case int8 = 20
  case int4 = 23
  case text = 25
  case json = 114
  case byteaArray = 1001
  case int4Array = 1007
  case textArray = 1009
  case int8Array = 1016
  case timestamptz = 1184
  case timestamptzArray = 1185
}

/// SQL with `$1`, `$2`… and the types of these parameters.
///
/// Create each statement once, as a `static let`: a connection prepares a statement the first time it
/// sees it and recognizes it by identity.
public struct Statement: Sendable {
  let id: Int
  let sql: String
  let types: [PostgresType]

  private static let made = Atomic<Int>(0)

  public init(_ sql: String, _ types: PostgresType...) { self.init(sql, types) }

  public init(_ sql: String, _ types: [PostgresType]) {
    self.id = Self.made.add(1, ordering: .relaxed).newValue
    self.sql = sql
    self.types = types
  }

  /// The statement with values for its parameters, in order.
  public func callAsFunction(_ parameters: Parameter...) -> Query {
    self(parameters)
  }

  public func callAsFunction(_ parameters: [Parameter]) -> Query {
    Query(statement: self, parameters: parameters)
  }
}

/// A value sent with a statement, in binary.
public enum Parameter: Sendable {
  case null
  case bool(Bool)
  case int4(Int32)
  case int8(Int64)
  case text(String)
  case bytea([UInt8])
  case timestamptz(Timestamp)
  case textArray([String])
  case int4Array([Int32])
  case int8Array([Int64])
  case timestamptzArray([Timestamp])
  case byteaArray([[UInt8]])

  public static func text(_ value: String?) -> Parameter { value.map { .text($0) } ?? .null }
  public static func textArray(_ value: [String]?) -> Parameter {
    value.map { .textArray($0) } ?? .null
  }
  public static func timestamptz(_ value: Timestamp?) -> Parameter {
    value.map { .timestamptz($0) } ?? .null
  }

  var type: PostgresType? {
    switch self {
    case .null: nil
    case .bool: .bool
    case .int4: .int4
    case .int8: .int8
    case .text: .text
    case .bytea: .bytea
    case .timestamptz: .timestamptz
    case .textArray: .textArray
    case .int4Array: .int4Array
    case .int8Array: .int8Array
    case .timestamptzArray: .timestamptzArray
    case .byteaArray: .byteaArray
    }
  }
}

/// A statement and its parameters.
public struct Query: Sendable {
  let statement: Statement
  let parameters: [Parameter]

  /// The error of a query that cannot be sent; otherwise nil.
  var fault: PostgresError? {
    guard parameters.count == statement.types.count else {
      return .encoding("\(statement.types.count) parameters declared, \(parameters.count) given")
    }
    for (index, parameter) in parameters.enumerated() {
      guard let type = parameter.type else { continue }
      let declared = statement.types[index]
      // json's binary form is its text.
      guard type == declared || (type == .text && declared == .json) else {
        return .encoding("$\(index + 1) is declared \(declared), \(type) given")
      }
    }
    return nil
  }
}

/// The statements between two pipeline syncs: one implicit transaction, one round trip.
public struct UnitOfWork: Sendable {
  /// A write waits for the disk when it commits, so it is kept off connections that others wait for.
  public enum Kind: Sendable { case read, write }

  let kind: Kind
  let queries: [Query]

  public init(_ kind: Kind, _ queries: Query...) { self.init(kind, queries) }

  public init(_ kind: Kind, _ queries: [Query]) {
    self.kind = kind
    self.queries = queries
  }
}
