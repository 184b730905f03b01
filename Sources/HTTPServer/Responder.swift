/// Answers the requests of a server.
package protocol Responder: Sendable {
  func respond(to request: Request) async -> Response

  /// Answers a message that never becomes a request. The connection closes after the answer.
  /// - Parameter requestID: the caller's id, or a new one
  func respond(to refusal: Refusal, requestID: String) -> Response
}
