import TestSupport
import Testing

/// Failures print the last requests and answers of their test case.
struct TranscriptTrait: SuiteTrait, TestTrait, TestScoping {
  var isRecursive: Bool { true }

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    guard testCase != nil else { return try await function() }
    let transcript = Transcript()
    let printing = IssueHandlingTrait.compactMapIssues { issue in
      var issue = issue
      let lines = ["the last exchanges:", transcript.text, "the servers complained:"]
      issue.comments.append(
        "\((lines + Stage.complaints.map(String.init)).joined(separator: "\n"))")
      return issue
    }
    try await Transcript.$current.withValue(transcript) {
      try await printing.provideScope(for: test, testCase: testCase) {
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
}

extension Trait where Self == TranscriptTrait {
  static var transcripts: Self { Self() }
}
