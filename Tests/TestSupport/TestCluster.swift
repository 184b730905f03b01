import Foundation

/// A private PostgreSQL server that a test may stop, kill and start again. Everybody on loopback is
/// trusted; nothing is synced to disk.
///
/// `TEST_POSTGRES_BIN` names the folder of its programs. As root they run as the user `postgres`.
public struct TestCluster: Sendable {
  public enum StopMode: String, Sendable { case fast, immediate }

  private let directory: String
  public let port: Int

  /// The folder of `initdb` and `pg_ctl`.
  public static let binaries =
    ProcessInfo.processInfo.environment["TEST_POSTGRES_BIN"] ?? "/usr/lib/postgresql/15/bin"

  /// Lends a cluster to `body`, started unless told otherwise, then deletes it. With TLS it has a
  /// certificate for `localhost`, not for 127.0.0.1, signed by the CA in `certificateAuthority`.
  public static func with<R>(
    settings: [String: String] = [:], tls: Bool = false, started: Bool = true,
    _ body: (TestCluster) async throws -> R
  ) async throws -> R {
    let cluster = TestCluster(directory: newDirectory(), port: try FreePort.find())
    return try await ending(with: cluster.delete) {
      try await makeDirectory(cluster.directory)
      try await template.value
      try await run("cp", ["-a", "\(templateDirectory)/data", cluster.data])
      if tls { try await cluster.makeCertificates() }
      if started { try await cluster.start(settings: settings) }
      return try await body(cluster)
    }
  }

  private static let templateDirectory = newDirectory()

  /// A data folder by `initdb`, made once in the process and copied for each cluster: that takes a tenth
  /// of the time.
  private static let template = Task {
    try await makeDirectory(templateDirectory)
    atexit { try? FileManager.default.removeItem(atPath: TestCluster.templateDirectory) }
    try await run(
      "\(binaries)/initdb",
      [
        "-D", "\(templateDirectory)/data", "-U", "postgres", "-A", "trust", "--no-sync",
        "--encoding=UTF8", "--locale=C.UTF-8",
      ])
  }

  private static func newDirectory() -> String {
    FileManager.default.temporaryDirectory
      .appending(path: "tacohelp-cluster-\(UUID().uuidString)").path
  }

  /// Makes a directory that PostgreSQL's programs may write.
  private static func makeDirectory(_ path: String) async throws {
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: false)
    if geteuid() == 0 { try await TestProcess.run("chown", ["postgres", path]) }
  }

  /// A libpq URI of one of its databases.
  public func url(
    database: String = "postgres", host: String = "127.0.0.1", parameters: String = ""
  ) -> String {
    "postgresql://postgres@\(host):\(port)/\(database)\(parameters.isEmpty ? "" : "?\(parameters)")"
  }

  public var server: TestServer { TestServer(url: url()) }

  /// The certificate of the CA that signed the server's.
  public var certificateAuthority: String { "\(data)/ca.crt" }

  /// Writes a file into the cluster's folder, readable by everybody, and returns its path.
  public func writeFile(_ name: String, _ text: String) throws -> String {
    let path = "\(directory)/\(name)"
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    return path
  }

  /// Starts the server and waits until it accepts connections.
  public func start(settings: [String: String] = [:]) async throws {
    let settings = settings.merging([
      "listen_addresses": "127.0.0.1", "port": "\(port)", "unix_socket_directories": "",
      "fsync": "off", "shared_buffers": "16MB",
      "ssl": FileManager.default.fileExists(atPath: certificateAuthority) ? "on" : "off",
    ]) { given, _ in given }
    let options = settings.map { "-c \($0.key)='\($0.value)'" }.joined(separator: " ")
    try await eventually("the cluster started", within: .seconds(30)) {
      do {
        try await control(["start", "-w", "-l", "\(directory)/log", "-o", options])
        return true
      } catch let error as TestError {
        let log = try String(contentsOfFile: "\(directory)/log", encoding: .utf8)
        // After a kill the last children may still hold the shared memory.
        if log.contains("pre-existing shared memory block") { return false }
        throw TestError("\(error)\n\(log)")
      }
    }
  }

  /// Stops the server and waits until it has ended.
  public func stop(_ mode: StopMode = .fast) async throws {
    try await control(["stop", "-w", "-m", mode.rawValue])
  }

  /// Kills the postmaster with SIGKILL, as a crash would, and waits until it has ended.
  public func kill() async throws {
    let file = try String(contentsOfFile: "\(data)/postmaster.pid", encoding: .utf8)
    guard let pid = file.split(separator: "\n").first.flatMap({ Int32($0) }),
      Glibc.kill(pid, SIGKILL) == 0
    else { throw TestError("cannot kill the postmaster of \(data): \(file)") }
    try await eventually("the postmaster ended") { Glibc.kill(pid, 0) != 0 }
  }

  /// Makes a stopped server give out this transaction id next, as if all before it had been used.
  public func setNextTransactionID(_ id: UInt32) async throws {
    // Two bits for each transaction, 256 KiB a file.
    let segment = String(format: "%04X", id / (256 * 1024 * 4))
    try await Self.run("truncate", ["-s", "256K", "\(data)/pg_xact/\(segment)"])
    try await Self.run("\(Self.binaries)/pg_resetwal", ["-f", "-x", "\(id)", "-D", data])
  }

  private func delete() async {
    // A server that does not run cannot be stopped, which is as well.
    try? await stop(.immediate)
    try? FileManager.default.removeItem(atPath: directory)
  }

  private var data: String { "\(directory)/data" }

  private func control(_ arguments: [String]) async throws {
    try await Self.run("\(Self.binaries)/pg_ctl", ["-D", data] + arguments)
  }

  /// In the data folder, where PostgreSQL looks for them.
  private func makeCertificates() async throws {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    try await Self.run(
      "openssl",
      ["req", "-x509", "-subj", "/CN=Test CA"] + key
        + ["-keyout", "\(data)/ca.key", "-out", certificateAuthority])
    try await Self.run(
      "openssl",
      ["req", "-x509", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"] + key
        + ["-CA", certificateAuthority, "-CAkey", "\(data)/ca.key"]
        + ["-addext", "basicConstraints=critical,CA:FALSE"]
        + ["-keyout", "\(data)/server.key", "-out", "\(data)/server.crt"])
  }

  private static func run(_ executable: String, _ arguments: [String]) async throws {
    try await TestProcess.run(
      executable, arguments, environment: ["LC_ALL": "C.UTF-8"], unprivileged: true)
  }
}
