import Cryptography
import HTTPServer

/// The hidden field `submission` of a form that must not take effect twice: it has the same value when
/// the form is sent again.
extension Form {
  static func newSubmission() throws -> String {
    Base64URL.encode(try RandomBytes.generate(16))
  }

  /// Throws `PageFault.noForm` if the field cannot come from one of our pages.
  var submission: String {
    get throws {
      let submission = self["submission"]
      guard (16...64).contains(submission.utf8.count) else { throw PageFault.noForm }
      return submission
    }
  }
}
