import Dispatch
import Synchronization
import Testing

@testable import Webhooks

@Suite("System resolver", .timeLimit(.minutes(1))) struct SystemResolverTests {
  let address = IPAddress(v4: 0x0808_0808)
  let farDeadline = ContinuousClock.now + .seconds(50)

  @Test("The name localhost resolves to loopback addresses without duplicates")
  func localhost() async throws {
    let addresses = try await SystemResolver().resolve(
      host: "localhost", port: 443, deadline: farDeadline)
    let loopback = try IPNetwork.list("127.0.0.0/8,::1")
    #expect(!addresses.isEmpty)
    #expect(Set(addresses).count == addresses.count)
    for address in addresses {
      #expect(loopback.contains { $0.contains(address) })
    }
  }

  @Test("The text of an address resolves to that address", arguments: ["192.0.2.1", "2001:db8::1"])
  func literal(text: String) async throws {
    let addresses = try await SystemResolver().resolve(
      host: text, port: 65535, deadline: farDeadline)
    #expect(addresses.map(\.description) == [text])
  }

  @Test("A name that cannot exist gives a typed error", arguments: ["", "a b", "localhost\0x"])
  func impossible(name: String) async {
    await #expect(throws: HostResolverError.self) {
      try await SystemResolver().resolve(host: name, port: 443, deadline: farDeadline)
    }
  }

  @Test("A look-up that blocks is given up at the deadline")
  func deadline() async {
    let gate = DispatchSemaphore(value: 0)
    defer { gate.signal() }
    let resolver = SystemResolver { _, _ in
      gate.wait()
      return .failure(.notFound)
    }
    await #expect(throws: HostResolverError.timedOut) {
      try await resolver.resolve(host: "slow.example", port: 443, deadline: .now)
    }
  }

  @Test("A look-up that blocks is given up when its task is cancelled")
  func cancellation() async {
    let gate = DispatchSemaphore(value: 0)
    defer { gate.signal() }
    let resolver = SystemResolver { _, _ in
      gate.wait()
      return .failure(.notFound)
    }
    let task = Task { [farDeadline] in
      try await resolver.resolve(host: "slow.example", port: 443, deadline: farDeadline)
    }
    task.cancel()
    await #expect(throws: HostResolverError.cancelled) { try await task.value }
  }

  @Test("Sixty-four look-ups block side by side and none waits for another")
  func sideBySide() async throws {
    let arrived = Mutex(0)
    let gate = DispatchSemaphore(value: 0)
    let resolver = SystemResolver { [address] _, _ in
      let count = arrived.withLock { count in
        count += 1
        return count
      }
      if count == SystemResolver.maximumLookUps {
        for _ in 1..<count { gate.signal() }
      } else {
        gate.wait()
      }
      return .success([address])
    }
    try await withThrowingTaskGroup(of: [IPAddress].self) { group in
      for _ in 0..<SystemResolver.maximumLookUps {
        group.addTask { [farDeadline] in
          try await resolver.resolve(host: "a.example", port: 443, deadline: farDeadline)
        }
      }
      for try await addresses in group { #expect(addresses == [address]) }
    }
  }

  @Test("A look-up too many is refused until one of the others, given up or not, has ended")
  func limit() async throws {
    let gate = DispatchSemaphore(value: 0)
    let resolver = SystemResolver { [address] host, _ in
      if host == "slow.example" { gate.wait() }
      return .success([address])
    }
    for _ in 0..<SystemResolver.maximumLookUps {
      await #expect(throws: HostResolverError.timedOut) {
        try await resolver.resolve(host: "slow.example", port: 443, deadline: .now)
      }
    }
    await #expect(throws: HostResolverError.tooManyLookUps(limit: 64)) {
      try await resolver.resolve(host: "fast.example", port: 443, deadline: farDeadline)
    }
    for _ in 0..<SystemResolver.maximumLookUps { gate.signal() }
    var addresses: [IPAddress] = []
    while addresses.isEmpty {
      do {
        addresses = try await resolver.resolve(
          host: "fast.example", port: 443, deadline: farDeadline)
      } catch HostResolverError.tooManyLookUps {
        await Task.yield()
      }
    }
    #expect(addresses == [address])
  }

  @Test("A failed look-up keeps its error, and slots come back after every kind of end")
  func failures() async {
    let resolver = SystemResolver { _, _ in .failure(.failed("no such server")) }
    for _ in 0..<(2 * SystemResolver.maximumLookUps) {
      await #expect(throws: HostResolverError.failed("no such server")) {
        try await resolver.resolve(host: "a.example", port: 443, deadline: farDeadline)
      }
    }
  }

  @Test("Each resolver error reads as a sentence")
  func wording() {
    let errors: [HostResolverError] = [
      .notFound, .failed("reason"), .timedOut, .tooManyLookUps(limit: 16), .cancelled,
    ]
    #expect(Set(errors.map(\.description)).count == errors.count)
    #expect(errors[3].description == "16 look-ups of host names are already running")
  }
}
