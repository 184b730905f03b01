public import Logging

/// Makes every `Logger` of the process write lines to standard error.
///
/// Call it once, before the first `Logger` is made: swift-log stops the process on a second call.
///
/// - Parameters:
///   - level: the least severe level written.
///   - format: the shape of the lines.
///   - metadataProvider: asked for metadata at each record, such as a task-local request id.
public func bootstrapLogging(
  level: Logger.Level, format: LogFormat, metadataProvider: Logger.MetadataProvider? = nil
) {
  LoggingSystem.bootstrap(
    { label, metadataProvider in
      LineLogHandler(
        label: label, level: level, format: format, metadataProvider: metadataProvider)
    },
    metadataProvider: metadataProvider)
}
