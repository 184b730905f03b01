public import Logging

/// A swift-log backend that writes each record as one line of text or JSON.
///
/// Written by hand because swift-log brings no structured handler of its own and no package that
/// has one could be had where this project is built.
///
/// A record's own metadata wins over the handler's, and the handler's over the metadata provider's.
/// A record's error becomes the metadata `error.message` and `error.type`, as in swift-log's own
/// handlers.
public struct LineLogHandler: LogHandler {
  public var logLevel: Logger.Level
  public var metadata: Logger.Metadata = [:]
  public var metadataProvider: Logger.MetadataProvider?

  private let label: String
  private let format: LogFormat
  private let destination: any LogDestination
  private let now: @Sendable () -> UTCTimestamp

  /// - Parameters:
  ///   - label: the logger's label, the `logger` of a JSON line; a text line leaves it out.
  ///   - level: the least severe level written.
  ///   - format: the shape of the lines.
  ///   - destination: where the lines go.
  ///   - metadataProvider: asked for metadata at each record, on the thread that logs.
  public init(
    label: String, level: Logger.Level, format: LogFormat,
    destination: any LogDestination,
    metadataProvider: Logger.MetadataProvider? = nil
  ) {
    self.init(
      label: label, level: level, format: format, destination: destination,
      metadataProvider: metadataProvider, now: { .now })
  }

  init(
    label: String, level: Logger.Level, format: LogFormat, destination: any LogDestination,
    metadataProvider: Logger.MetadataProvider?, now: @escaping @Sendable () -> UTCTimestamp
  ) {
    self.label = label
    self.logLevel = level
    self.format = format
    self.destination = destination
    self.metadataProvider = metadataProvider
    self.now = now
  }

  public subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  public func log(event: LogEvent) {
    let record = LogRecord(
      time: now(), level: event.level, message: event.message.description, logger: label,
      metadata: mergedMetadata(event))
    destination.emit(record.line(format))
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
