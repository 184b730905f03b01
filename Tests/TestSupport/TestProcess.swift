import Foundation
import Synchronization

/// A program started by a test, its output and errors captured in one file.
public final class TestProcess: Sendable {
  public let pid: Int32
  private let outputFile: URL
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
    let process = Process()
    process.executableURL = URL(fileURLWithPath: "/usr/bin/env")
    process.arguments = (unprivileged && geteuid() == 0 ? user : []) + [executable] + arguments
    process.environment = ProcessInfo.processInfo.environment.merging(environment) { $1 }
    process.currentDirectoryURL = URL(fileURLWithPath: "/")
    let file = FileManager.default.temporaryDirectory
      .appendingPathComponent("tacohelp-output-\(UUID().uuidString)")
    // A file, not a pipe: a daemon that the program leaves behind would keep a pipe open.
    guard FileManager.default.createFile(atPath: file.path, contents: nil) else {
      throw TestError("cannot create \(file.path)")
    }
    let output = try FileHandle(forWritingTo: file)
    process.standardInput = FileHandle.nullDevice
    process.standardOutput = output
    process.standardError = output
    let exit = Exit()
    process.terminationHandler = { exit.set($0.terminationStatus) }
    try process.run()
    try output.close()
    self.outputFile = file
    self.exit = exit
    self.pid = process.processIdentifier
  }

  deinit { try? FileManager.default.removeItem(at: outputFile) }

  /// Everything written so far.
  public var output: String {
    (try? Data(contentsOf: outputFile)).map { String(decoding: $0, as: UTF8.self) } ?? ""
  }

  public var isRunning: Bool { exit.status == nil }

  /// Sends a signal; does nothing once the program has ended.
  public func signal(_ signal: Int32) {
    if isRunning { kill(pid, signal) }
  }

  /// Waits for the end and returns the exit status.
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
}

/// A program's exit status, once there is one.
private final class Exit: Sendable {
  private struct State {
    var status: Int32?
    var waiting: [@Sendable (Int32) -> Void] = []
  }

  private let state = Mutex(State())

  var status: Int32? { state.withLock { $0.status } }

  func set(_ status: Int32) {
    let waiting = state.withLock { state in
      state.status = status
      defer { state.waiting = [] }
      return state.waiting
    }
    for resume in waiting { resume(status) }
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
}
