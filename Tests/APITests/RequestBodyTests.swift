import NIOCore
import Testing

@testable import API

@Suite struct RequestBodyTests {
  private struct Sample: RequestContent {
    var subject: String
    var note: String?
    var tags: [String]?

    init(_ fields: inout BodyFields) {
      subject = fields.requiredText("subject", 1...5, trimmed: true)
      note = fields.text("note", 1...3)
      tags = fields.tags("tags")
      _ = fields.email("email")
    }
  }

  private func parse(_ json: String) throws -> Sample {
    try RequestBody.parse(Sample.self, ByteBuffer(string: json).readableBytesView)
  }

  private func fault(_ json: String) -> APIError? {
    do {
      _ = try parse(json)
      return nil
    } catch {
      return error as? APIError
    }
  }

  @Test("members are taken as sent, trimmed where openapi.yaml says so")
  func values() throws {
    let sample = try parse(
      #"{"subject":" abcde ","note":" x ","tags":[" b ","a","b"],"unknown":{"a":[1]},"email":null}"#
    )
    #expect(sample.subject == "abcde")
    #expect(sample.note == " x ")
    #expect(sample.tags == ["b", "a"])
  }

  @Test(
    "every faulty member is named",
    arguments: [
      ("{}", ["subject"]), (#"{"subject":null}"#, ["subject"]), (#"{"subject":1}"#, ["subject"]),
      (#"{"subject":"  "}"#, ["subject"]), (#"{"subject":"abcdef"}"#, ["subject"]),
      (#"{"subject":"a\u0000"}"#, ["subject"]), (#"{"subject":"a","note":" "}"#, ["note"]),
      (#"{"subject":"a","tags":"x"}"#, ["tags"]),
      (
        #"{"subject":"a","tags":["x",1,null,"",{"a":1}]}"#,
        ["tags[1]", "tags[2]", "tags[3]", "tags[4]"]
      ),
      (#"{"note":7,"tags":[[]],"email":"x"}"#, ["subject", "note", "tags[0]", "email"]),
    ])
  func faults(json: String, fields: [String]) {
    let error = fault(json)
    #expect(error?.code == .invalidParameter)
    #expect(error?.details.map(\.field) == fields)
  }

  @Test("lengths count code points")
  func codePoints() throws {
    #expect(try parse(#"{"subject":"😀😀😀😀😀"}"#).subject.count == 5)
    #expect(fault(#"{"subject":"e\u0301e\u0301e\u0301"}"#)?.details.map(\.field) == ["subject"])
  }

  @Test("twenty different tags pass, not counting duplicates; one more does not")
  func tagCount() throws {
    let twenty = (1...20).map { "\"t\($0)\"" }
    let json = { (tags: [String]) in #"{"subject":"a","tags":[\#(tags.joined(separator: ","))]}"# }
    #expect(try parse(json(twenty + twenty)).tags?.count == 20)
    #expect(fault(json(twenty + ["\"x\""]))?.details.map(\.field) == ["tags"])
  }
}
