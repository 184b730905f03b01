import NIOCore

/// Sends webhooks: each attempt goes to one of the addresses that its host has now, all of them vetted.
///
/// Built on SwiftNIO directly, because AsyncHTTPClient can be pinned to an address only with one client
/// per host, each with its own copy of the trust store.
final class Sender: Sendable {
  private let check: DestinationCheck
  private let group: any EventLoopGroup
  private let opener: ConnectionOpener

  /// - Parameters:
  ///   - additionalTrustRoots: The path of a PEM file with certificate authorities to trust in addition
  ///     to the system's.
  ///   - group: Runs the connections. It must not be shut down before the sender.
  /// - Throws: ``TrustedRootsError`` if the file cannot be used.
  init(
    check: DestinationCheck, additionalTrustRoots: String?, group: any EventLoopGroup,
    idleConnections: IdleConnections = IdleConnections()
  ) throws {
    self.check = check
    self.group = group
    let tls = try TrustedRoots(additional: additionalTrustRoots).makeContext()
    opener = ConnectionOpener(tls, idleConnections)
  }

  /// The number of open connections.
  var openConnections: Int { opener.idleConnections.openCount }

  /// Makes one attempt. Redirects are not followed.
  ///
  /// If the task is cancelled, an attempt ends as `notSent`, unless the request is already on its way:
  /// then its answer is awaited as usual.
  ///
  /// - Parameter deadline: When to give up, including look-up, connecting and TLS. Also ends the reading
  ///   of the answer's body, of which at most 64 KiB are read.
  func send(
    _ request: WebhookRequest, deadline: ContinuousClock.Instant
  ) async -> SendResult {
    let limit = Self.words(ContinuousClock.now.duration(to: deadline))
    guard !Task.isCancelled, !opener.idleConnections.isShutDown else { return .stopping }
    let addresses: [IPAddress]
    do {
      addresses = try await check.addresses(of: request.url, deadline: deadline)
    } catch {
      return Self.outcome(error, limit)
    }
    let idle = opener.idleConnections.take(ConnectionKey(request.url), to: addresses)
    let loop = idle?.channel.eventLoop ?? group.next()
    let attempt = NIOLoopBoundBox.makeBoxSendingValue(
      OutgoingAttempt(request, to: addresses, deadline: deadline, limit: limit, opener: opener),
      eventLoop: loop)
    return await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        loop.execute { attempt.value.start(on: idle, loop, continuation) }
      }
    } onCancel: {
      loop.execute { attempt.value.cancel() }
    }
  }

  /// Closes the idle connections; those in use close when their attempts end. Attempts that begin later
  /// are not sent.
  func shutDown() async {
    await opener.idleConnections.shutDown()
  }

  private static func outcome(_ error: any Error, _ limit: String) -> SendResult {
    switch error {
    case AddressRefusal.refused(let reason): .refused(reason)
    case HostResolverError.cancelled: .stopping
    case let error as HostResolverError:
      switch error {
      case .tooManyLookUps: .notSent(error.description)
      case .timedOut: .noAnswer("the host name could not be looked up within \(limit)")
      default: .noAnswer(error.description)
      }
    default: .noAnswer("\(error)")
    }
  }

  /// The duration in whole seconds; below one second in tenths, rounded up.
  private static func words(_ duration: Duration) -> String {
    let seconds = max(duration, .zero) / .seconds(1)
    return seconds > 0.9
      ? "\(Int(seconds.rounded())) s" : "0.\(Int((seconds * 10).rounded(.up))) s"
  }
}
