import Testing

@testable import Webhooks

@Suite("Destination check") struct DestinationCheckTests {
  private func check(_ resolver: FakeResolver) -> DestinationCheck {
    DestinationCheck(policy: AddressPolicy(), resolver: resolver)
  }

  @Test("A name whose addresses are all allowed is accepted")
  func allowed() async throws {
    let resolver = FakeResolver(addresses: ["8.8.8.8", "2606:4700::1111"])
    let check = self.check(resolver)
    let url = try await check.register("https://Example.com:8443/a", deadline: .now)
    #expect(url.description == "https://Example.com:8443/a")
    #expect(resolver.questions == [.init(host: "example.com", port: 8443)])
  }

  @Test("One refused address among many refuses the name", arguments: 0..<4)
  func oneAmongMany(position: Int) async {
    var addresses = ["8.8.8.8", "1.1.1.1", "2606:4700::1111"]
    addresses.insert("fd00:ec2::254", at: position)
    let check = self.check(FakeResolver(addresses: addresses))
    await #expect(
      throws: EndpointURLError.refusedAddress(
        "fd00:ec2::254 is in fd00:ec2::254/128 (cloud metadata)")
    ) {
      try await check.register("https://example.com/", deadline: .now)
    }
  }

  @Test(
    "A name that gives no addresses now is accepted at registration",
    arguments: [
      .failure(.notFound), .failure(.failed("Temporary failure in name resolution")),
      .failure(.timedOut), .failure(.tooManyLookUps(limit: 16)), .success([]),
    ] as [LookUp.Outcome])
  func unresolvable(answer: LookUp.Outcome) async throws {
    let check = self.check(FakeResolver(answer))
    let url = try await check.register("https://not-yet.example/", deadline: .now)
    #expect(url.host == "not-yet.example")
    await #expect(throws: (any Error).self) {
      try await check.addresses(of: url, deadline: .now)
    }
  }

  @Test("A cancelled look-up cancels the registration")
  func cancelled() async {
    let check = self.check(FakeResolver(.failure(.cancelled)))
    await #expect(throws: CancellationError.self) {
      try await check.register("https://example.com/", deadline: .now)
    }
  }

  @Test(
    "An address instead of a name is vetted without a look-up",
    arguments: [
      ("https://8.8.8.8/", nil), ("https://[2606:4700::1111]/", nil),
      ("https://10.0.0.1/", "10.0.0.1 is in 10.0.0.0/8 (private use)"),
      ("https://127.0.0.1:8443/", "127.0.0.1 is in 127.0.0.0/8 (loopback)"),
      ("https://0.0.0.0/", "0.0.0.0 is in 0.0.0.0/8 (this network)"),
      ("https://100.100.100.200/", "100.100.100.200 is in 100.64.0.0/10 (carrier-grade NAT)"),
      ("https://169.254.169.254/", "169.254.169.254 is in 169.254.169.254/32 (cloud metadata)"),
      ("https://168.63.129.16/", "168.63.129.16 is in 168.63.129.16/32 (cloud metadata)"),
      ("https://192.0.0.9/", "192.0.0.9 is in 192.0.0.0/24 (IETF protocol assignments)"),
      ("https://255.255.255.255/", "255.255.255.255 is in 255.255.255.255/32 (limited broadcast)"),
      ("https://[::]/", ":: is in ::/128 (unspecified address)"),
      ("https://[::1]/", "::1 is in ::1/128 (loopback)"),
      ("https://[0:0:0:0:0:0:0:1]/", "::1 is in ::1/128 (loopback)"),
      ("https://[::127.0.0.1]/", "::7f00:1 is in ::/96 (IPv4-compatible, deprecated)"),
      (
        "https://[::ffff:10.0.0.1]/",
        "::ffff:10.0.0.1 is in ::ffff:0.0.0.0/96 (IPv4-mapped)"
      ),
      ("https://[::ffff:a00:1]/", "::ffff:10.0.0.1 is in ::ffff:0.0.0.0/96 (IPv4-mapped)"),
      ("https://[64:ff9b::10.0.0.1]/", "64:ff9b::a00:1 is in 64:ff9b::/96 (NAT64)"),
      ("https://[2002:a00:1::]/", "2002:a00:1:: is in 2002::/16 (6to4)"),
      ("https://[2001::1]/", "2001::1 is in 2001::/32 (Teredo)"),
      ("https://[fd00:ec2::254]/", "fd00:ec2::254 is in fd00:ec2::254/128 (cloud metadata)"),
      ("https://[fe80::1]/", "fe80::1 is in fe80::/10 (link-local)"),
      ("https://[ff02::1]/", "ff02::1 is in ff00::/8 (multicast)"),
    ]) func literal(text: String, reason: String?) async throws
  {
    let resolver = FakeResolver(addresses: ["8.8.8.8"])
    let check = self.check(resolver)
    if let reason {
      await #expect(throws: EndpointURLError.refusedAddress(reason)) {
        try await check.register(text, deadline: .now)
      }
    } else {
      let url = try await check.register(text, deadline: .now)
      #expect(try await check.addresses(of: url, deadline: .now) == [#require(url.address)])
    }
    #expect(resolver.questions.isEmpty)
  }

  @Test("Allowed networks apply to literals, names and mapped forms")
  func allowedNetworks() async throws {
    let policy = AddressPolicy(allowedNetworks: try IPNetwork.list("127.0.0.0/8, ::1"))
    let check = DestinationCheck(
      policy: policy, resolver: FakeResolver(addresses: ["127.0.0.1", "::1", "::ffff:127.0.0.1"]),
      allowHTTP: true)
    let texts = [
      "http://127.0.0.1:8080/", "http://[::ffff:127.0.0.1]/", "http://localhost/", "http://[::1]/",
    ]
    for text in texts {
      let url = try await check.register(text, deadline: .now)
      #expect(try await !check.addresses(of: url, deadline: .now).isEmpty)
    }
    await #expect(throws: EndpointURLError.self) {
      try await check.register("http://10.0.0.1/", deadline: .now)
    }
  }

  @Test("An unusable URL is refused without a look-up")
  func unusable() async {
    let resolver = FakeResolver(addresses: ["8.8.8.8"])
    let check = self.check(resolver)
    await #expect(throws: EndpointURLError.unsupportedScheme(httpAllowed: false)) {
      try await check.register("http://example.com/", deadline: .now)
    }
    #expect(resolver.questions.isEmpty)
  }

  @Test("At an attempt, a refused address and a failed look-up are told apart")
  func attempt() async throws {
    let url = try EndpointURL("https://example.com/")
    let rebound = check(FakeResolver(addresses: ["8.8.8.8", "10.0.0.1"]))
    await #expect(throws: AddressRefusal.refused("10.0.0.1 is in 10.0.0.0/8 (private use)")) {
      try await rebound.addresses(of: url, deadline: .now)
    }
    let gone = check(FakeResolver(.failure(.notFound)))
    await #expect(throws: HostResolverError.notFound) {
      try await gone.addresses(of: url, deadline: .now)
    }
  }

  @Test(
    "localhost and every name below it are loopback, and nobody is asked for them",
    arguments: [
      "localhost", "LOCALHOST", "foo.localhost", "a.b.LocalHost", "foo_bar.localhost",
    ])
  func localhost(name: String) async throws {
    let resolver = FakeResolver(addresses: ["8.8.8.8"])
    let reason = "127.0.0.1 is in 127.0.0.0/8 (loopback)"
    for resolver in [resolver, FakeResolver(.failure(.notFound))] {
      let strict = check(resolver)
      await #expect(throws: EndpointURLError.refusedAddress(reason)) {
        try await strict.register("https://\(name)/", deadline: .now)
      }
      let url = try EndpointURL("https://\(name)/")
      await #expect(throws: AddressRefusal.refused(reason)) {
        try await strict.addresses(of: url, deadline: .now)
      }
    }
    // The allowed one of the two is used.
    for (networks, addresses) in [
      ("127.0.0.0/8,::1", ["127.0.0.1", "::1"]), ("127.0.0.0/8", ["127.0.0.1"]), ("::1", ["::1"]),
    ] {
      let policy = AddressPolicy(allowedNetworks: try IPNetwork.list(networks))
      let lenient = DestinationCheck(policy: policy, resolver: resolver)
      let url = try await lenient.register("https://\(name)/", deadline: .now)
      #expect(
        try await lenient.addresses(of: url, deadline: .now).map(\.description) == addresses)
    }
    #expect(resolver.questions.isEmpty)
  }

  @Test(
    "Names that only look like it are looked up",
    arguments: ["localhost.example.com", "foolocalhost", "foo-localhost", "localhost.localdomain"])
  func noLocalhost(name: String) async throws {
    let resolver = FakeResolver(addresses: ["8.8.8.8"])
    let check = self.check(resolver)
    _ = try await check.register("https://\(name)/", deadline: .now)
    #expect(resolver.questions.count == 1)
  }
}
