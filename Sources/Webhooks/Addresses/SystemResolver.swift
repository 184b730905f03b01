import Dispatch
import Glibc
import Synchronization

/// Resolves names as the system does, with `getaddrinfo`, each look-up on its own thread.
///
/// A look-up cannot be stopped: one that is given up at its deadline continues in the background and
/// counts against ``maximumLookUps`` until it ends. Use one resolver for the whole process.
public final class SystemResolver: HostResolver {
  /// The most simultaneous look-ups.
  public static let maximumLookUps = 64

  typealias Function = @Sendable (_ host: String, _ port: UInt16) -> LookUp.Outcome

  private let function: Function
  private let running = Mutex(0)

  /// A resolver that has no look-ups under way.
  public convenience init() {
    self.init(function: Self.getAddresses)
  }

  /// A resolver that finds addresses with the given function, which may block.
  init(function: @escaping Function) {
    self.function = function
  }

  /// The addresses that the system finds, in its order (RFC 6724), without duplicates.
  ///
  /// - Throws: ``HostResolverError``; `timedOut` at the deadline, `tooManyLookUps` at once.
  public func resolve(
    host: String, port: UInt16, deadline: ContinuousClock.Instant
  ) async throws(HostResolverError) -> [IPAddress] {
    let lookUp = LookUp()
    try start(lookUp, host: host, port: port)
    return try await lookUp.outcome(by: deadline).get()
  }

  private func start(
    _ lookUp: LookUp, host: String, port: UInt16
  ) throws(HostResolverError) {
    let hasStarted = running.withLock { count in
      guard count < Self.maximumLookUps else { return false }
      count += 1
      return true
    }
    guard hasStarted else { throw .tooManyLookUps(limit: Self.maximumLookUps) }
    // Each look-up has a serial queue of its own, because queues that share a pool of threads would wait
    // for each other's blocked look-ups.
    DispatchQueue(label: "host-look-up").async {
      let outcome = self.function(host, port)
      // Ends the look-up first, so that a caller that learns of the end can start another.
      self.running.withLock { $0 -= 1 }
      lookUp.end(outcome)
    }
  }

  private static let getAddresses: Function = { host, port in
    // C would end the name at a NUL and look up the part before it.
    guard !host.utf8.contains(0) else { return .failure(.notFound) }
    var hints = addrinfo()
    hints.ai_flags = AI_NUMERICSERV
    hints.ai_family = AF_UNSPEC
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var list: UnsafeMutablePointer<addrinfo>?
    let status = getaddrinfo(host, String(port), &hints, &list)
    guard status == 0 else { return .failure(error(status)) }
    defer { freeaddrinfo(list) }
    var addresses: [IPAddress] = []
    var next = list
    while let entry = next?.pointee {
      if let pointer = entry.ai_addr,
        let address = IPAddress(pointer, family: entry.ai_family, length: entry.ai_addrlen),
        !addresses.contains(address)
      {
        addresses.append(address)
      }
      next = entry.ai_next
    }
    return addresses.isEmpty ? .failure(.notFound) : .success(addresses)
  }

  private static func error(_ status: Int32) -> HostResolverError {
    switch status {
    case EAI_NONAME: .notFound
    case EAI_SYSTEM: .failed(String(cString: strerror(errno)))
    default: .failed(String(cString: gai_strerror(status)))
    }
  }
}
