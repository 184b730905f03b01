/// The shape of a log line, as the configuration spells it (`text` or `json`).
public enum LogFormat: String, Sendable, CaseIterable {
  /// `2026-03-17T09:30:00.000Z info  message key=value …`, for a person at a terminal.
  case text
  /// One JSON object per line, for a log collector.
  case json
}
