import Dispatch
import Synchronization
import Testing

@testable import Webhooks

@Suite("System resolver", .timeLimit(.minutes(1))) struct SystemResolverTests {
  let address = IPAddress(v4: 0x0808_0808)

  @Test("The name localhost resolves to loopback addresses without duplicates")
  func localhost() async throws {
    let addresses = try await SystemResolver().resolve("localhost")
    let loopback = try IPNetwork.list("127.0.0.0/8,::1")
    #expect(!addresses.isEmpty)
    #expect(Set(addresses).count == addresses.count)
    for address in addresses {
      #expect(loopback.contains { $0.contains(address) })
    }
  }

  @Test("The text of an address resolves to that address", arguments: ["192.0.2.1", "2001:db8::1"])
  func literal(text: String) async throws {
    let addresses = try await SystemResolver().resolve(text, port: 65535)
    #expect(addresses.map(\.description) == [text])
  }

  @Test("A name that cannot exist gives a typed error", arguments: ["", "a b", "localhost\0x"])
  func impossible(name: String) async {
    await #expect(throws: HostResolverError.self) {
      try await SystemResolver().resolve(name)
    }
  }

  @Test("A look-up that blocks is given up at the deadline, or when its task is cancelled")
  func givingUp() async {
    let gate = DispatchSemaphore(value: 0)
    defer { for _ in 0..<2 { gate.signal() } }
    let resolver = SystemResolver { _, _ in
      gate.wait()
      return .failure(.notFound)
    }
    await #expect(throws: HostResolverError.timedOut) {
      try await resolver.resolve("slow.example", within: .zero)
    }
    let task = Task { try await resolver.resolve("slow.example") }
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
        group.addTask { try await resolver.resolve("a.example") }
      }
      for try await addresses in group { #expect(addresses == [address]) }
    }
  }

  @Test("One look-up too many is refused until another, given up or not, has ended")
  func limit() async throws {
    let gate = DispatchSemaphore(value: 0)
    let resolver = SystemResolver { [address] host, _ in
      if host == "slow.example" { gate.wait() }
      return .success([address])
    }
    for _ in 0..<SystemResolver.maximumLookUps {
      await #expect(throws: HostResolverError.timedOut) {
        try await resolver.resolve("slow.example", within: .zero)
      }
    }
    await #expect(throws: HostResolverError.tooManyLookUps(limit: 64)) {
      try await resolver.resolve("fast.example")
    }
    for _ in 0..<SystemResolver.maximumLookUps { gate.signal() }
    var addresses: [IPAddress] = []
    while addresses.isEmpty {
      do {
        addresses = try await resolver.resolve("fast.example")
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
        try await resolver.resolve("a.example")
      }
    }
  }
}
