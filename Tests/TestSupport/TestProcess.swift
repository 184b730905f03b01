public import Foundation
import Subprocess
import Synchronization
import SystemPackage

/// A program started by a test. Its input and output are files: a daemon that it leaves behind would
/// keep a pipe open.
public final class TestProcess: Sendable {
  public let pid: Int32
  private let folder: URL
  private let status: Status
  private let ending: Task<Int32, any Error>

  /// - Parameters:
  ///   - executable: a path, or a name that is looked up in `PATH`
  ///   - environment: added to `base`
  ///   - base: by default this process's own environment
  ///   - input: standard input
  ///   - unprivileged: as root, run as the user `postgres`: PostgreSQL and PgBouncer refuse root
  public init(
    _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
    over base: [String: String] = ProcessInfo.processInfo.environment, input: String = "",
    unprivileged: Bool = false
  ) async throws {
    let folder = try TemporaryDirectory.make()
    try Data(input.utf8).write(to: folder.appending(path: "in"))
    func file(_ name: String, _ mode: FileDescriptor.AccessMode) throws -> FileDescriptor {
      try .open(
        folder.appending(path: name).path, mode,
        options: mode == .readOnly ? [] : [.create, .append],
        permissions: .ownerReadWrite)
    }
    let (input, output, error) = (
      try file("in", .readOnly), try file("out", .writeOnly), try file("err", .writeOnly)
    )
    let isOther = unprivileged && geteuid() == 0
    // Not by `PlatformOptions`: between fork and exec, glibc's setgroups may wait for ever.
    let command =
      isOther
      ? ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", executable]
      : [executable]
    let variables = base.merging(environment) { $1 }
    let configuration = Configuration(
      executable: command[0].contains("/") ? .path(FilePath(command[0])) : .name(command[0]),
      arguments: Arguments(command.dropFirst() + arguments),
      environment: .custom(
        Dictionary(uniqueKeysWithValues: variables.map { (.init(stringLiteral: $0), $1) })),
      // Another user may not be allowed to enter the working directory.
      workingDirectory: isOther ? "/" : nil)
    let (pids, started) = AsyncStream<Int32>.makeStream()
    let status = Status()
    let ending = Task {
      defer { started.finish() }
      let result = try await Subprocess.run(
        configuration, input: .fileDescriptor(input, closeAfterSpawningProcess: true),
        output: .fileDescriptor(output, closeAfterSpawningProcess: true),
        error: .fileDescriptor(error, closeAfterSpawningProcess: true)
      ) { started.yield($0.processIdentifier.value) }
      return status.end(result.terminationStatus)
    }
    guard let pid = await pids.first(where: { _ in true }) else {
      throw TestError("\(executable) did not start: \(await ending.result)")
    }
    (self.pid, self.folder, self.status, self.ending) = (pid, folder, status, ending)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Everything written to standard output so far.
  public var standardOutput: String { contents("out") }
  /// Everything written to standard error so far.
  public var standardError: String { contents("err") }
  /// Both, standard output first.
  public var output: String { standardOutput + standardError }

  public var isRunning: Bool { status.code.withLock { $0 == nil } }

  /// Sends a signal; does nothing once the program has ended.
  public func signal(_ signal: Int32) {
    status.code.withLock { if $0 == nil { kill(pid, signal) } }
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
    return try await ending.value
  }

  /// Asks with SIGTERM, insists with SIGKILL after `patience`, and waits for the end.
  public func stop(patience: Duration = .seconds(25)) async {
    signal(SIGTERM)
    _ = try? await exitStatus(within: patience)
    _ = await ending.result
  }

  /// Runs `body`, then stops the program, whether `body` throws or not.
  public func stopping<R>(_ body: () async throws -> R) async throws -> R {
    do {
      let result = try await body()
      await stop()
      return result
    } catch {
      await stop()
      throw error
    }
  }

  /// Runs a program to its end and returns its output, or throws when it fails.
  @discardableResult
  public static func run(
    _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
    input: String = "", unprivileged: Bool = false
  ) async throws -> String {
    let process = try await TestProcess(
      executable, arguments, environment: environment, input: input, unprivileged: unprivileged)
    let status = try await process.ending.value
    guard status == 0 else {
      throw TestError(
        "\(executable) \(arguments.joined(separator: " ")): status \(status)\n\(process.output)")
    }
    return process.standardOutput
  }

  private func contents(_ name: String) -> String {
    (try? String(contentsOf: folder.appending(path: name), encoding: .utf8)) ?? ""
  }
}

/// A program's exit status, once there is one.
private final class Status: Sendable {
  let code = Mutex<Int32?>(nil)

  func end(_ status: TerminationStatus) -> Int32 {
    let value =
      switch status {
      case .exited(let code): code
      case .signaled(let number): -number
      }
    code.withLock { $0 = value }
    return value
  }
}
