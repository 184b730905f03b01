import Embedded

/// Code that verifies a webhook: a file of docs/receivers, which tests run.
struct ReceiverSample {
  let language: String
  let file: String
  /// Without the file's command line.
  let code: String

  static let all = [
    ReceiverSample("Node.js", .receivers_verify_mjs),
    ReceiverSample("Python", .receivers_verify_py),
    ReceiverSample("Go", .receivers_verify_go),
    ReceiverSample("Swift", .receivers_Verify_swift),
    ReceiverSample("Shell", .receivers_verify_sh),
  ]

  private init(_ language: String, _ sample: EmbeddedFile) {
    self.language = language
    file = sample.name
    let code = sample.text
    let end = code.firstRange(of: #/\n+(//|#) --- Command line/#)?.lowerBound ?? code.endIndex
    self.code = String(code[..<end])
  }
}
