/// Finds the addresses of a host name.
public protocol HostResolver: Sendable {
  /// The addresses of the host in order of preference, without duplicates.
  ///
  /// - Parameters:
  ///   - host: A DNS name or the text of an address.
  ///   - port: The port that will be connected to.
  ///   - deadline: When to give up.
  /// - Throws: ``HostResolverError``.
  func resolve(
    host: String, port: UInt16, deadline: ContinuousClock.Instant
  ) async throws(HostResolverError) -> [IPAddress]
}

/// The reason why a look-up found no addresses; `description` explains each.
public enum HostResolverError: Error, Equatable, Sendable, CustomStringConvertible {
  case notFound
  /// The look-up failed for the reason that the system gives.
  case failed(String)
  case timedOut
  case tooManyLookUps(limit: Int)
  case cancelled

  public var description: String {
    switch self {
    case .notFound: "the host name has no address"
    case .failed(let reason): "the host name could not be looked up: \(reason)"
    case .timedOut: "the look-up of the host name took too long"
    case .tooManyLookUps(let limit): "\(limit) look-ups of host names are already running"
    case .cancelled: "the look-up of the host name was cancelled"
    }
  }
}
