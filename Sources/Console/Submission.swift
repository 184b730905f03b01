import Cryptography
import HTTPServer

/// The hidden field `submission` of a form that must not act twice: the same form, sent again, has the
/// same.
extension Form {
  static func newSubmission() throws -> String {
    Base64URL.encode(try RandomBytes.generate(16))
  }

  /// Throws `PageFault.noForm` if no page of ours can have made the field.
  var submission: String {
    get throws {
      let submission = self["submission"]
      guard (16...64).contains(submission.utf8.count) else { throw PageFault.noForm }
      return submission
    }
  }
}
