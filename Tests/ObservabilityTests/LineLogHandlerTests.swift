import Logging
import Synchronization
import Testing

@testable import Observability

@Suite("Log lines")
struct LineLogHandlerTests {
  private static let time = UTCTimestamp(milliseconds: 1_773_739_800_000)

  private let written = Written()

  private final class Written: Sendable {
    private let kept = Mutex<[String]>([])
    var lines: [String] { kept.withLock { $0 } }
    func append(_ line: String) { kept.withLock { $0.append(line) } }
  }

  private func logger(
    _ format: LogFormat, level: Logger.Level = .trace, provider: Logger.MetadataProvider? = nil
  ) -> Logger {
    Logger(label: "tacohelp.test") { label in
      var handler = LineLogHandler(
        label: label, level: level, format: format, now: { Self.time }, write: written.append)
      handler.metadataProvider = provider
      return handler
    }
  }

  private func line(
    _ format: LogFormat, _ message: String, _ metadata: Logger.Metadata = [:]
  ) -> String? {
    logger(format).info("\(message)", metadata: metadata)
    return written.lines.last
  }

  @Test(
    "A JSON message is escaped so that the record stays one line",
    arguments: [
      ("plain", #""plain""#),
      ("a \"quote\" and a \\", #""a \"quote\" and a \\""#),
      ("one\ntwo\r\nthree\t", #""one\ntwo\r\nthree\t""#),
      ("\u{0}\u{1B}[31m\u{7F}\u{9B}", #""\u0000\u001b[31m\u007f\u009b""#),
      ("\u{2028}\u{2029}", #""\u2028\u2029""#),
      ("taco 🌮 👩‍💻 é", #""taco 🌮 👩‍💻 é""#),
      ("\",\"level\":\"error", #""\",\"level\":\"error""#),
      ("", "\"\""),
    ])
  func jsonMessage(message: String, literal: String) {
    #expect(
      line(.json, message)
        == #"{"time":"2026-03-17T09:30:00.000Z","level":"info","message":"# + literal
        + #","logger":"tacohelp.test"}"# + "\n")
  }

  @Test(
    "JSON metadata is flattened, nested, typed and kept off the reserved names",
    arguments: [
      (["b": "2", "a": "1"], #""a":"1","b":"2""#),
      (["k\n": "v\n"], #""k\n":"v\n""#),
      (
        ["time": "t", "level": "l", "message": "m", "logger": "g"],
        #""level_":"l","logger_":"g","message_":"m","time_":"t""#
      ),
      (["time": "t", "time_": "u"], #""time__":"t","time_":"u""#),
      (["d": ["y": ["1", ["z": "\"\n"]], "x": [:]]], #""d":{"x":{},"y":["1",{"z":"\"\n"}]}"#),
      (["a": []], #""a":[]"#),
      (["status": .stringConvertible(200)], #""status":200"#),
      (["max": .stringConvertible(UInt64.max)], #""max":18446744073709551615"#),
      (["ok": .stringConvertible(true)], #""ok":true"#),
      (["ms": .stringConvertible(1.5)], #""ms":1.5"#),
      (["ms": .stringConvertible(Double.nan)], #""ms":"nan""#),
      (["took": .stringConvertible(Duration.seconds(1))], #""took":"1.0 seconds""#),
    ] as [(Logger.Metadata, String)])
  func jsonMetadata(metadata: Logger.Metadata, members: String) {
    #expect(
      line(.json, "m", metadata)
        == #"{"time":"2026-03-17T09:30:00.000Z","level":"info","message":"m","#
        + #""logger":"tacohelp.test","# + members + "}\n")
  }

  @Test(
    "A text line is quoted wherever it could be forged",
    arguments: [
      ("request done", [:], "request done"),
      ("", [:], "\"\""),
      ("taco 🌮", ["who": "👩‍💻"], "taco 🌮 who=👩‍💻"),
      (
        "a\n2026-03-17T09:30:00.000Z error  b", [:],
        #""a\n2026-03-17T09:30:00.000Z error  b""#
      ),
      ("done user=admin", [:], #""done user=admin""#),
      ("m", ["b": "2", "a": "1"], "m a=1 b=2"),
      ("m", ["k": "two words"], #"m k="two words""#),
      ("m", ["k": "a=b"], #"m k="a=b""#),
      ("m", ["k": "say \"hi\" \\"], #"m k="say \"hi\" \\""#),
      ("m", ["k": "a\nb\u{1B}\u{85}"], #"m k="a\nb\u001b\u0085""#),
      ("m", ["k": "a\u{2028}b"], #"m k="a\u2028b""#),
      ("m", ["k": "a\u{3000}b"], "m k=\"a\u{3000}b\""),
      ("m", ["k": ""], #"m k="""#),
      ("m", ["a b=c": "v"], #"m "a b=c"=v"#),
      ("m", ["n": .stringConvertible(7)], "m n=7"),
      ("m", ["d": ["x": ["1"]]], #"m d="{\"x\":[\"1\"]}""#),
    ] as [(String, Logger.Metadata, String)])
  func text(message: String, metadata: Logger.Metadata, rest: String) {
    #expect(line(.text, message, metadata) == "2026-03-17T09:30:00.000Z info  " + rest + "\n")
  }

  @Test("Text levels are aligned to five characters")
  func textLevels() {
    let log = logger(.text)
    for level in Logger.Level.allCases { log.log(level: level, "m") }
    #expect(
      written.lines.map { $0.dropFirst(25).dropLast() } == [
        "trace m", "debug m", "info  m", "notice m", "warning m", "error m", "critical m",
      ])
  }

  @Test("Records below the level are not written", arguments: LogFormat.allCases)
  func levelFiltering(format: LogFormat) {
    var quiet = logger(format, level: .warning)
    let copy = quiet
    quiet.info("no")
    quiet.warning("yes")
    quiet.logLevel = .critical
    quiet.error("no")
    copy.error("yes")
    #expect(written.lines.count == 2)
    #expect(written.lines.allSatisfy { $0.contains("yes") })
  }

  @Test("A record's metadata wins over the handler's, and that over the provider's")
  func precedence() {
    let provider = Logger.MetadataProvider {
      ["record": "provider", "handler": "provider", "provider": "provider"]
    }
    var log = logger(.text, provider: provider)
    log[metadataKey: "record"] = "handler"
    log[metadataKey: "handler"] = "handler"
    log.info("m", metadata: ["record": "record"])
    log[metadataKey: "handler"] = nil
    log.info("m")
    #expect(
      written.lines.map { $0.dropFirst(31) } == [
        "m handler=handler provider=provider record=record\n",
        "m handler=provider provider=provider record=handler\n",
      ])
  }

  @Test("A record's error becomes metadata")
  func error() {
    struct Spilled: Error {}
    logger(.text).error("m", error: Spilled())
    let line = written.lines.last ?? ""
    #expect(line.contains(" m error.message=Spilled() error.type="))
    #expect(line.hasSuffix("Spilled\n") || line.hasSuffix("Spilled\"\n"))
  }

  @Test(
    "A timestamp is RFC 3339 in UTC with milliseconds",
    arguments: [
      (0, "1970-01-01T00:00:00.000Z"),
      (-1, "1969-12-31T23:59:59.999Z"),
      (951_782_400_001, "2000-02-29T00:00:00.001Z"),
      (1_709_251_199_999, "2024-02-29T23:59:59.999Z"),
      (1_735_689_600_010, "2025-01-01T00:00:00.010Z"),
      (4_107_542_400_000, "2100-03-01T00:00:00.000Z"),
    ])
  func timestamp(milliseconds: Int, text: String) {
    #expect(UTCTimestamp(milliseconds: milliseconds).description == text)
  }

  @Test("The wall clock gives a time of this century")
  func now() {
    #expect(UTCTimestamp.now.milliseconds > 1_700_000_000_000)
  }
}
