public import Logging

/// Makes every `Logger` of the process write lines to standard error.
///
/// Call it once, before the first `Logger` is made (swift-log stops the process on a second call),
/// and after the metrics system is set up, which counts lines that are dropped.
///
/// - Parameters:
///   - level: the least severe level written.
///   - format: the shape of the lines.
///   - metadataProvider: asked for metadata at each record, such as a task-local request id.
/// - Returns: where the lines go. Flush it before the process ends.
public func bootstrapLogging(
  level: Logger.Level, format: LogFormat, metadataProvider: Logger.MetadataProvider? = nil
) -> FileDescriptorDestination {
  let destination = FileDescriptorDestination(descriptor: 2) { lines in
    LogRecord(
      time: .now, level: .warning,
      message: "log lines dropped: standard error was not read in time",
      logger: "log", metadata: ["lines": .stringConvertible(lines)]
    ).line(format)
  }
  LoggingSystem.bootstrap(
    { label, metadataProvider in
      LineLogHandler(
        label: label, level: level, format: format, destination: destination,
        metadataProvider: metadataProvider)
    },
    metadataProvider: metadataProvider)
  return destination
}
