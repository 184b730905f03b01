import Foundation
import TestReceivers
import TestSupport
import Testing

/// The samples in docs/receivers: code for receivers of webhooks, to paste.
///
/// The signatures come from our own Cryptography, not from the samples. The test of a runtime that is not
/// installed is skipped.
@Suite("Samples for receivers", .timeLimit(.minutes(2))) struct ReceiverSampleTests {
  @Test(
    "Node.js", .serialized, .enabled(if: isInstalled("node"), "node is not installed"),
    arguments: ReceivedRequest.all)
  func node(request: ReceivedRequest) async throws {
    try await request.check("node", [sample("verify.mjs")])
  }

  @Test(
    "Python", .serialized, .enabled(if: isInstalled("python3"), "python3 is not installed"),
    arguments: ReceivedRequest.all)
  func python(request: ReceivedRequest) async throws {
    try await request.check("python3", [sample("verify.py")])
  }

  @Test(
    "Go", .serialized, .enabled(if: isInstalled("go"), "go is not installed"),
    arguments: ReceivedRequest.all)
  func go(request: ReceivedRequest) async throws {
    try await request.check(try await GoSample.shared.program(), [])
  }

  @Test(
    "Shell", .serialized,
    .enabled(if: isInstalled("bash", "openssl"), "bash or openssl is not installed"),
    arguments: ReceivedRequest.all)
  func shell(request: ReceivedRequest) async throws {
    try await request.check("bash", [sample("verify.sh")])
  }

  @Test("Swift", arguments: ReceivedRequest.all)
  func swift(request: ReceivedRequest) throws {
    let environment = try request.environment()
    let secret = environment["WEBHOOK_SECRET"] ?? ""
    let header = { (name: String) in
      environment[name.uppercased().replacing("-", with: "_")]
    }
    var refusal: String?
    do {
      if request.scheme == .standard {
        try ReceivedWebhook.verify(secret: secret, body: request.body, header: header)
      } else {
        try ReceivedWebhook.verifySimple(secret: secret, body: request.body, header: header)
      }
    } catch let error as ReceivedWebhook.NotGenuine {
      refusal = error.reason
    }
    #expect(refusal == request.refusal?.rawValue)
  }

  @Test(
    "what verify.sh sends is genuine, in both schemes",
    .enabled(
      if: isInstalled("bash", "openssl", "curl", "python3"),
      "bash, openssl, curl or python3 is not installed"))
  func send() async throws {
    let receiver = try await TestProcess(
      "python3", ["-c", Self.receiver, sample("")],
      environment: ["WEBHOOK_SECRET": ReceivedRequest.secret])
    try await eventually("the receiver listens") { receiver.output.hasSuffix("\n") }
    let port = receiver.output.trimmingCharacters(in: .whitespacesAndNewlines)
    try await withFile(Array(#"{"type":"webhook.test","data":{"text":"🌮"}}"#.utf8)) { body in
      let send = { (secret: String) in
        try await TestProcess.run(
          "bash", [sample("verify.sh"), "--send", "http://127.0.0.1:\(port)/webhooks", body],
          environment: ["WEBHOOK_SECRET": secret, "no_proxy": "127.0.0.1"])
      }
      let answer = try await send(ReceivedRequest.secret)
      #expect(answer.contains("204 genuine"))
      await #expect(throws: TestError.self) { try await send(ReceivedRequest.otherSecret) }
    }
    #expect(try await receiver.exitStatus() == 0)
  }

  @Test(
    "the page shows each sample to the letter",
    arguments: ["verify.mjs", "verify.py", "verify.go", "Verify.swift", "verify.sh"])
  func page(name: String) throws {
    let text = try String(contentsOfFile: sample(name), encoding: .utf8)
    // The code from this line on is for the command line.
    let shown = try #require(
      text.split(separator: /\n+(\/\/|#) --- Command line/, maxSplits: 1).first)
    let page = try String(contentsOfFile: sample("README.md"), encoding: .utf8)
    #expect(
      page.contains("\n\(shown.trimmingCharacters(in: .newlines))\n```\n"),
      "paste \(name), up to its command line, into docs/receivers/README.md")
  }

  /// Answers two requests, each 204 if both verifiers of verify.py accept it.
  private static let receiver = """
    import http.server, os, sys
    sys.dont_write_bytecode = True
    sys.path.insert(0, sys.argv[1])
    from verify import verify, verify_simple

    class Receiver(http.server.BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            try:
                for check in verify, verify_simple:
                    check(os.environ["WEBHOOK_SECRET"], self.headers, body)
                self.send_response(204, "genuine")
            except ValueError as error:
                self.send_response(400, str(error))
            self.end_headers()

        def log_message(self, *arguments):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Receiver)
    server.timeout = 20
    print(server.server_port, flush=True)
    server.handle_request()
    server.handle_request()
    """
}

/// verify.go as a program, built once in the process.
private actor GoSample {
  static let shared = GoSample()

  private static let path = FileManager.default.temporaryDirectory
    .appending(path: "tacohelp-verify-\(UUID().uuidString)").path
  private var building: Task<Void, any Error>?

  func program() async throws -> String {
    let task =
      building
      ?? Task {
        atexit { unlink(GoSample.path) }
        try await TestProcess.run("go", ["build", "-o", Self.path, sample("verify.go")])
      }
    building = task
    try await task.value
    return Self.path
  }
}

private func sample(_ name: String) -> String {
  URL(filePath: #filePath).deletingLastPathComponent()
    .appending(path: "../../docs/receivers/\(name)").standardizedFileURL.path
}

/// True if all of these programs are in `PATH`.
private func isInstalled(_ programs: String...) -> Bool {
  let folders = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
  return programs.allSatisfy { program in
    folders.contains { FileManager.default.isExecutableFile(atPath: "\($0)/\(program)") }
  }
}

/// Lends the path of a file with these bytes.
func withFile(_ bytes: [UInt8], _ body: (String) async throws -> Void) async throws {
  let file = FileManager.default.temporaryDirectory
    .appending(path: "tacohelp-body-\(UUID().uuidString)")
  try Data(bytes).write(to: file)
  defer { try? FileManager.default.removeItem(at: file) }
  try await body(file.path)
}
