import Synchronization

/// Asks another resolver, once for all look-ups of the same host that overlap or follow within a short
/// time. Use one for the whole process.
public final class SharedResolver: HostResolver {
  /// The most hosts that are remembered, and the most that are looked up at once.
  public static let maximumHosts = 4096

  private struct Known {
    let addresses: [IPAddress]
    let until: ContinuousClock.Instant
  }

  private struct State {
    /// The callers that wait for each host that is being looked up.
    var waiting: [String: [LookUp]] = [:]
    var known: [String: Known] = [:]
    /// Hosts whose look-ups have recently timed out, and when that is forgotten.
    var silent: [String: ContinuousClock.Instant] = [:]
    var silentRunning = 0
    var nextSweep = ContinuousClock.now
  }

  /// The most simultaneous look-ups of hosts whose last look-up timed out, so that some remain for other
  /// hosts.
  static let mostSilent = 16

  private let resolver: any HostResolver
  private let lifetime: Duration
  private let silence: Duration
  private let limit: Duration
  private let state = Mutex(State())

  /// - Parameters:
  ///   - lifetime: How long addresses are used after they were found. Failures are not kept.
  ///   - silence: How long a timed-out look-up is remembered. Such a host fails at once while
  ///     ``mostSilent`` others like it are being looked up.
  ///   - limit: How long a look-up may take, regardless of who waits for it. Until then, later callers
  ///     join it, so that a zone that does not answer holds one look-up, not many.
  public init(
    _ resolver: any HostResolver, lifetime: Duration = .seconds(1),
    silence: Duration = .seconds(60), limit: Duration = .seconds(10)
  ) {
    self.resolver = resolver
    self.lifetime = lifetime
    self.silence = silence
    self.limit = limit
  }

  /// The addresses that the other resolver finds, or has just found.
  ///
  /// - Throws: ``HostResolverError``. `cancelled` concerns only this caller; `timedOut` concerns this
  ///   caller or the whole look-up.
  public func resolve(
    host: String, port: UInt16, deadline: ContinuousClock.Instant
  ) async throws(HostResolverError) -> [IPAddress] {
    switch try enter(host) {
    case .known(let addresses): return addresses
    case .join(let lookUp): return try await lookUp.outcome(by: deadline).get()
    case .fail: throw .timedOut
    case .start(let lookUp, let isSilent):
      // The task is unstructured, because the look-up must outlive a caller that gives up: others wait
      // for it. `limit` bounds its life, and `maximumHosts` the number of such tasks.
      Task {
        do throws(HostResolverError) {
          let addresses = try await resolver.resolve(
            host: host, port: port, deadline: .now + limit)
          leave(host, .success(addresses), isSilent)
        } catch {
          leave(host, .failure(error), isSilent)
        }
      }
      return try await lookUp.outcome(by: deadline).get()
    }
  }

  private enum Entry {
    case known([IPAddress])
    case join(LookUp)
    case start(LookUp, isSilent: Bool)
    case fail
  }

  private func enter(_ host: String) throws(HostResolverError) -> Entry {
    let lookUp = LookUp()
    let entry: Entry? = state.withLock { state in
      if let known = state.known[host], ContinuousClock.now < known.until {
        return .known(known.addresses)
      }
      if state.waiting[host] != nil {
        state.waiting[host]?.append(lookUp)
        return .join(lookUp)
      }
      guard state.waiting.count < Self.maximumHosts else { return nil }
      let isSilent = state.silent[host].map { ContinuousClock.now < $0 } ?? false
      if isSilent {
        guard state.silentRunning < Self.mostSilent else { return .fail }
        state.silentRunning += 1
      }
      state.waiting[host] = [lookUp]
      return .start(lookUp, isSilent: isSilent)
    }
    guard let entry else { throw .tooManyLookUps(limit: Self.maximumHosts) }
    return entry
  }

  private func leave(_ host: String, _ outcome: LookUp.Outcome, _ wasSilent: Bool) {
    let waiting = state.withLock { state in
      let now = ContinuousClock.now
      if state.nextSweep <= now {
        state.known = state.known.filter { now < $0.value.until }
        state.silent = state.silent.filter { now < $0.value }
        state.nextSweep = now + lifetime
      }
      if wasSilent { state.silentRunning -= 1 }
      switch outcome {
      case .success(let addresses):
        state.silent[host] = nil
        if state.known.count < Self.maximumHosts {
          state.known[host] = Known(addresses: addresses, until: now + lifetime)
        }
      case .failure(.timedOut):
        if state.silent.count < Self.maximumHosts { state.silent[host] = now + silence }
      case .failure:
        state.silent[host] = nil
      }
      return state.waiting.removeValue(forKey: host) ?? []
    }
    for lookUp in waiting { lookUp.end(outcome) }
  }

  /// The number of hosts remembered, and of those being looked up.
  var hosts: (known: Int, waiting: Int) { state.withLock { ($0.known.count, $0.waiting.count) } }

  /// The number of callers that wait for look-ups, or have given up on one that is still running.
  var waiterCount: Int { state.withLock { $0.waiting.values.reduce(0) { $0 + $1.count } } }
}
