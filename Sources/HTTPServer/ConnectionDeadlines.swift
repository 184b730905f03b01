package import NIOCore

/// The time that a client may take.
package struct ConnectionDeadlines: Sendable {
  /// For a request's head, from its first byte.
  package var head = TimeAmount.seconds(15)
  /// For a request's body, from the end of the head.
  package var body = TimeAmount.seconds(60)
  /// For taking some of an answer that waits to be sent.
  package var write = TimeAmount.seconds(30)
  /// Between requests.
  package var idle = TimeAmount.seconds(75)

  package init() {}
}
