/// Checks the URL of a webhook endpoint, and the addresses of its host, before anything is sent there.
public struct DestinationCheck: Sendable {
  private let policy: AddressPolicy
  private let resolver: any HostResolver
  private let allowHTTP: Bool

  /// A check by the given policy and resolver; plain `http` passes only if it is allowed.
  public init(policy: AddressPolicy, resolver: any HostResolver, allowHTTP: Bool = false) {
    self.policy = policy
    self.resolver = resolver
    self.allowHTTP = allowHTTP
  }

  /// Checks a URL that is about to be registered.
  ///
  /// A host that has no addresses now, for whatever reason, is accepted: the check at each attempt is the
  /// one that counts.
  ///
  /// - Throws: ``EndpointURLError`` if the URL is unusable or leads to a refused address;
  ///   `CancellationError` if the task was cancelled during the look-up.
  public func register(
    _ text: String, deadline: ContinuousClock.Instant
  ) async throws -> EndpointURL {
    let url = try EndpointURL(text, allowHTTP: allowHTTP)
    do {
      _ = try await addresses(of: url, deadline: deadline)
    } catch AddressRefusal.refused(let reason) {
      throw EndpointURLError.refusedAddress(reason)
    } catch HostResolverError.cancelled {
      throw CancellationError()
    } catch is HostResolverError, AddressRefusal.noAddresses {
      return url
    }
    return url
  }

  /// True for `localhost` and the names below it. They are the machine itself, whatever DNS says, and
  /// must not be looked up (RFC 6761, section 6.3).
  private static func isLoopback(_ name: String) -> Bool {
    name == "localhost" || name.hasSuffix(".localhost")
  }

  private static let loopbackAddresses = [IPAddress(v4: 0x7f00_0001), IPAddress(v6: 1)]

  /// The vetted addresses of the URL's host, never empty. Call it before each attempt, whose connection
  /// must go to one of them.
  ///
  /// - Throws: ``HostResolverError`` if the look-up fails, ``AddressRefusal`` if the host has no
  ///   addresses or any of them is refused.
  public func addresses(
    of url: EndpointURL, deadline: ContinuousClock.Instant
  ) async throws -> [IPAddress] {
    if let address = url.address { return try policy.vet([address]) }
    if Self.isLoopback(url.host) { return try policy.allowedAmong(Self.loopbackAddresses) }
    return try policy.vet(
      await resolver.resolve(host: url.host, port: url.port, deadline: deadline))
  }
}
