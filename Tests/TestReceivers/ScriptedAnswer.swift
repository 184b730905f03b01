/// A ``Receiver``'s answer to a request.
public enum ScriptedAnswer: Sendable {
  /// A complete answer, framed by `Content-Length`.
  case reply(Int, headers: [(String, String)] = [], body: String = "")
  /// These bytes as they are; the connection stays open, or is closed.
  case raw(String, thenClose: Bool = false)
  /// Nothing.
  case hang
  /// A complete answer after a time.
  case late(Duration, Int)
  /// These bytes, then an `x` every 10 ms without end.
  case drip(after: String)
  /// A head, and this many bytes of body as fast as possible.
  case flood(Int)
  /// The connection is closed.
  case close
}
