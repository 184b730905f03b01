import Testing

@testable import API

@Suite struct RequestIdentifierTests {
  @Test(
    "a caller's id is taken if it is one",
    arguments: [
      ("a", true), ("A-z_0.9", true), (String(repeating: "x", count: 128), true), ("", false),
      (String(repeating: "x", count: 129), false), ("a b", false), ("é", false), ("a\n", false),
      ("a,b", false),
    ])
  func validity(text: String, isValid: Bool) {
    #expect(RequestIdentifier.isValid(text) == isValid)
  }

  @Test("made ids are valid and differ")
  func made() {
    let ids = (0..<1000).map { _ in RequestIdentifier.make() }
    #expect(Set(ids).count == 1000)
    #expect(ids.allSatisfy(RequestIdentifier.isValid))
  }
}
