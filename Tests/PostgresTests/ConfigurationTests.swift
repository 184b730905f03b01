import Testing

@testable import Postgres

@Suite("Configuration") struct ConfigurationTests {
  @Test(
    "a URL that libpq cannot read is refused with its reason",
    arguments: [
      ("postgresql://localhost/x?no_such_option=1", "no_such_option"),
      ("nonsense", "missing \"=\""),
      ("host=localhost nonsense", "missing \"=\""),
    ])
  func refused(_ url: String, _ reason: String) {
    let fault = PostgresConfiguration.fault(inURL: url)
    #expect(fault?.contains(reason) == true, "\(fault ?? "accepted")")
    #expect(fault?.contains("\n") == false)
  }

  @Test(
    "what libpq reads is accepted",
    arguments: [
      "postgresql://localhost", "postgres://a:b@h1:1,h2:2/db?target_session_attrs=read-write",
      "host=localhost port=5432", "",
    ])
  func accepted(_ url: String) { #expect(PostgresConfiguration.fault(inURL: url) == nil) }

  @Test("the session's settings follow those of the URL") func options() {
    var configuration = PostgresConfiguration(url: "postgresql://h/db?options=-csearch_path%3Da")
    configuration.timeout = .seconds(3)
    let options = configuration.keywords().last { $0.0 == "options" }?.1
    #expect(options?.hasPrefix("-csearch_path=a -c statement_timeout=2500 ") == true)
    configuration.searchPath = "b"
    let both = configuration.keywords().last { $0.0 == "options" }?.1
    #expect(both?.hasPrefix("-c search_path=b -csearch_path=a -c ") == true)
    configuration.hasOwnSession = false
    #expect(!configuration.keywords().contains { $0.0 == "options" })
  }

  @Test(
    "the server gives up before the client does",
    arguments: [(4500, 4000), (1000, 500), (600, 300), (100, 50), (1, 1)])
  func statementTimeout(_ timeout: Int, _ expected: Int) {
    var configuration = PostgresConfiguration(url: "")
    configuration.timeout = .milliseconds(timeout)
    let options = configuration.keywords().last { $0.0 == "options" }?.1
    #expect(options?.contains("statement_timeout=\(expected) ") == true)
  }

  @Test("behind a transaction pooler nothing is sent ahead") func depth() {
    var configuration = PostgresConfiguration(url: "")
    #expect(configuration.usedPipelineDepth == 8)
    configuration.hasOwnSession = false
    #expect(configuration.usedPipelineDepth == 1)
  }
}
