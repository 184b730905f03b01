import Foundation
import TestSupport

/// A database session that stays open: many questions without a process for each, and locks that
/// are held from one to the next.
final class PsqlSession: Sendable {
  private let input: FileHandle
  private let output: FileHandle
  /// One question at a time, and no thread of Swift's own waits for the answer.
  private let queue = DispatchQueue(label: "psql")
  private static let end = "--end--"

  init(_ url: String) throws {
    let (stdin, stdout) = (Pipe(), Pipe())
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments =
      TestProcess.withoutOurFiles + ["stdbuf", "-oL", "psql", "-X", "-q", "-A", "-t", "-d", url]
    process.standardInput = stdin
    process.standardOutput = stdout
    process.standardError = stdout
    // Other programs that tests start must not keep psql's input open.
    for end in [stdin.fileHandleForWriting, stdout.fileHandleForReading] {
      _ = fcntl(end.fileDescriptor, F_SETFD, FD_CLOEXEC)
    }
    try process.run()
    input = stdin.fileHandleForWriting
    output = stdout.fileHandleForReading
  }

  /// Ends the session once what it runs has ended.
  deinit { try? input.close() }

  /// Runs a script and returns its rows, columns separated by `|`.
  @discardableResult
  func run(_ sql: String) async throws -> String {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result { try self.exchange(sql) }) }
    }
  }

  /// The one JSON value that a query gives.
  func json(_ sql: String) async throws -> JSON { try JSON(parsing: try await run(sql)) }

  /// The one number that a query gives.
  func int(_ sql: String) async throws -> Int {
    let text = try await run(sql)
    guard let number = Int(text) else { throw TestError("\(sql): \(text) is no number") }
    return number
  }

  private func exchange(_ sql: String) throws -> String {
    try input.write(contentsOf: Data("\(sql)\n;\n\\echo \(Self.end)\n".utf8))
    var bytes: [UInt8] = []
    let end = Array("\(Self.end)\n".utf8)
    while !bytes.suffix(end.count).elementsEqual(end) {
      let chunk = output.availableData
      guard !chunk.isEmpty else {
        throw TestError("psql ended: \(String(decoding: bytes, as: UTF8.self))")
      }
      bytes += chunk
    }
    let text = String(decoding: bytes.dropLast(end.count), as: UTF8.self)
      .trimmingCharacters(in: .whitespacesAndNewlines)
    guard !text.hasPrefix("ERROR:"), !text.contains("\nERROR:") else {
      throw TestError("\(sql)\n\(text)")
    }
    return text
  }
}
