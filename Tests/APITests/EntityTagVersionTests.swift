import HTTPServer
import Testing

@testable import API

@Suite struct EntityTagVersionTests {
  @Test(
    "a tag says when its ticket or conversation last changed, unless it was never given out",
    arguments: [
      ("0", 0), ("mmugtkqb", 1_773_743_060_531), ("mmugtkqb-abc", 1_773_743_060_531), ("-1", nil),
      ("", nil),
      ("MMUGTKQB", nil), ("0mmugtkqb", nil), ("+1", nil), ("a b", nil), ("zzzzzzzzzzzzzzzz", nil),
    ] as [(String, Int64?)])
  func moment(text: String, milliseconds: Int64?) {
    #expect(EntityTag(text: text).moment == milliseconds)
  }
}
