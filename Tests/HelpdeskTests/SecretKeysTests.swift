import Cryptography
import Testing

@testable import Helpdesk

@Suite("Keys that seal secrets") struct SecretKeysTests {
  static let (one, two) = (
    "one:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8=",
    "two:ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8="
  )
  private static let secret = "whsec_QUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUFBQUE="
  private static let row = SecretRow(
    organization: OrganizationID(stored: "corganization0000000000000"),
    endpoint: EndpointID(stored: "cendpoint0000000000000000"), id: "csecret000000000000000000")

  @Test(
    "keys are separated by commas or line ends, the first seals",
    arguments: [
      "\(one),\(two)", "\(one)\n\(two)\n", " \(one) , \(two) ", "\(one),,\(two),",
      "\(one)\r\n\(two)\r\n",
    ])
  func parsed(text: String) throws {
    let keys = try SecretKeys(text)
    #expect(keys.ids == ["one", "two"])
    #expect(try keys.seal(Self.secret, for: Self.row).keyID == "one")
  }

  @Test(
    "what is no list of keys is refused in words that repeat nothing of it",
    arguments: [
      (",", SecretKeysError.count(0)),
      ((0...16).map { "k\($0):\(one.dropFirst(4))" }.joined(separator: ","), .count(17)),
      ("\(one.dropFirst(4))", .form(1)), ("\(one),two", .form(2)), ("a:b:c", .form(1)),
      (":\(one.dropFirst(4))", .id(1)), ("o n e:\(one.dropFirst(4))", .id(1)),
      ("\(one.dropFirst(4)):one", .id(1)), ("\(String(repeating: "x", count: 33)):AA==", .id(1)),
      ("one:", .key(1)), ("\(one),two:AAECAwQ=", .key(2)), ("\(one),two:secretsecret", .key(2)),
      ("\(one)A", .key(1)), ("one:\(two.dropFirst(4).dropLast(1))", .key(1)),
      ("\(one),\(two),one:\(two.dropFirst(4))", .duplicate(1, 3)),
    ])
  func refused(text: String, error: SecretKeysError) {
    #expect(throws: error) { try SecretKeys(text) }
    for part in text.split(whereSeparator: { ",:".contains($0) }) where part.count > 7 {
      #expect(!error.description.contains(part))
    }
  }

  @Test("a new key is one of its own")
  func make() throws {
    let (one, two) = (try SecretKeys.make(), try SecretKeys.make())
    #expect(one.wholeMatch(of: /k[0-9a-f]{8}:[A-Za-z0-9+\/]{43}=/) != nil)
    #expect(one != two)
    #expect(try SecretKeys("\(one),\(two)").ids.count == 2)
  }

  @Test("a sealed secret opens with its key, in any position of the list, and with no other")
  func sealing() throws {
    let stored = try SecretKeys(Self.one).seal(Self.secret, for: Self.row)
    #expect(!stored.text.contains("whsec_"))
    #expect(Base64.decode(stored.text)?.count == Self.secret.utf8.count + SealingKey.overhead)
    #expect(try SecretKeys("\(Self.two),\(Self.one)").open(stored) == Self.secret)
    #expect(throws: SecretFault.unknownKey("one")) { try SecretKeys(Self.two).open(stored) }
    #expect(throws: SecretFault.unknownKey("one")) { try SecretKeys().open(stored) }
    let impostor = try SecretKeys("one:\(Self.two.dropFirst(4))")
    #expect(throws: SecretFault.notAuthentic("one")) { try impostor.open(stored) }
  }

  @Test("a sealed secret that is moved to another row does not open there")
  func moved() throws {
    let keys = try SecretKeys(Self.one)
    let stored = try keys.seal(Self.secret, for: Self.row)
    var rows = [Self.row, Self.row, Self.row]
    rows[0].organization = OrganizationID(stored: "corganization0000000000001")
    rows[1].endpoint = EndpointID(stored: "cendpoint0000000000000001")
    rows[2].id = "csecret000000000000000001"
    for row in rows {
      var moved = stored
      moved.row = row
      #expect(throws: SecretFault.notAuthentic("one")) { try keys.open(moved) }
    }
  }

  @Test("without keys a secret is stored as it is, and with keys it can still be read")
  func plain() throws {
    let stored = try SecretKeys().seal(Self.secret, for: Self.row)
    #expect(stored == StoredSecret(row: Self.row, text: Self.secret, keyID: nil))
    #expect(try SecretKeys(Self.one).open(stored) == Self.secret)
  }
}
