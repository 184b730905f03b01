import Foundation
import TestSupport
import Testing

@testable import Webhooks

/// Random addresses, networks and URLs, from a seed that a failure prints.
@Suite struct AddressFuzzTests {
  private var generator = SeededGenerator()

  private func seed(_ what: Any) -> Testing.Comment { "seed \(SeededGenerator.seed): \(what)" }

  private mutating func address() -> IPAddress {
    let special = SpecialNetwork.all.randomElement(using: &generator)?.network
    switch Int.random(in: 0...3, using: &generator) {
    case 0: return IPAddress(v4: .random(in: .min ... .max, using: &generator))
    case 1: return IPAddress(v6: 0xffff << 32 | .random(in: 0...0xffff_ffff, using: &generator))
    case 2:
      // Groups of zeros are what is shortened.
      return IPAddress(
        v6: (0..<8).reduce(0) { bits, _ in
          let most: UInt128 = [0, 0, 1, 0xffff].randomElement(using: &generator) ?? 0
          return bits << 16 | .random(in: 0...most, using: &generator)
        })
    default: return special.map { edge(of: $0) } ?? IPAddress(v4: 0)
    }
  }

  private mutating func network() -> IPNetwork {
    let address = address()
    return IPNetwork(
      around: address,
      prefixLength: .random(in: 0...address.family.bitWidth, using: &generator))
  }

  /// The numbers of a network's addresses.
  private func range(_ network: IPNetwork) -> ClosedRange<UInt128> {
    let count = UInt128(1) << (network.base.family.bitWidth - network.prefixLength)
    return network.base.bits...(network.base.bits + (count &- 1))
  }

  /// The first address, the last, or one beside them.
  private mutating func edge(of network: IPNetwork) -> IPAddress {
    let range = range(network)
    let bits = [
      range.lowerBound, range.upperBound, range.lowerBound &- 1, range.upperBound &+ 1,
    ].randomElement(using: &generator)
    return switch network.base.family {
    case .v4: IPAddress(v4: UInt32(truncatingIfNeeded: bits ?? 0))
    case .v6: IPAddress(v6: bits ?? 0)
    }
  }

  /// True if the address, or the IPv4 address that it embeds, lies in the network, by their numbers.
  private func holds(_ network: IPNetwork, _ address: IPAddress) -> Bool {
    let mapped: ClosedRange<UInt128> = 0xffff_0000_0000...0xffff_ffff_ffff
    if network.base.family == address.family { return range(network).contains(address.bits) }
    return address.family == .v6 && mapped.contains(address.bits)
      && range(network).contains(address.bits - mapped.lowerBound)
  }

  @Test("An address, a network and a list of them are read as they are written")
  mutating func roundTrip() throws {
    for _ in 0..<10_000 {
      let (address, network) = (address(), network())
      #expect(IPAddress(address.description) == address, seed(address))
      #expect(try IPNetwork(network.description) == network, seed(network))
      #expect(try IPNetwork(address.description).base == address, seed(address))
    }
    for _ in 0..<500 {
      let networks = (0..<Int.random(in: 0...8, using: &generator)).map { _ in network() }
      let text = networks.map { network in
        generator.pick(["", " ", "  "]) + network.description + generator.pick(["", " "])
      }.joined(separator: ",")
      #expect(try IPNetwork.list(text) == networks, seed(text))
    }
  }

  @Test("A text is a network exactly if Python says so, and the same one")
  mutating func texts() async throws {
    let texts = (0..<20_000).map { _ in
      let text = Bool.random(using: &generator) ? network().description : address().description
      return generator.spoiled(text, 0...2, with: "0123456789abcdef:./%[] x")
    }
    let output = try await TestPython.run(
      "networks.py", input: texts.map { Data($0.utf8).base64EncodedString() + "\n" }.joined())
    let answers = output.split(separator: "\n")
    try #require(answers.count == texts.count)
    #expect(answers.count { $0 == "-" } > 2000 && answers.count { $0 != "-" } > 2000)
    for (text, answer) in zip(texts, answers) {
      var read = "-"
      do {
        let network = try IPNetwork(text)
        let version = network.base.family == .v4 ? 4 : 6
        read = "\(version) \(network.base.bits) \(network.prefixLength)"
      } catch {
        #expect(error.description.contains("\"\(text)\""), seed(text))
      }
      #expect(read == answer, seed(text.debugDescription))
    }
  }

  @Test("A network holds the addresses from its first to its last, and no others")
  mutating func contains() {
    var held = 0
    for _ in 0..<20_000 {
      let network = network()
      let address = Bool.random(using: &generator) ? edge(of: network) : address()
      #expect(network.contains(address) == holds(network, address), seed("\(network) \(address)"))
      if network.contains(address) { held += 1 }
    }
    #expect(held > 2000 && held < 18_000)
  }

  @Test("An address is refused in a special network, outside its exceptions and what is allowed")
  mutating func policy() {
    for _ in 0..<5000 {
      let allowed = (0..<Int.random(in: 0...2, using: &generator)).map { _ in network() }
      let address = allowed.first.map { edge(of: $0) } ?? address()
      let isSpecial = SpecialNetwork.all.contains { special in
        holds(special.network, address) && !special.exceptions.contains { holds($0, address) }
      }
      let isAllowed = allowed.contains { holds($0, address) }
      let refusal = AddressPolicy(allowedNetworks: allowed).refusal(of: address)
      #expect((refusal != nil) == (isSpecial && !isAllowed), seed("\(address) \(allowed)"))
      #expect(refusal?.hasPrefix("\(address) is in ") ?? true, seed(address))
    }
  }

  @Test("A URL that is accepted is safe to send, and means the same when it is written anew")
  mutating func urls() throws {
    var accepted = 0
    for _ in 0..<20_000 {
      let address = address()
      let host = generator.pick([
        "hooks.example.com", "xn--bcher-kva.example", "a",
        address.family == .v6 ? "[\(address)]" : "\(address)",
      ])
      let text = generator.spoiled(
        generator.pick(["https://", "http://", "HTTPS://"]) + host
          + generator.pick(["", ":443", ":8080"]) + generator.pick(["", "/", "/a%20b?c=d", "?x"]),
        0...2, with: "/:@#?[]%\\. 0x\t\r\n")
      guard let url = try? EndpointURL(text, allowHTTP: true) else { continue }
      accepted += 1
      #expect(url.description == text, seed(text))
      #expect(url.target.hasPrefix("/") && url.port > 0, seed(text))
      for part in [url.authority, url.target, url.host] {
        #expect(part.utf8.allSatisfy { (0x21...0x7e).contains($0) }, seed(text.debugDescription))
      }
      #expect(!"/?#@".contains { url.authority.contains($0) }, seed(text))
      let again = try EndpointURL(
        "\(url.scheme)://\(url.authority)\(url.target)", allowHTTP: true)
      #expect(
        again.host == url.host && again.address == url.address && again.port == url.port
          && again.target == url.target && again.scheme == url.scheme, seed(text))
    }
    #expect(accepted > 4000 && accepted < 19_000)
  }
}
