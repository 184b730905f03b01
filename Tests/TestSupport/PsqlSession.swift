import Foundation
import Subprocess

/// A database session that stays open: many questions without a process for each, and locks that
/// are held from one to the next.
public final class PsqlSession: Sendable {
  private typealias Question = (sql: String, answer: CheckedContinuation<String, any Error>)
  private let questions: AsyncStream<Question>.Continuation
  private static let end = "--end--\n"

  public init(_ url: String) {
    let (stream, questions) = AsyncStream<Question>.makeStream()
    self.questions = questions
    Task {
      _ = try await Subprocess.run(
        .name("stdbuf"), arguments: ["-oL", "psql", "-X", "-q", "-A", "-t", "-d", url],
        input: .inputWriter, output: .sequence, error: .combinedWithOutput
      ) { psql in
        var output = psql.standardOutput.makeAsyncIterator()
        for await question in stream {
          do {
            let text = "\(question.sql)\n;\n\\echo \(Self.end)"
            _ = try await psql.standardInputWriter.write(text)
            var bytes: [UInt8] = []
            while !bytes.suffix(Self.end.utf8.count).elementsEqual(Self.end.utf8) {
              guard let chunk = try await output.next() else {
                throw TestError("psql ended: \(String(decoding: bytes, as: UTF8.self))")
              }
              chunk.withUnsafeBytes { bytes += $0 }
            }
            question.answer.resume(returning: String(decoding: bytes, as: UTF8.self))
          } catch {
            question.answer.resume(throwing: error)
          }
        }
        try await psql.standardInputWriter.finish()
      }
    }
  }

  /// Ends the session once the running script has ended.
  deinit { questions.finish() }

  /// Runs a script and returns its rows, columns separated by `|`.
  @discardableResult
  public func run(_ sql: String) async throws -> String {
    let text = try await withCheckedThrowingContinuation { questions.yield((sql, $0)) }
      .dropLast(Self.end.count).trimmingCharacters(in: .whitespacesAndNewlines)
    guard !text.hasPrefix("ERROR:"), !text.contains("\nERROR:") else {
      throw TestError("\(sql)\n\(text)")
    }
    return text
  }

  /// The one number that a query gives.
  public func int(_ sql: String) async throws -> Int {
    let text = try await run(sql)
    guard let number = Int(text) else { throw TestError("\(sql): \(text) is no number") }
    return number
  }
}
