/// The result of one attempt to send a request. Texts are plain words for the owner of the endpoint.
enum SendResult: Sendable, Equatable {
  /// The head of an answer arrived in time.
  ///
  /// - Parameters:
  ///   - status: The final status code, 101 or 200 to 999.
  ///   - retryAfter: The value of `Retry-After`, if there is exactly one.
  ///   - body: At most the first ``ReceivedAnswer/keptLength`` bytes.
  case answered(status: Int, retryAfter: String?, body: [UInt8])

  /// The destination is not allowed, for the reason given; nothing was sent.
  case refused(String)

  /// No answer came, for the reason given. The receiver may have the request nonetheless.
  case noAnswer(String)

  /// Nothing was sent, through no fault of the endpoint. To be tried again; not counted as an attempt.
  case notSent(String)

  /// Nothing was sent: a signing secret cannot be opened. To be tried again later; not counted as an
  /// attempt.
  case notSigned(String)

  /// The process is stopping.
  static let stopping = SendResult.notSent("the server is stopping")
}
