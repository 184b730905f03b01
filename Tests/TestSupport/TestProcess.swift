import Foundation
import Synchronization

/// A program started by a test, its output and errors captured in one file.
///
/// Not Foundation's `Process`: that takes a program for running as long as a daemon it left behind is.
public final class TestProcess: Sendable {
  public let pid: Int32
  private let outputPath: String
  private let exit: Exit

  /// - Parameters:
  ///   - executable: a path, or a name that is looked up in `PATH`
  ///   - environment: added to this process's own
  ///   - unprivileged: as root, run as the user `postgres`: PostgreSQL and PgBouncer refuse root
  public init(
    _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
    unprivileged: Bool = false
  ) throws {
    // setpriv becomes the program itself, so that `pid` is the program's.
    let user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--"]
    // Another user may not be allowed to enter the working directory.
    let words =
      Self.withoutOurFiles + (unprivileged && geteuid() == 0 ? ["env", "-C", "/"] + user : []) + [
        executable
      ] + arguments
    let environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    outputPath =
      FileManager.default.temporaryDirectory
      .appendingPathComponent("tacohelp-output-\(UUID().uuidString)").path
    pid = try Self.spawn(words, environment.map { "\($0)=\($1)" }, outputPath)
    exit = Exit(pid)
  }

  deinit { unlink(outputPath) }

  /// Everything written so far.
  public var output: String {
    FileManager.default.contents(atPath: outputPath).map { String(decoding: $0, as: UTF8.self) }
      ?? ""
  }

  public var isRunning: Bool { exit.status == nil }

  /// Sends a signal; does nothing once the program has ended.
  public func signal(_ signal: Int32) { exit.ifRunning { kill(pid, signal) } }

  /// Waits for the end and returns the exit status, or the signal's number as negative.
  public func waitForExit() async -> Int32 { await exit.wait() }

  /// Asks with SIGTERM, insists with SIGKILL after `patience`, and waits for the end.
  public func stop(patience: Duration = .seconds(5)) async {
    signal(SIGTERM)
    do {
      try await eventually("pid \(pid) ended", within: patience) { !isRunning }
    } catch {
      signal(SIGKILL)
    }
    _ = await waitForExit()
  }

  /// Runs a program to its end and returns its output, or throws when it fails.
  @discardableResult
  public static func run(
    _ executable: String, _ arguments: [String] = [], environment: [String: String] = [:],
    unprivileged: Bool = false
  ) async throws -> String {
    let process = try TestProcess(
      executable, arguments, environment: environment, unprivileged: unprivileged)
    let status = await process.waitForExit()
    guard status == 0 else {
      throw TestError(
        "\(executable) \(arguments.joined(separator: " ")): status \(status)\n\(process.output)")
    }
    return process.output
  }

  /// Words before a command that close the tests' files and sockets for it: what it held open, nobody
  /// would see closed.
  public static let withoutOurFiles = [
    "bash", "-c",
    """
    for file in /proc/self/fd/*; do
      number=${file##*/}
      if [ "$number" -gt 2 ]; then eval "exec $number>&-"; fi
    done
    exec "$@"
    """, "bash",
  ]

  private static func spawn(_ words: [String], _ environment: [String], _ outputPath: String)
    throws -> Int32
  {
    var actions = posix_spawn_file_actions_t()
    posix_spawn_file_actions_init(&actions)
    defer { posix_spawn_file_actions_destroy(&actions) }
    posix_spawn_file_actions_addopen(&actions, 0, "/dev/null", O_RDONLY, 0)
    // A file, not a pipe: a daemon that the program leaves behind would keep a pipe open.
    posix_spawn_file_actions_addopen(
      &actions, 1, outputPath, O_WRONLY | O_CREAT | O_EXCL | O_APPEND, 0o600)
    posix_spawn_file_actions_adddup2(&actions, 1, 2)
    var attributes = posix_spawnattr_t()
    posix_spawnattr_init(&attributes)
    defer { posix_spawnattr_destroy(&attributes) }
    // Swift's worker threads block signals, which the program must not inherit.
    var none = sigset_t()
    sigemptyset(&none)
    posix_spawnattr_setsigmask(&attributes, &none)
    posix_spawnattr_setflags(&attributes, Int16(POSIX_SPAWN_SETSIGMASK))

    let arguments = words.map { strdup($0) } + [nil]
    let variables = environment.map { strdup($0) } + [nil]
    defer { for pointer in arguments + variables { free(pointer) } }
    var pid: Int32 = 0
    let status = posix_spawnp(&pid, words[0], &actions, &attributes, arguments, variables)
    guard status == 0 else { throw TestError("\(words[0]): \(String(cString: strerror(status)))") }
    return pid
  }
}

/// A program's exit status, once there is one.
private final class Exit: Sendable {
  private struct State {
    var status: Int32?
    var waiting: [@Sendable (Int32) -> Void] = []
  }

  private let state = Mutex(State())

  init(_ pid: Int32) {
    Thread.detachNewThread { self.watch(pid) }
  }

  var status: Int32? { state.withLock { $0.status } }

  /// The pid is not given to another program meanwhile: it is collected under the same lock.
  func ifRunning(_ body: () -> Void) {
    state.withLock { if $0.status == nil { body() } }
  }

  func wait() async -> Int32 {
    await withCheckedContinuation { continuation in
      let status: Int32? = state.withLock { state in
        if state.status == nil { state.waiting.append { continuation.resume(returning: $0) } }
        return state.status
      }
      if let status { continuation.resume(returning: status) }
    }
  }

  private func watch(_ pid: Int32) {
    var information = siginfo_t()
    while waitid(P_PID, id_t(pid), &information, WEXITED | WNOWAIT) != 0, errno == EINTR {}
    let (status, waiting) = state.withLock { state in
      var raw: Int32 = 0
      waitpid(pid, &raw, 0)
      let status = raw & 0x7f == 0 ? raw >> 8 & 0xff : -(raw & 0x7f)
      state.status = status
      defer { state.waiting = [] }
      return (status, state.waiting)
    }
    for resume in waiting { resume(status) }
  }
}
