import Foundation
import TestSupport

/// The executable under test, run once to its end or as a server, its two outputs told apart.
final class Program: Sendable {
  /// `TEST_EXECUTABLE`, or the `tacohelp` that was built beside the tests.
  static let path: String = {
    if let path = ProcessInfo.processInfo.environment["TEST_EXECUTABLE"], !path.isEmpty {
      return path
    }
    return URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath()
      .deletingLastPathComponent().appendingPathComponent("tacohelp").path
  }()

  private let process: TestProcess
  private let directory: URL

  /// - Parameters:
  ///   - environment: all that the program gets to see, besides `PATH` and the like
  ///   - input: what it reads from standard input
  ///   - redirections: the shell's, after those to the files that are kept
  ///   - prefix: words before the program, as `nohup`
  init(
    _ arguments: [String], environment: [String: String] = [:], input: String = "",
    redirections: String = "", prefix: [String] = []
  ) throws {
    directory = FileManager.default.temporaryDirectory
      .appendingPathComponent("tacohelp-run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: false)
    try Data(input.utf8).write(to: directory.appendingPathComponent("in"))
    // The shell becomes the program, so that signals reach it; env drops what surrounds the tests.
    let kept = ["PATH", "HOME", "TMPDIR", "LD_LIBRARY_PATH"].compactMap { name in
      ProcessInfo.processInfo.environment[name].map { "\(name)=\($0)" }
    }
    let given = environment.map { "\($0.key)=\($0.value)" }
    process = try TestProcess(
      "sh",
      ["-c", "cd \"$0\" && exec env -i \"$@\" < in > out 2> err \(redirections)", directory.path]
        + kept + given + prefix + [Self.path] + arguments)
  }

  deinit { try? FileManager.default.removeItem(at: directory) }

  var pid: Int32 { process.pid }
  var isRunning: Bool { process.isRunning }
  var standardOutput: String { contents("out") }
  var standardError: String { contents("err") }

  func signal(_ signal: Int32) { process.signal(signal) }

  /// Stops the process, as SIGSTOP does, and returns when each of its threads has stopped.
  func halt() async throws {
    signal(SIGSTOP)
    let tasks = URL(fileURLWithPath: "/proc/\(pid)/task")
    try await eventually("every thread stopped") {
      try FileManager.default.contentsOfDirectory(atPath: tasks.path).allSatisfy { thread in
        try String(contentsOf: tasks.appending(path: "\(thread)/stat"), encoding: .utf8)
          .contains(") T ")
      }
    }
  }

  func stop() async { await process.stop(patience: .seconds(25)) }

  /// Waits for the end and returns the exit status; throws when it takes too long.
  func exitStatus(within limit: Duration = .seconds(40)) async throws -> Int32 {
    do {
      try await eventually("\(Self.path) ended", within: limit) { !isRunning }
    } catch {
      await process.stop()
      throw TestError("\(error)\n\(standardError)")
    }
    return await process.waitForExit()
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
    let program = try Program(arguments, environment: environment, input: input)
    let status = try await program.exitStatus()
    let outcome = Outcome(
      command: arguments.joined(separator: " "), status: status,
      standardOutput: program.standardOutput, standardError: program.standardError)
    Transcript.note(outcome)
    return outcome
  }

  /// How a command ended.
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

  private func contents(_ name: String) -> String {
    (try? String(contentsOf: directory.appendingPathComponent(name), encoding: .utf8)) ?? ""
  }
}
