import Embedded

/// Code that verifies a webhook, from docs/receivers: the files that tests run.
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
    code = sample.text.prefix(before: #/\n+(//|#) --- Command line/#)
  }
}

extension String {
  fileprivate func prefix(before mark: some RegexComponent) -> String {
    String(firstRange(of: mark).map { self[..<$0.lowerBound] } ?? self[...])
  }
}
