import CLibPQ

/// The database's address, and the limits of a pool.
public struct PostgresConfiguration: Sendable {
  /// A libpq connection URI or keyword string. Several hosts, `target_session_attrs`, `sslmode` and the
  /// rest are left to libpq.
  public var url: String
  /// The number of connections that are kept open.
  public var poolSize = 10
  /// The most units of work sent ahead on one connection before its first answer.
  public var pipelineDepth = 8
  /// Seconds that one host has to accept a connection.
  public var connectTimeout = 3
  /// The time from submission to answer, including waiting; after it, the caller gets `timeout`.
  public var timeout: Duration = .milliseconds(4500)
  /// The longest wait for a free connection, within `timeout`.
  public var queueTimeout: Duration = .seconds(2)
  /// The most units of work that may wait; one more gets `queueFull`.
  public var queueLimit = 4096
  /// False behind a pooler that changes the server connection with every transaction (PgBouncer's
  /// `pool_mode = transaction`): statements are then sent in full each time, one unit at a time, and the
  /// session's settings are left to the database role.
  public var hasOwnSession = true
  /// The schemas, without spaces, in which names without a schema are looked up, unless the URL says
  /// otherwise; nil leaves them to the role.
  public var searchPath: String?
  public var applicationName = "tacohelp"
  /// The destination of PostgreSQL's warnings; nil discards them.
  public var noticeLog: NoticeLog?

  public init(url: String) { self.url = url }

  /// libpq's complaint about the URL, or nil if it can be parsed.
  public static func fault(inURL url: String) -> String? {
    // libpq would take a line break for a part of the last word, and look for a database of that name.
    if url.unicodeScalars.contains(where: { $0.value < 0x20 || $0.value == 0x7f }) {
      return "it has a line break or another control character in it"
    }
    var message: UnsafeMutablePointer<CChar>?
    guard let options = PQconninfoParse(url, &message) else {
      defer { PQfreemem(message) }
      let complaint = message.map { text(String(cString: $0)) } ?? "out of memory"
      // The quotation at the end is part of the URL, and may contain the password.
      return complaint.hasPrefix("invalid URI query parameter")
        ? complaint : complaint.prefix(before: ": \"")
    }
    PQconninfoFree(options)
    // libpq looks at ports only when it connects.
    let ports = value(of: "port", inURL: url)?.split(separator: ",") ?? []
    guard ports.allSatisfy({ UInt16($0).map { $0 > 0 } ?? false }) else {
      return "a port must be a whole number from 1 to 65535"
    }
    return nil
  }

  /// A client that sends ahead may get answers out of step from PgBouncer if one of its transactions
  /// fails: https://github.com/pgbouncer/pgbouncer/issues/759, seen in tests with 1.18.
  var usedPipelineDepth: Int { hasOwnSession ? max(1, pipelineDepth) : 1 }

  /// The keywords and values for `PQconnectdbParams`. The URL overrides what precedes it.
  func keywords() -> [(String, String)] {
    var keywords = [
      ("connect_timeout", "\(connectTimeout)"),
      ("keepalives_idle", "10"),
      ("keepalives_interval", "5"),
      ("keepalives_count", "3"),
      ("tcp_user_timeout", "10000"),
      ("fallback_application_name", applicationName),
      ("dbname", url),
      ("client_encoding", "UTF8"),
    ]
    if hasOwnSession {
      let options = [
        searchPath.map { "-c search_path=\($0)" }, optionsInURL(),
        SessionSettings.options(timeout: timeout),
      ]
      keywords.append(("options", options.compactMap(\.self).joined(separator: " ")))
    }
    return keywords
  }

  private func optionsInURL() -> String? { Self.value(of: "options", inURL: url) }

  private static func value(of name: String, inURL url: String) -> String? {
    guard let options = PQconninfoParse(url, nil) else { return nil }
    defer { PQconninfoFree(options) }
    var option = options
    while let keyword = option.pointee.keyword {
      if String(cString: keyword) == name {
        return option.pointee.val.map { String(cString: $0) }
      }
      option += 1
    }
    return nil
  }

  /// libpq's messages without their line breaks.
  static func text(_ message: String) -> String {
    message.split(whereSeparator: \.isNewline).joined(separator: " ")
  }
}

extension String {
  /// The text before the first `separator`; all of it if there is none.
  fileprivate func prefix(before separator: String) -> String {
    firstRange(of: separator).map { String(self[..<$0.lowerBound]) } ?? self
  }
}

extension Duration {
  var wholeMilliseconds: Int64 {
    components.seconds * 1000 + components.attoseconds / 1_000_000_000_000_000
  }

  var wholeNanoseconds: UInt64 {
    UInt64(clamping: components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000)
  }
}
