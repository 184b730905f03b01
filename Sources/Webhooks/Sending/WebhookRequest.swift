/// One POST request, ready to be sent: the bytes and the headers that do not depend on the
/// connection.
struct WebhookRequest: Sendable {
  var url: EndpointURL

  /// The headers, in the order they are sent. ``Sender`` adds `Host`, `Accept` and
  /// `Content-Length`.
  var headers: [(String, String)]

  /// The body, sent as UTF-8.
  var body: String
}
