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

/// Why a look-up gave no addresses.
public enum HostResolverError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The name does not exist or has no addresses.
  case notFound
  /// The look-up failed, for the reason the system gives.
  case failed(String)
  /// The deadline passed first.
  case timedOut
  /// As many look-ups as may run at once are running already.
  case tooManyLookUps(limit: Int)
  /// The task that waited was cancelled.
  case cancelled

  /// The reason in plain words.
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
