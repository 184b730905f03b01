import Testing

/// Gives each test case its turn and a transcript.
struct TranscriptTrait: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil else { return try await function() }
    let places = test.traits.compactMap { ($0 as? PlacesTrait)?.places }.first ?? 1
    await Turnstile.shared.enter(places)
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
    await Turnstile.shared.leave(places)
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
