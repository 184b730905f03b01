import CLibPQ
public import Logging
import Synchronization

/// Writes PostgreSQL's warnings and notices to a log. By default, libpq prints them on standard error.
public final class NoticeLog: Sendable {
  /// The number of messages that are remembered, so that each is logged once.
  private static let most = 100

  private let logger: Logger
  private let told = Mutex<Set<String>>([])

  public init(_ logger: Logger) { self.logger = logger }

  /// Makes this the receiver of a connection's notices; nil removes the receiver. It has to live as long
  /// as the connection.
  static func receive(from connection: OpaquePointer, _ log: NoticeLog?) {
    guard let log else {
      PQsetNoticeReceiver(connection, { _, _ in }, nil)
      return
    }
    PQsetNoticeReceiver(
      connection,
      { log, result in
        guard let log, let result else { return }
        // Unlike the severity for people, this one is not translated.
        let severity: UnsafeMutablePointer<CChar>? = PQresultErrorField(
          result, Int32(UInt8(ascii: "V")))
        Unmanaged<NoticeLog>.fromOpaque(log).takeUnretainedValue().write(
          ServerError(result), isWarning: severity.map { String(cString: $0) } == "WARNING")
      }, Unmanaged.passUnretained(log).toOpaque())
  }

  /// A warning that each new connection brings is logged once, and so is one that counts down, such as
  /// before the wraparound of transaction ids.
  private func write(_ notice: ServerError, isWarning: Bool) {
    let isNew = told.withLock { told in
      if told.count >= Self.most { told = [] }
      return told.insert(notice.message.filter { !$0.isNumber }).inserted
    }
    guard isNew else { return }
    logger.log(
      level: isWarning ? .warning : .debug, "\(PostgresConfiguration.text(notice.message))",
      metadata: ["source": "postgres", "sqlstate": "\(notice.sqlState)"])
  }
}
