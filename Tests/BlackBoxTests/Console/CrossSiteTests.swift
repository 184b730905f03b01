import TestSupport
import Testing

extension TacoHelp {
  @Suite("Forms from other sites") struct CrossSiteTests {
    private static let form = [
      ("name", "stolen"), ("scopes", "*"), ("expiry", "never"), ("rateLimit", "100"),
      ("submission", "0123456789abcdef"),
    ]

    private func keys(_ tenant: Tenant) async throws -> Int {
      try await tenant.sql.int(
        "select count(*) from helpdesk.api_keys where org_id = '\(tenant.id)' and name = 'stolen'")
    }

    @Test("A form without its number, or with another's, changes nothing")
    func number() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      try await browser.open("/settings/api-keys/new")
      var stranger = try Browser()
      try await stranger.open("/sign-in")
      let foreign = try #require(stranger.page?.field("csrf"))
      for number in ["", "x", foreign, String(repeating: "A", count: 43)] {
        let answer = try await browser.send("/settings/api-keys", Self.form, number: number)
        #expect(answer.status == 403)
        #expect(answer.body.contains("This form is out of date"))
        #expect(answer.body.contains("href=\"/\""))
      }
      #expect(try await keys(tenant) == 0)
      try await browser.open("/settings/api-keys/new")
      #expect(try await browser.send("/settings/api-keys", Self.form).status == 200)
      #expect(try await keys(tenant) == 1)
    }

    @Test(
      "A form that the browser says is another site's changes nothing",
      arguments: [
        ("Origin", "https://evil.example"), ("Origin", "http://127.0.0.1"),
        ("Sec-Fetch-Site", "cross-site"), ("Sec-Fetch-Site", "same-site"),
        ("Sec-Fetch-Site", "none"),
      ])
    func site(name: String, value: String) async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      try await browser.open("/settings/api-keys/new")
      let answer = try await browser.send("/settings/api-keys", Self.form, headers: [(name, value)])
      #expect(answer.status == 403)
      #expect(try await keys(tenant) == 0)
    }

    @Test("The headers that browsers send with our own forms are believed")
    func own() async throws {
      let tenant = try await Tenant.make()
      let email = try await tenant.canSignIn(tenant.admin)
      let origin = "http://127.0.0.1:\(tenant.server.port)"
      for headers in [
        [("Origin", origin)], [("Origin", "null")], [("Sec-Fetch-Site", "same-origin")],
        [("Origin", "null"), ("Sec-Fetch-Site", "same-origin")],
      ] {
        var browser = try Browser()
        try await browser.open("/sign-in")
        let answer = try await browser.send(
          "/sign-in", [("email", email), ("password", Browser.password)], headers: headers)
        #expect(answer.status == 303)
      }
    }

    @Test("Behind a proxy, the public URL is where forms come from")
    func publicURL() async throws {
      let environment = ["PUBLIC_URL": "https://help.example.com"]
      try await Tenant.withServer(environment: environment) { tenant in
        for (origin, status) in [
          ("https://help.example.com", 422), ("http://127.0.0.1:\(tenant.server.port)", 403),
          ("https://help.example.com.evil.example", 403),
        ] {
          var browser = try Browser(tenant.server)
          try await browser.open("/sign-in")
          let answer = try await browser.send("/sign-in", headers: [("Origin", origin)])
          #expect(answer.status == status)
        }
      }
    }

    @Test("Signing in needs the number as well, bound to the visitor's cookie")
    func signIn() async throws {
      let tenant = try await Tenant.make()
      let email = try await tenant.canSignIn(tenant.admin)
      let fields = [("email", email), ("password", Browser.password)]
      var browser = try Browser()
      #expect(try await browser.send("/sign-in", fields).status == 403)
      try await browser.open("/sign-in")
      #expect(try await browser.send("/sign-in", fields, number: "x").status == 403)
      let cookies = browser.cookies
      browser.cookies = [:]
      #expect(try await browser.send("/sign-in", fields).status == 403)
      browser.cookies = cookies
      try await browser.open("/sign-in")
      #expect(try await browser.send("/sign-in", fields).status == 303)
    }

  }
}
