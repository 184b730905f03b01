import Logging

/// A swift-log backend that writes each record as one line of text or JSON.
///
/// Written by hand because swift-log has no structured handler of its own, and no package with one was
/// available where this project is built.
///
/// A record's own metadata wins over the handler's, and the handler's over the metadata provider's.
/// A record's error becomes the metadata `error.message` and `error.type`, as in swift-log's own
/// handlers.
struct LineLogHandler: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?

  private let label: String
  private let format: LogFormat
  private let write: @Sendable (_ line: String) -> Void
  private let now: @Sendable () -> UTCTimestamp

  /// - Parameters:
  ///   - label: the logger's label, the `logger` of a JSON line; a text line leaves it out.
  ///   - level: the least severe level written.
  ///   - format: the shape of the lines.
  ///   - write: takes a line with its ending newline, the only newline in it. Called from any thread.
  init(
    label: String, level: Logger.Level, format: LogFormat,
    now: @escaping @Sendable () -> UTCTimestamp = { .now },
    write: @escaping @Sendable (_ line: String) -> Void
  ) {
    self.label = label
    self.logLevel = level
    self.format = format
    self.now = now
    self.write = write
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let record = LogRecord(
      time: now(), level: event.level, message: event.message.description, logger: label,
      metadata: mergedMetadata(event))
    write(record.line(format))
  }

  private func mergedMetadata(_ event: LogEvent) -> Logger.Metadata {
    var merged = metadata
    if let provided = metadataProvider?.get() {
      merged.merge(provided) { own, _ in own }
    }
    if let recorded = event.metadata {
      merged.merge(recorded) { _, recorded in recorded }
    }
    if let error = event.error {
      merged["error.message"] = "\(error)"
      merged["error.type"] = "\(String(reflecting: type(of: error)))"
    }
    return merged
  }
}
