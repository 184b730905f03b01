/// Answers the requests of a server.
package protocol Responder: Sendable {
  func respond(to request: Request) async -> Response

  /// Answers a message that never becomes a request. The connection closes after the answer.
  /// - Parameter requestID: the caller's own id, or one of this process
  func respond(to refusal: Refusal, requestID: String) -> Response
}
