import Foundation
import TestSupport
import Testing

extension TacoHelp {
  @Suite("The API page") struct DocsTests {
    /// The page as everybody sees it.
    private func page(_ query: String = "") async throws -> Answer {
      let answer = try await Stage.require().server.site.get("/docs\(query)")
      guard answer.status == 200 else { throw TestError("\(answer)") }
      return answer
    }

    private func ids(_ page: Answer) -> [String] {
      page.body.matches(of: /\sid="([^"]+)"/).map { String($0.1) }
    }

    @Test("Every operation, error, event, scope and object of the description is there")
    func complete() async throws {
      let page = try await page()
      let ids = Set(ids(page))
      let document = try await Stage.require().server.site.get("/openapi.json").json
      let operations = try await DescribedOperation.all()
      #expect(operations.count > 10)
      for operation in operations {
        #expect(ids.contains(operation.id))
        #expect(page.body.contains("<code>\(operation.path)</code>"))
      }
      let words = document["components"]?["schemas"]
      for code in words?["ErrorCode"]?["enum"]?.items ?? [.null] {
        #expect(ids.contains("error-\(code.string ?? "")"))
      }
      for event in document["webhooks"]?.keys ?? [""] { #expect(ids.contains(event)) }
      for scope in Operation.scopes + ["*"] { #expect(ids.contains("scope-\(scope)")) }
      for header in [
        "X-RateLimit-Remaining", "Retry-After", "X-Webhook-Signature", "webhook-signature",
      ] {
        #expect(page.body.contains("<code>\(header)</code>"), "\(header)")
      }
    }

    @Test("Ids are unique, links lead somewhere, and nothing comes from elsewhere")
    func links() async throws {
      let page = try await page()
      let ids = ids(page)
      #expect(ids.count > 100)
      #expect(Set(ids).count == ids.count)
      let targets = Set(page.body.matches(of: /href="([^"]+)"/).map { String($0.1) })
      var paths: Set<String> = []
      for target in targets where !target.hasPrefix("https://") {
        let parts = target.split(separator: "#", omittingEmptySubsequences: false)
        if parts.count == 2, parts[0].isEmpty || parts[0] == "/docs" {
          #expect(ids.contains(String(parts[1])), "\(target)")
        } else {
          paths.insert(target)
        }
      }
      #expect(paths.isSuperset(of: ["/sign-in", "/openapi.json", "/settings/api-keys"]))
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      for path in paths {
        #expect(try await browser.open(path).status < 400, "\(path)")
      }
      for source in page.body.matches(of: /(src|stylesheet" href)="([^"]+)"/) {
        #expect(source.2.hasPrefix("/assets/"))
      }
      for mark in page.body.matches(of: /data-copy="([^"]+)"/) {
        #expect(ids.contains(String(mark.1)))
      }
    }

    @Test("It shows the samples for receivers, as tests run them")
    func samples() async throws {
      let page = try await page()
      for name in ["verify.mjs", "verify.py", "verify.go", "Verify.swift", "verify.sh"] {
        let shown = try #require(page.code("sample-\(name)"))
        let sample = try Repository.text("docs/receivers/\(name)")
        #expect(sample.hasPrefix(shown))
        #expect(!shown.contains("--- Command line"))
        #expect(shown.contains("no signature matches"))
      }
    }

    @Test("It is a page without cookies and scripts of others, and not too large")
    func headers() async throws {
      let page = try await page()
      #expect(page.header("Content-Type") == "text/html; charset=utf-8")
      #expect(page.header("Set-Cookie") == nil)
      #expect(page.header("Content-Security-Policy")?.contains("default-src 'none'") == true)
      #expect(page.body.utf8.count < 300_000)
    }

    @Test("Signed in, the page links to the settings, and is not kept")
    func signedIn() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      let page = try await browser.open("/docs")
      #expect(page.status == 200)
      #expect(page.body.contains("href=\"/settings/account\""))
      #expect(page.header("Cache-Control") == "no-store")
      #expect(try await browser.open("/settings/account").body.contains("href=\"/docs\""))
      #expect(try await Browser().client.site.get("/sign-in").body.contains("href=\"/docs\""))
    }

    @Test("It names the server as it was asked for, unless the operator says otherwise")
    func origin() async throws {
      let stage = try Stage.require()
      let origin = "http://127.0.0.1:\(stage.server.port)"
      #expect(try await page().code("curl-checkHealth") == "curl '\(origin)/healthz'")
      let hosts = [
        ("Help.example:81", "http://help.example:81"), ("x\"y'z", "http://127.0.0.1:8080"),
        ("<b>", "http://127.0.0.1:8080"),
      ]
      for (host, origin) in hosts {
        let answer = try await stage.server.connect().exchange(
          "GET /docs HTTP/1.1\r\nHost: \(host)\r\nConnection: close\r\n\r\n")
        // A name that is not a valid host may also be refused.
        let commands = answer.code("curl-checkHealth")
        #expect(answer.status == 400 || commands == "curl '\(origin)/healthz'", "\(host)")
        #expect(!answer.body.contains(host))
      }
      try await Server.with(
        stage.databaseURL, environment: ["PUBLIC_URL": "https://help.example.com"]
      ) { server in
        let page = try await server.site.get("/docs")
        #expect(page.code("curl-checkHealth") == "curl 'https://help.example.com/healthz'")
        #expect(!page.body.contains("http://127.0.0.1"))
      }
    }

    @Test("A search shows what has all the words, and how much that is")
    func search() async throws {
      let found = try await page("?q=merge+TICKET_merged")
      #expect(found.body.contains("id=\"mergeTicket\"") && found.body.contains("id=\"errors\""))
      #expect(!found.body.contains("id=\"listConversations\""))
      let count = try #require(found.body.firstMatch(of: /([0-9]+) sections have all of the words/))
      #expect(found.body.matches(of: /class="docs-head"/).count == Int(count.1))
      #expect(found.body.contains("<a href=\"/docs\">Show everything</a>"))
      let ids = ids(found)
      let links = found.body.matches(of: /<a href="#([^"]+)">/).map { String($0.1) }
      #expect(links.count == Int(count.1))
      #expect(Set(links).isSubset(of: ids))
      #expect(try await page("?q=codesAndNothing").body.contains("No section has"))
      // Markup is not searched; what it shows is.
      #expect(try await page("?q=tabindex").body.contains("No section has"))
      #expect(
        try await page("?q=%22status%22:+%22ended%22").body.contains("id=\"endConversation\""))
      for nothing in ["?q=", "?q=+", "?x=1"] {
        #expect(try await page(nothing).body == (try await page().body))
      }
    }

