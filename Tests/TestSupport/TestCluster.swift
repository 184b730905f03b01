import Foundation

/// A private PostgreSQL server that a test may stop, kill and start again. Everybody on loopback is
/// trusted; nothing is synced to disk.
///
/// `TEST_POSTGRES_BIN` names the folder of its programs. As root they run as the user `postgres`.
public struct TestCluster: Sendable {
  public enum StopMode: String, Sendable { case fast, immediate }

  public let directory: String
  public let port: Int
  public let hasTLS: Bool

  /// Where `initdb` and `pg_ctl` are.
  public static let binaries =
    ProcessInfo.processInfo.environment["TEST_POSTGRES_BIN"] ?? "/usr/lib/postgresql/15/bin"

  /// Makes a cluster without starting it. With TLS it has a certificate for `localhost`, not for
  /// 127.0.0.1, signed by the CA in `certificateAuthority`.
  public static func create(tls: Bool = false) async throws -> TestCluster {
    let cluster = TestCluster(
      directory: FileManager.default.temporaryDirectory
        .appendingPathComponent("tacohelp-cluster-\(UUID().uuidString)").path,
      port: try FreePort.find(), hasTLS: tls)
    try FileManager.default.createDirectory(
      atPath: cluster.directory, withIntermediateDirectories: false)
    do {
      if geteuid() == 0 { try await TestProcess.run("chown", ["postgres", cluster.directory]) }
      let template = try await ClusterTemplate.shared.path()
      try await Self.run("cp", ["-a", template, cluster.data])
      if tls { try await cluster.makeCertificates() }
    } catch {
      try? FileManager.default.removeItem(atPath: cluster.directory)
      throw error
    }
    return cluster
  }

  /// Lends a cluster to `body`, started unless told otherwise, then deletes it.
  public static func with<R>(
    settings: [String: String] = [:], tls: Bool = false, started: Bool = true,
    _ body: (TestCluster) async throws -> R
  ) async throws -> R {
    let cluster = try await create(tls: tls)
    do {
      if started { try await cluster.start(settings: settings) }
      let result = try await body(cluster)
      await cluster.delete()
      return result
    } catch {
      await cluster.delete()
      throw error
    }
  }

  /// A libpq URI of one of its databases.
  public func url(
    database: String = "postgres", host: String = "127.0.0.1", parameters: String = ""
  ) -> String {
    "postgresql://postgres@\(host):\(port)/\(database)\(parameters.isEmpty ? "" : "?\(parameters)")"
  }

  public var server: TestServer { TestServer(url: url()) }

  /// The certificate of the CA that signed the server's.
  public var certificateAuthority: String { "\(directory)/ca.crt" }

  /// The server's log.
  public var log: String {
    (try? String(contentsOfFile: "\(directory)/log", encoding: .utf8)) ?? ""
  }

  /// Writes a file into the cluster's folder, readable by everybody, and returns its path.
  public func writeFile(_ name: String, _ text: String) throws -> String {
    let path = "\(directory)/\(name)"
    try text.write(toFile: path, atomically: false, encoding: .utf8)
    return path
  }

  /// Starts the server and waits until it accepts connections.
  public func start(settings: [String: String] = [:]) async throws {
    var settings = settings.merging([
      "listen_addresses": "127.0.0.1", "port": "\(port)", "unix_socket_directories": "",
      "fsync": "off", "shared_buffers": "16MB",
    ]) { given, _ in given }
    if hasTLS {
      settings["ssl"] = "on"
      settings["ssl_cert_file"] = "\(directory)/server.crt"
      settings["ssl_key_file"] = "\(directory)/server.key"
    }
    let options = settings.sorted { $0.key < $1.key }.map { "-c \($0.key)='\($0.value)'" }
    let arguments = ["start", "-w", "-l", "\(directory)/log", "-o", options.joined(separator: " ")]
    try await eventually("the cluster started", within: .seconds(30)) {
      do {
        try await pgControl(arguments)
        return true
      } catch let error as TestError {
        // After a kill the last children may still hold the shared memory.
        if log.contains("pre-existing shared memory block") { return false }
        throw TestError("\(error)\n\(log)")
      }
    }
  }

  /// Stops the server and waits until it has ended.
  public func stop(_ mode: StopMode = .fast) async throws {
    try await pgControl(["stop", "-w", "-m", mode.rawValue])
  }

  /// Kills the postmaster with SIGKILL, as a crash would, and waits until it has ended.
  public func kill() async throws {
    let file = try String(contentsOfFile: "\(data)/postmaster.pid", encoding: .utf8)
    guard let pid = file.split(separator: "\n").first.flatMap({ Int32($0) }) else {
      throw TestError("no pid in \(data)/postmaster.pid")
    }
    guard Glibc.kill(pid, SIGKILL) == 0 else { throw TestError("cannot kill \(pid)") }
    try await eventually("the postmaster ended") { Glibc.kill(pid, 0) != 0 }
  }

  /// Makes a stopped server give out this transaction id next, as if all before it had been used.
  public func setNextTransactionID(_ id: UInt32) async throws {
    // Two bits for each transaction, 256 KiB a file.
    let segment = String(format: "%04X", id / (256 * 1024 * 4))
    try Data(count: 256 * 1024).write(to: URL(fileURLWithPath: "\(data)/pg_xact/\(segment)"))
    if geteuid() == 0 {
      try await TestProcess.run("chown", ["postgres", "\(data)/pg_xact/\(segment)"])
    }
    try await Self.run("\(Self.binaries)/pg_resetwal", ["-f", "-x", "\(id)", "-D", data])
  }

  /// Stops the server, should it run, and removes its files.
  public func delete() async {
    // A server that does not run cannot be stopped, which is as well.
    try? await stop(.immediate)
    try? FileManager.default.removeItem(atPath: directory)
  }

  private var data: String { "\(directory)/data" }

  private func pgControl(_ arguments: [String]) async throws {
    try await Self.run("\(Self.binaries)/pg_ctl", ["-D", data] + arguments)
  }

  private func makeCertificates() async throws {
    let key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2"]
    try await Self.run(
      "openssl",
      ["req", "-x509", "-subj", "/CN=Test CA"] + key
        + ["-keyout", "\(directory)/ca.key", "-out", certificateAuthority])
    try await Self.run(
      "openssl",
      ["req", "-x509", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"] + key
        + ["-CA", certificateAuthority, "-CAkey", "\(directory)/ca.key"]
        + ["-addext", "basicConstraints=critical,CA:FALSE"]
        + ["-keyout", "\(directory)/server.key", "-out", "\(directory)/server.crt"])
  }

  static func run(_ executable: String, _ arguments: [String]) async throws {
    try await TestProcess.run(
      executable, arguments, environment: ["LC_ALL": "C.UTF-8"], unprivileged: true)
  }
}
