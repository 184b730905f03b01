import Foundation

/// A reverse proxy in front of servers, with its own defaults unless a test needs another setting.
public enum ReverseProxy: String, CaseIterable, Sendable {
  case nginx, nginxUnbuffered, haproxy, apache

  /// Starts the proxy, lends the port that it listens on to `body`, and stops it afterwards.
  ///
  /// - Parameters:
  ///   - servers: ports of 127.0.0.1 that requests are spread over
  public func with<R>(servers: [Int], _ body: (_ port: Int) async throws -> R) async throws -> R {
    try await TemporaryDirectory.with { folder in
      let port = try FreePort.find()
      let file = folder.appendingPathComponent("proxy.conf").path
      try configuration(port, servers, folder.path)
        .write(toFile: file, atomically: true, encoding: .utf8)
      let process = try await TestProcess("env", Self.path + command(file))
      return try await process.stopping {
        try await eventually("\(rawValue) listened") {
          guard process.isRunning else { throw TestError("\(rawValue): \(process.output)") }
          return (try? RawConnection(port: port)) != nil
        }
        return try await body(port)
      }
    }
  }

  /// A number of fields, and their length, that the proxy passes on and the server refuses: more than 100
  /// fields, or more than 32 KiB. Nil if the proxy itself refuses that much.
  public var fieldsTooMuch: (count: Int, length: Int)? {
    switch self {
    case .nginx, .nginxUnbuffered: (97, 1)
    case .haproxy: nil
    case .apache: (80, 450)
    }
  }

  /// False if the proxy looks for an answer only after it has sent the whole request.
  public var takesAnswersMeanwhile: Bool { self == .nginxUnbuffered || self == .haproxy }

  /// Includes the folder in which Debian keeps servers, which only root has in its path.
  private static let path = ["PATH=\(ProcessInfo.processInfo.environment["PATH"] ?? ""):/usr/sbin"]

  private func command(_ file: String) -> [String] {
    switch self {
    case .nginx, .nginxUnbuffered: ["nginx", "-e", "stderr", "-c", file]
    case .haproxy: ["haproxy", "-db", "-f", file]
    case .apache: ["apache2", "-X", "-f", file]
    }
  }

  private func configuration(_ port: Int, _ servers: [Int], _ folder: String) -> String {
    switch self {
    case .nginx, .nginxUnbuffered:
      """
      daemon off; master_process off; pid \(folder)/pid;
      events {}
      http {
        access_log off;
        client_body_temp_path \(folder)/body; proxy_temp_path \(folder)/proxy;
        fastcgi_temp_path \(folder)/fastcgi; uwsgi_temp_path \(folder)/uwsgi;
        scgi_temp_path \(folder)/scgi;
        # The server shall say what is too large.
        client_max_body_size 4m;
        \(self == .nginxUnbuffered ? "proxy_request_buffering off;" : "")
        upstream api { \(servers.map { "server 127.0.0.1:\($0);" }.joined(separator: " ")) }
        server {
          listen 127.0.0.1:\(port);
          location / { proxy_pass http://api; }
        }
      }
      """
    case .haproxy:
      """
      defaults
        mode http
        timeout connect 5s
        timeout client 50s
        timeout server 50s
      frontend http
        bind 127.0.0.1:\(port)
        default_backend api
      backend api
      \(servers.map { "  server s\($0) 127.0.0.1:\($0)" }.joined(separator: "\n"))

      """
    case .apache:
      """
      ServerName proxy
      Listen 127.0.0.1:\(port)
      DefaultRuntimeDir \(folder)
      PidFile \(folder)/pid
      ErrorLog /dev/stderr
      \(["mpm_event", "authz_core", "slotmem_shm", "proxy", "proxy_http", "proxy_balancer",
        "lbmethod_byrequests"]
        .map { "LoadModule \($0)_module /usr/lib/apache2/modules/mod_\($0).so" }
        .joined(separator: "\n"))
      # Apache does not work as root.
      \(geteuid() == 0 ? "User www-data\nGroup www-data" : "")
      <Proxy balancer://api>
      \(servers.map { "  BalancerMember http://127.0.0.1:\($0)" }.joined(separator: "\n"))
      </Proxy>
      ProxyPass / balancer://api/

      """
    }
  }
}
