public import Logging

/// Makes every `Logger` of the process write lines to standard error.
///
/// Call it once, before the first `Logger` is made (swift-log stops the process on a second call), and
/// after the metrics system is set up, which counts dropped lines.
///
/// - Parameters:
///   - level: the least severe level written.
///   - format: the shape of the lines.
/// - Returns: where the lines go. Flush it before the process ends.
public func bootstrapLogging(
  level: Logger.Level, format: LogFormat
) -> FileDescriptorDestination {
  let destination = FileDescriptorDestination(descriptor: 2) { lines in
    LogRecord(
      time: .now, level: .warning,
      message: "log lines dropped: standard error was not read in time",
      logger: "log", metadata: ["lines": .stringConvertible(lines)]
    ).line(format)
  }
  LoggingSystem.bootstrap { label in
    LineLogHandler(label: label, level: level, format: format, write: destination.emit)
  }
  return destination
}
