import EmbeddedAssets

/// Code that verifies a webhook, from docs/receivers: the files that tests run.
struct ReceiverSample {
  let language: String
  let file: String
  /// Without the file's command line.
  let code: String

  static var all: [ReceiverSample] {
    var samples: [ReceiverSample] = []
    var entry = embedded_receivers_list()
    while let language = entry.pointee.language, let file = entry.pointee.file,
      let text = entry.pointee.text
    {
      let code = String(cString: text).prefix(before: #/\n+(//|#) --- Command line/#)
      samples.append(
        ReceiverSample(
          language: String(cString: language), file: String(cString: file), code: code))
      entry += 1
    }
    return samples
  }
}

extension String {
  fileprivate func prefix(before mark: some RegexComponent) -> String {
    String(firstRange(of: mark).map { self[..<$0.lowerBound] } ?? self[...])
  }
}
