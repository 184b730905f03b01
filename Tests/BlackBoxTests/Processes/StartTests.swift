import TestSupport
import Testing

extension TacoHelp {
  @Suite("Starting") struct StartTests {
    private static let nowhere = "postgresql://me:s3cret@127.0.0.1:1/x"

    @Test(
      "Without a database a start fails with 69, after the wait",
      arguments: [
        ["serve"], ["worker"], ["migrate"], ["org", "create", "--name", "x", "--plan", "pro"],
        ["key", "list", "--org", "c0000000000000000000000aa"],
      ])
    func noDatabase(arguments: [String]) async throws {
      let start = ContinuousClock.now
      let program = try await Program.start(
        arguments,
        environment: ["DATABASE_URL": Self.nowhere, "DATABASE_WAIT": "1s", "PORT": "0"])
      #expect(try await program.exitStatus(within: .seconds(20)) == 69)
      #expect(ContinuousClock.now - start >= .seconds(1))
      #expect(program.standardOutput == "")
      #expect(program.standardError.contains("database"))
      #expect(!program.standardError.contains("s3cret"))
    }

    @Test("A missing database is reported, and one without the schema gets a hint")
    func unmigrated() async throws {
      try await TestDatabase.with { database in
        let missing = try TestServer.shared.url(database: "no_such_database")
        for (url, words) in [(missing, "no_such_database"), (database.url, "migrate")] {
          for command in ["serve", "worker"] {
            let outcome = try await Program.run(
              command, environment: ["DATABASE_URL": url, "DATABASE_WAIT": "0s", "PORT": "0"])
            #expect(outcome.status == 69)
            #expect(outcome.standardError.contains(words))
            #expect(outcome.standardOutput == "")
          }
        }
      }
    }

    static let unusable: [(name: String, value: String)] = [
      ("PORT", "x"), ("PORT", "-1"), ("PORT", "65536"), ("PORT", "80.5"),
      ("PORT", "99999999999999999999"),
      ("IDLE_TIMEOUT", "0s"), ("IDLE_TIMEOUT", "61m"), ("IDLE_TIMEOUT", "long"),
      ("LOG_LEVEL", "loud"), ("LOG_FORMAT", "xml"), ("DATABASE_WAIT", "soon"),
      ("DATABASE_WAIT", "-1s"), ("DATABASE_WAIT", "99999999999999999999d"),
      ("DATABASE_URL", "mysql://localhost/x"), ("DATABASE_URL", "nonsense"),
      ("DATABASE_URL", "postgresql://me:s3cret@host:notaport/x"),
      ("DATABASE_URL", "postgresql://me:s3cret@host/x?nonsense=1"),
      ("DATABASE_URL", "postgresql://me:s3cret@host/x\ny"),
      ("WEBHOOK_ALLOW_HTTP", "maybe"), ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.0/33"),
      ("WEBHOOK_ALLOWED_NETWORKS", "10.0.0.1/8,nonsense"),
      ("PUBLIC_URL", "help.example.com"), ("PUBLIC_URL", "https://help.example.com/desk"),
      ("TRUSTED_PROXIES", "10.0.0.0/33"), ("TRUSTED_PROXIES", "proxy"),
      ("ENVIRONMENT", "staging"), ("SECRET_KEYS", "s3cret"), ("SECRET_KEYS", "id:s3cret"),
      ("SECRET_KEYS", "s3cret!:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="),
      ("SECRET_KEYS_FILE", "/nonexistent"), ("SECRET_KEYS_FILE", "/"),
    ]

    @Test(
      "An unusable value stops the start with one line that names it, and 78", arguments: unusable)
    func configuration(name: String, value: String) async throws {
      let url = try Stage.require().databaseURL
      let outcome = try await Program.run(
        "serve",
        environment: [
          "DATABASE_URL": url, "DATABASE_WAIT": "1s", "PORT": "0", "LOG_FORMAT": "json",
        ].merging([name: value]) { $1 })
      #expect(outcome.status == 78)
      #expect(outcome.complaints.count == 1)
      let line = try #require(outcome.complaints.first)
      #expect(name == "LOG_FORMAT" || JSON.level(line) == "critical")
      #expect(outcome.complaints.first?.contains(name) == true)
      #expect(!outcome.standardError.contains("s3cret"))
      #expect(outcome.standardOutput == "")
    }

    @Test("A flag wins over the environment")
    func flag() async throws {
      let stage = try Stage.require()
      let server = try await Server.start(
        stage.databaseURL, arguments: ["--no-worker", "--log-level", "info", "--port", "0"],
        environment: ["LOG_LEVEL": "loud", "PORT": "x"])
      #expect(try await server.site.get("/healthz").status == 200)
      await server.program.stop()
      let outcome = try await Program.run(
        "serve", "--log-format", "xml",
        environment: ["DATABASE_URL": stage.databaseURL, "LOG_FORMAT": "json"])
      #expect(outcome.status == 78)
    }

    @Test(
      "An address that cannot be listened on stops the start with one line, before anything is sent",
      arguments: ["text", "json"])
    func portTaken(format: String) async throws {
      let stage = try Stage.require()
      let port = stage.server.port
      for (host, words) in [
        ("127.0.0.1", "Address already in use"), ("192.0.2.1", "Cannot assign requested address"),
        ("no.such.host.invalid", "there is no such host"),
      ] {
        let outcome = try await Program.run(
          "serve",
          environment: [
            "DATABASE_URL": stage.databaseURL, "HOST": host, "PORT": "\(port)",
            "LOG_FORMAT": format,
            "SECRET_KEYS": Self.key,
          ])
        #expect(outcome.status == 78)
        let line = try #require(outcome.complaints.first)
        #expect(outcome.complaints.count == 1)
        #expect(line.contains("cannot listen on \(host), port \(port): \(words)"))
        #expect(format == "text" || JSON.level(line) == "critical")
      }
    }

    private static let key = "id:AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8="

    @Test(
      "An unknown flag or command is a bad argument",
      arguments: [
        ["serve", "--nonsense"], ["nonsense"], ["serve", "extra"], ["org"], ["key", "nonsense"],
      ])
    func badArguments(arguments: [String]) async throws {
      let program = try await Program.start(arguments)
      let status = try await program.exitStatus()
      // A group of commands alone shows its help.
      #expect(status == (arguments == ["org"] ? 0 : 64))
      #expect(!(program.standardError + program.standardOutput).isEmpty)
    }

    @Test("--help lists every setting with its default", arguments: ["serve", "worker", "migrate"])
    func help(command: String) async throws {
      let outcome = try await Program.run(command, "--help")
      #expect(outcome.status == 0)
      for name in [
        "DATABASE_URL", "HOST", "PORT", "LOG_LEVEL", "LOG_FORMAT", "WEBHOOK_ALLOWED_NETWORKS",
        "WEBHOOK_ALLOW_HTTP", "DATABASE_WAIT", "127.0.0.1", "8080", "30s",
        "ENVIRONMENT", "SECRET_KEYS_FILE", "SECRET_KEYS", "IDLE_TIMEOUT", "75s",
      ] {
        #expect(outcome.standardOutput.contains(name), "\(name)")
      }
    }
  }
}

extension JSON {
  /// The level of a log line in JSON; nil if it is not one.
  fileprivate static func level(_ line: Substring) -> String? {
    (try? JSON(parsing: String(line)))?["level"]?.string
  }
}
