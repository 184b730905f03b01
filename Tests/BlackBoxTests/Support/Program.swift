import Foundation
import TestSupport

/// The executable under test.
enum Program {
  /// The `tacohelp` that was built beside the tests.
  static let path = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
    .deletingLastPathComponent().appending(path: "tacohelp").path

  /// - Parameters:
  ///   - environment: everything that the program gets to see, apart from `PATH` and the like
  ///   - redirections: the shell's, such as `2>&-`
  ///   - prefix: words before the program, such as `nohup`
  static func start(
    _ arguments: [String], environment: [String: String] = [:], input: String = "",
    redirections: String = "", prefix: [String] = []
  ) async throws -> TestProcess {
    let command = prefix + [path] + arguments
    return try await TestProcess(
      command[0], Array(command.dropFirst()), environment: environment,
      over: ProcessInfo.processInfo.environment.filter {
        ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"].contains($0.key)
      }, input: input, redirections: redirections)
  }

  /// Runs a command to its end.
  static func run(
    _ arguments: String..., environment: [String: String] = [:], input: String = ""
  ) async throws -> Outcome {
    try await run(arguments, environment: environment, input: input)
  }

  static func run(
    _ arguments: [String], environment: [String: String] = [:], input: String = ""
  ) async throws -> Outcome {
    let program = try await start(arguments, environment: environment, input: input)
    let status = try await program.exitStatus()
    let outcome = Outcome(
      command: arguments.joined(separator: " "), status: status,
      standardOutput: program.standardOutput, standardError: program.standardError)
    Transcript.note(outcome)
    return outcome
  }

  /// Migrates a database.
  static func migrate(_ databaseURL: String, _ arguments: String...) async throws {
    let outcome = try await run(["migrate"] + arguments, environment: ["DATABASE_URL": databaseURL])
    guard outcome.status == 0 else { throw TestError("\(outcome)") }
  }

  /// The end of a command.
  struct Outcome: Sendable, CustomStringConvertible {
    let command: String
    let status: Int32
    let standardOutput: String
    let standardError: String

    /// Standard output without the newline at its end.
    var line: String { standardOutput.trimmingCharacters(in: .newlines) }

    /// The lines of standard error.
    var complaints: [Substring] { standardError.split(separator: "\n") }

    var description: String {
      "tacohelp \(command)\n→ \(status)\n out: \(standardOutput)\n err: \(standardError)"
    }
  }
}
