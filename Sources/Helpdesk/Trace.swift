import Postgres

/// The trace that the caller's request belongs to (W3C Trace Context).
public enum Trace {
  /// The request's `traceparent` if it has a valid one.
  @TaskLocal public static var parent: String?

  // The default of the column `helpdesk.events.traceparent` reads this setting.
  static let set = Statement("select set_config('helpdesk.traceparent', $1, true)", .text)
}
