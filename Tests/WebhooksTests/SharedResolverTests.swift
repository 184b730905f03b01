import Synchronization
import TestSupport
import Testing

@testable import Webhooks

@Suite("Shared resolver", .timeLimit(.minutes(1))) struct SharedResolverTests {
  let addresses = [IPAddress(v4: 0x0808_0808)]

  @Test("Look-ups of a host that overlap share one, whatever their ports")
  func overlapping() async throws {
    let inner = GatedResolver(.success(addresses))
    let resolver = SharedResolver(inner, lifetime: .zero)
    try await withThrowingTaskGroup(of: [IPAddress].self) { group in
      for port in UInt16(1)...100 {
        group.addTask { try await resolver.resolve("a.example", port: port) }
      }
      try await eventually("they wait") { resolver.waiterCount == 100 }
      inner.open()
      for try await found in group { #expect(found == addresses) }
    }
    #expect(inner.questions == ["a.example"])
    #expect(resolver.hosts.waiting == 0)
  }

  @Test("Different hosts are looked up side by side")
  func differentHosts() async throws {
    let inner = GatedResolver(.success(addresses))
    let resolver = SharedResolver(inner)
    async let first = resolver.resolve("a.example")
    async let second = resolver.resolve("b.example")
    try await eventually("both are asked") { inner.questions.count == 2 }
    inner.open()
    _ = try await (first, second)
    #expect(resolver.hosts == (2, 0))
  }

  @Test("What was found is used for its lifetime, and not longer", arguments: [true, false])
  func lifetime(isLong: Bool) async throws {
    let inner = FakeResolver(.success(addresses))
    let resolver = SharedResolver(inner, lifetime: isLong ? .seconds(50) : .zero)
    for _ in 0..<3 {
      let found = try await resolver.resolve("a.example")
      #expect(found == addresses)
    }
    #expect(inner.questions.count == (isLong ? 1 : 3))
    #expect(resolver.hosts == (1, 0))
  }

  @Test("A failure is told to all who wait and not kept")
  func failure() async throws {
    let inner = FakeResolver(.failure(.failed("no such server")))
    let resolver = SharedResolver(inner, lifetime: .seconds(50))
    for _ in 0..<3 {
      await #expect(throws: HostResolverError.failed("no such server")) {
        try await resolver.resolve("a.example")
      }
    }
    #expect(inner.questions.count == 3)
    #expect(resolver.hosts == (0, 0))
  }

  @Test("A caller that gives up, by deadline or cancellation, leaves the look-up to the others")
  func givingUp() async throws {
    let inner = GatedResolver(.success(addresses))
    let resolver = SharedResolver(inner)
    await #expect(throws: HostResolverError.timedOut) {
      try await resolver.resolve("a.example", within: .zero)
    }
    let patient = Task { try await resolver.resolve("a.example") }
    let cancelled = Task { try await resolver.resolve("a.example") }
    try await eventually("all wait") { resolver.waiterCount == 3 }
    cancelled.cancel()
    await #expect(throws: HostResolverError.cancelled) { try await cancelled.value }
    inner.open()
    #expect(try await patient.value == addresses)
    #expect(inner.questions == ["a.example"])
  }

  @Test("The look-up itself has a limit of its own")
  func limit() async throws {
    let inner = FakeResolver(.success(addresses))
    let resolver = SharedResolver(inner, limit: .seconds(20))
    let before = ContinuousClock.now
    _ = try await resolver.resolve("a.example")
    let deadline = try #require(inner.deadlines.first)
    #expect((before + .seconds(20)...ContinuousClock.now + .seconds(20)).contains(deadline))
  }

  @Test("What is remembered is bounded and dropped when it has expired")
  func bounds() async throws {
    let inner = FakeResolver(.success(addresses))
    let long = SharedResolver(inner, lifetime: .seconds(50))
    for number in 0..<(SharedResolver.maximumHosts + 10) {
      _ = try await long.resolve("\(number).example")
    }
    #expect(long.hosts == (SharedResolver.maximumHosts, 0))
    let short = SharedResolver(inner, lifetime: .zero)
    for number in 0..<100 {
      _ = try await short.resolve("\(number).example")
    }
    #expect(short.hosts.known == 1)
  }
}
