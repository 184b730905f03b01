import Testing

@testable import HTTPServer

@Suite("Lists of tags in headers") struct EntityTagsTests {
  static let readable: [(String, [String]?)] = [
    ("*", nil), (" * ", nil), ("\"a\"", ["a"]), ("W/\"a\"", ["a"]), ("\"\"", [""]),
    ("\"a\", \"b\"", ["a", "b"]), ("\"a\",W/\"b,c\" ,\t\"d\"", ["a", "b,c", "d"]),
    (", \"a\",, \"b\",", ["a", "b"]), ("\"W/\"", ["W/"]), ("\"*\"", ["*"]),
    ("\"mmugtkqb-3q5xwf1b2m0ad\"", ["mmugtkqb-3q5xwf1b2m0ad"]),
  ]

  @Test("are read, weak ones like strong ones", arguments: readable)
  func read(list: String, tags: [String]?) {
    let expected = tags.map { EntityTags.these($0.map { EntityTag(text: $0) }) } ?? .any
    #expect(EntityTags(list) == expected)
  }

  @Test(
    "are refused where a tag has no quotation marks",
    arguments: [
      "", " ", ",", "a", "W/", "W/a", "\"a", "a\"", "\"a\" b", "\"a\" \"b\"", "\"a\", b",
      "*, \"a\"",
      "\"a\", *", "w/\"a\"", "W/ \"a\"", "**",
    ])
  func refused(list: String) { #expect(EntityTags(list) == nil) }
}
