import Testing

@testable import Webhooks

@Suite("Names of certificates") struct CertificateNamesTests {
  static let rows: [(name: String, host: String, isAllowed: Bool)] = [
    ("a.example", "a.example", true), ("A.Example", "a.example", true),
    ("a.example", "b.example", false), ("example", "a.example", false),
    ("*.example", "a.example", true), ("*.example", "a_b.example", true),
    ("*.example", "xn--bcher-kva.example", true), ("*.Example", "a.example", true),
    ("*.example", "example", false), ("*.example", "a.b.example", false),
    ("a*.example", "ab.example", false),
    ("*a.example", "ba.example", false), ("*.*.example", "a.b.example", false),
    ("a.*.example", "a.b.example", false), ("*", "a", false), ("*", "example", false),
    ("", "a.example", false), ("\u{212a}.example", "k.example", false),
    ("a.example\0.evil", "a.example", false), ("192.0.2.1", "a.example", false),
  ]

  @Test("match whole, or with a wildcard for the first label", arguments: rows)
  func match(name: String, host: String, isAllowed: Bool) {
    let names = CertificateNames(names: [Array("x.example".utf8), Array(name.utf8)], addresses: [])
    #expect(names.allow(host) == isAllowed)
  }

  @Test("An address is matched by addresses alone, and a name by none")
  func addresses() throws {
    let address = try #require(IPAddress("192.0.2.1"))
    #expect(CertificateNames(names: [], addresses: [[192, 0, 2, 1]]).allow(address))
    #expect(!CertificateNames(names: [], addresses: [[192, 0, 2, 2]]).allow(address))
    #expect(!CertificateNames(names: [Array("192.0.2.1".utf8)], addresses: []).allow(address))
    #expect(!CertificateNames(names: [], addresses: [[192, 0, 2, 1]]).allow("192.0.2.1"))
    let long = try #require(IPAddress("2001:db8::1"))
    let bytes: [UInt8] = [0x20, 0x01, 0x0d, 0xb8] + Array(repeating: 0, count: 11) + [1]
    #expect(CertificateNames(names: [], addresses: [bytes]).allow(long))
  }
}
