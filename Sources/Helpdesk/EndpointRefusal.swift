/// Why an endpoint, or a delivery to it, is not changed.
public enum EndpointRefusal: Error, Sendable, Equatable {
  /// The session's user may not, or may not any more.
  case notAllowed
  /// The organization has no such endpoint.
  case notFound
  /// The delivery is being sent at this moment.
  case isBeingSent
  /// The organization has as many endpoints as there may be.
  case tooManyEndpoints
  /// As many secrets sign for the endpoint as there may be.
  case tooManySecrets
  /// The URL or the events cannot be used, for this reason.
  case unusable(String)
}
