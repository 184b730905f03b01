import Testing

/// Gives each test case a transcript, which its failures print.
struct TranscriptTrait: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil else { return try await function() }
    await Transcript.$current.withValue(Transcript()) {
      do {
        try await function()
      } catch is ExpectationFailedError {
        // Recorded already, by #require.
      } catch {
        // Recorded here, where the transcript is at hand.
        Issue.record(error)
      }
    }
  }
}

extension Trait where Self == TranscriptTrait {
  static var transcripts: Self { Self() }
}

extension Trait where Self == IssueHandlingTrait {
  /// Failures print the last requests and responses.
  static var printingExchanges: Self {
    .compactMapIssues { issue in
      // Every nested suite inherits the trait.
      let title = "the last exchanges:"
      guard let transcript = Transcript.current,
        !issue.comments.contains(where: { $0.rawValue.hasPrefix(title) })
      else { return issue }
      var issue = issue
      issue.comments.append("\(title)\n\(transcript.text)\(Stage.complaints)")
      return issue
    }
  }
}