    @Test("The search words are shown as text, up to a length")
    func escaping() async throws {
      let page = try await page("?q=%22%3E%3Cscript%3Ealert(1)%3C/script%3E'")
      #expect(!page.body.contains("<script>"))
      #expect(page.body.contains("value=\"&quot;&gt;&lt;script&gt;alert(1)&lt;/script&gt;&#39;\""))
      let long = try await self.page("?q=\(String(repeating: "x", count: 3000))")
      #expect(!long.body.contains(String(repeating: "x", count: 201)))
      var browser = try Browser()
      #expect(try await browser.open("/docs?q=%FF").status == 400)
    }

    @Test("Every command on it works when pasted")
    func commands() async throws {
      let tenant = try await Tenant.make()
      let page = try await page()
      let codes = page.body.matches(of: /<code id="([^"]+)">([^<]*)<\/code>/).map {
        (id: String($0.1), text: String($0.2).unescaped)
      }
      let commands = codes.filter { $0.text.hasPrefix("curl ") }
      #expect(!codes.contains { $0.text.contains("\ncurl ") })
      let operations = try await DescribedOperation.all()
      #expect(commands.count == operations.count + 6)
      var statuses: [String: String] = [:]
      for operation in Operation.allCases {
        statuses["curl-\(operation.rawValue)"] = "\(operation.status)"
      }
      statuses["introduction-code-4"] = "201"
      statuses["idempotent-requests-code-1"] = "201"
      // The tag is not the ticket's.
      statuses["lost-updates-code-1"] = "412"
      for command in commands {
        let subjects = try await Subjects.make(tenant)
        let text = command.text.replacing("cmmudji4g07h6t2kxgq5w8e9v", with: subjects.ticket)
          .replacing("cmmtcp5rk2w9d4f7s1h8k3m6q", with: subjects.otherTicket)
          .replacing("cmmugihbu4x7n2v9b5c8z1l3k", with: subjects.conversation)
          .replacing("cmlp4gw3fk5j3h8g2p7m4w6ta", with: tenant.agent)
        let status = try await TestProcess.run(
          "bash", ["-c", "\(text) -sS -o /dev/null -w '%{http_code}'"],
          environment: ["TACOHELP_KEY": tenant.key, "no_proxy": "127.0.0.1"])
        #expect(status == statuses[command.id] ?? "200", "\(text)")
      }
    }

  }
}

extension Answer {
  /// The text of the code with this id.
  fileprivate func code(_ id: String) -> String? {
    guard let start = body.firstRange(of: "<code id=\"\(id)\">"),
      let end = body[start.upperBound...].firstRange(of: "</code>")
    else { return nil }
    return String(body[start.upperBound..<end.lowerBound]).unescaped
  }
}

extension String {
  fileprivate var unescaped: String {
    [("&lt;", "<"), ("&gt;", ">"), ("&quot;", "\""), ("&#39;", "'"), ("&amp;", "&")]
      .reduce(self) { $0.replacing($1.0, with: $1.1) }
  }
}
