public import Foundation
import Subprocess
import Synchronization

/// A program started by a test. Its input and output are files: a daemon that it leaves behind would keep
/// a pipe open.
public final class TestProcess: Sendable {
  public let pid: Int32
  private let folder: URL
  /// Nil while it runs.
  private let status = Mutex<TerminationStatus?>(nil)
  private let ending: Task<TerminationStatus, any Error>

  /// - Parameters:
  ///   - executable: a path, or a name that is looked up in `PATH`
  ///   - environment: added to `base`
  ///   - base: by default this process's own environment
  ///   - input: standard input
  ///   - redirections: more of the shell's, such as `2>&-`
  ///   - unprivileged: as root, run as the user `postgres`: PostgreSQL and PgBouncer refuse root
  public init(
    _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
    over base: [String: String] = ProcessInfo.processInfo.environment, input: String = "",
    redirections: String = "", unprivileged: Bool = false
  ) async throws {
    let folder = try TemporaryDirectory.make()
    try Data(input.utf8).write(to: folder.appending(path: "in"))
    let isOther = unprivileged && geteuid() == 0
    // Not by `PlatformOptions`: between fork and exec, glibc's setgroups may wait for ever.
    let user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
    // The shell becomes the program, so that signals reach it. Another user may not be allowed to
    // enter the working directory.
    let script = """
      cd \(isOther ? "/" : ".")
      exec "$@" < "$0/in" >> "$0/out" 2>> "$0/err" \(redirections)
      """
    let command = (isOther ? user : []) + [executable] + arguments
    let variables = base.merging(environment) { $1 }
    let (pids, started) = AsyncStream<Int32>.makeStream()
    let ending = Task {
      defer { started.finish() }
      return try await Subprocess.run(
        .name("sh"), arguments: Arguments(["-c", script, folder.path] + command),
        environment: .custom(
          Dictionary(uniqueKeysWithValues: variables.map { (.init(stringLiteral: $0), $1) })),
        input: .none, output: .discarded, error: .discarded
      ) { started.yield($0.processIdentifier.value) }.terminationStatus
    }
    guard let pid = await pids.first(where: { _ in true }) else {
      throw TestError("\(executable) did not start: \(await ending.result)")
    }
    (self.pid, self.folder, self.ending) = (pid, folder, ending)
    Task {
      let end = try await ending.value
      status.withLock { $0 = end }
    }
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Everything written to standard output so far.
  public var standardOutput: String { contents("out") }
  /// Everything written to standard error so far.
  public var standardError: String { contents("err") }
  /// Both, standard output first.
  public var output: String { standardOutput + standardError }

  public var isRunning: Bool { status.withLock { $0 == nil } }

  /// Sends a signal; does nothing once the program has ended.
  public func signal(_ signal: Int32) {
    status.withLock { if $0 == nil { kill(pid, signal) } }
  }

  /// Stops the process, as SIGSTOP does, and returns when each of its threads has stopped.
  public func halt() async throws {
    signal(SIGSTOP)
    let tasks = "/proc/\(pid)/task"
    try await eventually("every thread stopped") {
      try FileManager.default.contentsOfDirectory(atPath: tasks).allSatisfy { thread in
        try String(contentsOfFile: "\(tasks)/\(thread)/stat", encoding: .utf8).contains(") T ")
      }
    }
  }

  /// Waits for the end and returns the exit status, or the signal's number as negative. Throws when it
  /// takes too long.
  public func exitStatus(within limit: Duration = .seconds(40)) async throws -> Int32 {
    do {
      try await eventually("pid \(pid) ended", within: limit) { !isRunning }
    } catch {
      signal(SIGKILL)
      throw TestError("\(error)\n\(output)")
    }
    switch try await ending.value {
    case .exited(let code): return code
    case .signaled(let number): return -number
    }
  }

  /// Asks with SIGTERM, insists with SIGKILL after 25 s, and waits for the end.
  public func stop() async {
    signal(SIGTERM)
    _ = try? await exitStatus(within: .seconds(25))
    _ = await ending.result
  }

  /// Runs `body`, then stops the program, whether `body` throws or not.
  public func stopping<R>(_ body: () async throws -> R) async throws -> R {
    try await TestSupport.ending(with: stop, body)
  }

  /// Runs a program to its end and returns its output; throws if it fails.
  @discardableResult
  public static func run(
    _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
    input: String = "", unprivileged: Bool = false
  ) async throws -> String {
    let process = try await TestProcess(
      executable, arguments, environment: environment, input: input, unprivileged: unprivileged)
    let status = try await process.ending.value
    guard status == .exited(0) else {
      throw TestError(
        "\(executable) \(arguments.joined(separator: " ")): \(status)\n\(process.output)")
    }
    return process.standardOutput
  }

  private func contents(_ name: String) -> String {
    (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
  }
}
