import TestSupport
import Testing
import Webhooks

@testable import tacohelp

@Suite("Trusted proxies") struct TrustedProxiesTests {
  @Test(
    "the client is the last address that is not a trusted proxy's",
    arguments: [
      // A client that connects directly is not believed.
      ("203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
      ("10.0.0.1", [], "10.0.0.1"), ("10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
      // Entries that the client itself wrote in front.
      ("10.0.0.1", ["192.0.2.66, 198.51.100.1"], "198.51.100.1"),
      ("10.0.0.1", ["10.0.0.7, 198.51.100.1"], "198.51.100.1"),
      // Several proxies, in one line or in several.
      ("10.0.0.1", ["198.51.100.1, 10.0.0.3,10.0.0.2"], "198.51.100.1"),
      ("10.0.0.1", ["192.0.2.66", "198.51.100.1", "10.0.0.2"], "198.51.100.1"),
      ("10.0.0.1", ["10.0.0.3, 10.0.0.2"], "10.0.0.3"),
      // Before an entry that cannot be read, the proxy that passed it on counts as the client.
      ("10.0.0.1", ["198.51.100.1, unknown, 10.0.0.2"], "10.0.0.2"), ("10.0.0.1", [""], "10.0.0.1"),
      ("10.0.0.1", ["unknown"], "10.0.0.1"),
      // IPv6, ports, and IPv4-mapped addresses.
      ("fd00::1", ["2001:db8::9"], "2001:db8::9"), ("fd00::1", ["2001:DB8:0::9"], "2001:db8::9"),
      ("10.0.0.1", ["[2001:db8::9]:4711"], "2001:db8::9"),
      ("10.0.0.1", ["[2001:db8::9]"], "2001:db8::9"),
      ("10.0.0.1", ["198.51.100.1:4711"], "198.51.100.1"),
      ("::ffff:10.0.0.1", ["198.51.100.1"], "198.51.100.1"),
      ("::ffff:203.0.113.5", ["198.51.100.1"], "203.0.113.5"),
      ("10.0.0.1", ["::ffff:198.51.100.1"], "198.51.100.1"),
    ])
  func client(peer: String, forwarded: [String], expected: String) throws {
    #expect(try client(of: forwarded, from: peer) == expected)
  }

  private func client(of forwarded: [String], from peer: String) throws -> String? {
    TrustedProxies(networks: try IPNetwork.list("10.0.0.0/8, fd00::/8"))
      .client(forwarded: forwarded, peer: peer)
  }

  @Test(
    "Whatever a client writes in front, the address is the one that connected to the first trusted proxy"
  )
  func anything() throws {
    var generator = SeededGenerator()
    for _ in 0..<2000 {
      let own = (0..<Int.random(in: 1...3, using: &generator)).map { _ in
        generator.spoiled(
          generator.pick(["10.0.0.7, 192.0.2.66", "fd00::7", "[fd00::1]:80", "unknown", ",", "\""]),
          0...3, with: "0123456789abcdef.:,[] \"")
      }
      let heard = generator.pick(["198.51.100.1", "198.51.100.1:4711", "::ffff:198.51.100.1"])
      let proxies = generator.pick(["", ",10.0.0.3", ", fd00::3 , 10.0.0.2"])
      let peer = generator.pick(["10.0.0.1", "fd00::1", "::ffff:10.9.8.7"])
      let lines =
        Bool.random(using: &generator)
        ? own + [heard + proxies] : [own.joined(separator: ", ") + ", " + heard + proxies]
      #expect(
        try client(of: lines, from: peer) == "198.51.100.1",
        "seed \(SeededGenerator.seed): \(lines.debugDescription)")
    }
  }
}
