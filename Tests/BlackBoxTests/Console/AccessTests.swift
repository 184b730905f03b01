import TestSupport
import Testing

extension TacoHelp {
  @Suite("Access to the settings") struct AccessTests {
    @Test("Agents see each section and change nothing", arguments: Section.allCases)
    func agent(section: Section) async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.agent)
      let thing = try await section.thing(tenant)
      let before = try await tenant.settings()
      let list = try await browser.open(section.path)
      #expect(list.status == 200)
      #expect(list.body.contains("Only admins"))
      #expect(!list.body.contains("\(section.path)/new\""))
      for page in section.pages {
        #expect(!list.body.contains("\(thing)\(page)\""), "\(page)")
        #expect(try await browser.open(thing + page).status == 403, "\(page)")
      }
      #expect(try await browser.open("\(section.path)/new").status == 403)
      try await browser.open("/settings/account")
      for change in [section.path] + section.changes.map({ thing + $0 }) {
        #expect(try await browser.send(change, Section.fields).status == 403, "\(change)")
      }
      #expect(try await tenant.settings() == before)
    }

    @Test("Agents see endpoints and deliveries, without secrets and without a way to change any")
    func deliveries() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.agent)
      let endpoint = try await tenant.makeEndpoint()
      let delivery = try await tenant.holdTestDelivery(endpoint)
      for page in ["/settings/webhooks", endpoint, "\(endpoint)/deliveries", delivery] {
        let answer = try await browser.open(page)
        #expect(answer.status == 200, "\(page)")
        // The only form is the one that signs out; the log's filters change nothing.
        #expect(answer.body.ranges(of: "method=\"post\"").count == 1, "\(page)")
        for way in ["whsec_", "/new\""] + Section.webhooks.pages.map({ "\($0)\"" }) {
          #expect(!answer.body.contains(way), "\(page): \(way)")
        }
      }
      #expect(try await browser.send("\(delivery)/redeliver").status == 403)
    }

    @Test(
      "Another organization's keys, people and endpoints do not exist", arguments: Section.allCases)
    func foreign(section: Section) async throws {
      let (tenant, other) = (try await Tenant.make(), try await Tenant.make())
      var browser = try await tenant.browser(tenant.admin)
      let client = try await tenant.sql.run(
        "select ops.create_user('\(tenant.id)', 'c@taco.example', 'Cy')")
      let things = ["x", "%00", Subjects.nobody.ticket] + (section == .people ? [client] : [])
      let foreign = try await section.thing(other)
      try await browser.open("/settings/account")
      let before = try await (tenant.settings(), other.settings())
      for thing in [foreign] + things.map({ "\(section.path)/\($0)" }) {
        for page in section.pages {
          #expect(try await browser.open(thing + page).status == 404, "\(thing + page)")
        }
        for change in section.changes {
          #expect(try await browser.send(thing + change, Section.fields).status == 404, "\(change)")
        }
      }
      #expect(try await (tenant.settings(), other.settings()) == before)
    }

    @Test("Another organization's deliveries do not exist, and its sessions let nobody in here")
    func foreignDeliveries() async throws {
      let (tenant, other) = (try await Tenant.make(), try await Tenant.make())
      var browser = try await tenant.browser(tenant.admin)
      let endpoint = try await other.makeEndpoint()
      let delivery = try await other.holdTestDelivery(endpoint)
      #expect(try await browser.open("\(endpoint)/deliveries").status == 404)
      #expect(try await browser.open(delivery).status == 404)
      try await browser.open("/settings/account")
      #expect(try await browser.send("\(delivery)/redeliver").status == 404)
      let cookie = try #require(browser.cookies["tacohelp_session"])
      browser.cookies["tacohelp_session"] = cookie.replacing(tenant.id, with: other.id)
      #expect(try await browser.open("/settings/api-keys").location == "/sign-in")
    }

    @Test("An admin who is demoted or made a client loses the rights at once")
    func demoted() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      func become(_ role: String) async throws {
        try await tenant.sql.run(
          "update helpdesk.users set role = '\(role)' where id = '\(tenant.admin)'")
      }
      try await browser.open("/settings/api-keys/new")
      try await become("agent")
      #expect(try await browser.send("/settings/api-keys", Section.fields).status == 403)
      try await become("client")
      #expect(try await browser.open("/settings/api-keys").location == "/sign-in")
    }

    @Test(
      "On a FREE plan there is what Pro brings, no form, and what is there can be ended",
      arguments: [
        (Section.apiKeys, "The API comes with Pro"), (.webhooks, "Webhooks come with Pro"),
      ])
    func free(section: Section, words: String) async throws {
      let tenant = try await Tenant.make(plan: "FREE")
      var browser = try await tenant.browser(tenant.admin)
      let endpoint = try await tenant.makeEndpoint()
      let page = try await browser.open(section.path)
      #expect(page.body.contains(words))
      #expect(!page.body.contains("\(section.path)/new"))
      #expect(try await browser.open("\(section.path)/new").status == 403)
      try await browser.open("/settings/account")
      #expect(try await browser.send(section.path, Section.fields).status == 403)
      guard section == .webhooks else { return }
      #expect(page.body.contains(Tenant.endpointURL))
      #expect(try await !browser.open(endpoint).body.contains("\(endpoint)/edit"))
      #expect(try await browser.open("\(endpoint)/edit").status == 403)
      #expect(try await browser.send("\(endpoint)/edit", Section.fields).status == 403)
      #expect(try await browser.send("\(endpoint)/delete").status == 303)
      #expect(try await !browser.open("/settings/webhooks").body.contains(Tenant.endpointURL))
    }

    @Test(
      "The same form sent again makes no second key or endpoint",
      arguments: [Section.apiKeys, .webhooks])
    func again(section: Section) async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      let number = try await browser.open("\(section.path)/new").field("submission") ?? ""
      let fields = Section.fields.filter { $0.0 != "submission" } + [("submission", number)]
      let empty = try await tenant.settings()
      let first = try await browser.send(section.path, fields)
      let made = try await tenant.settings()
      #expect(made != empty)
      try await browser.open("/settings/account")
      let second = try await browser.send(section.path, fields)
      #expect(try await tenant.settings() == made)
      #expect(first.location == second.location)
      if section == .apiKeys {
        #expect(first.key != nil && second.key == nil)
        #expect(second.status == 409)
        #expect(second.body.contains("This key was made before"))
      } else {
        #expect(first.location != nil)
        let events =
          "select cardinality(events) from helpdesk.endpoints where org_id = '\(tenant.id)'"
        #expect(try await tenant.sql.int(events) == 7)
      }
    }

    /// Every form of the settings, for objects that do not exist.
    private static let forms =
      ["/settings/account"]
      + Section.allCases.flatMap { section in
        [section.path] + section.changes.map { "\(section.path)/\(Subjects.nobody.ticket)\($0)" }
      } + ["/settings/webhooks/deliveries/\(Subjects.nobody.ticket)/redeliver"]

    @Test("Without a session every setting leads to the sign-in, by GET and by POST")
    func closed() async throws {
      var browser = try Browser()
      for path in Self.forms + ["/settings/audit", "/settings/api-keys/new"] {
        #expect(try await browser.open(path).location == "/sign-in", "\(path)")
        #expect(try await browser.send(path).location == "/sign-in", "\(path)")
      }
      for value in ["", "x", ".", "none.\(String(repeating: "A", count: 43))", "a.b.c"] {
        browser.cookies["tacohelp_session"] = value
        #expect(try await browser.open("/settings/account").location == "/sign-in")
      }
    }

    @Test("Every form that changes something asks for its number")
    func forms() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.admin)
      let key = try await Section.apiKeys.thing(tenant)
      let others = ["/sign-in", "/sign-in/organization", "/sign-out", "/sign-out-everywhere"]
      for path in others + Self.forms + ["\(key)/revoke"] {
        #expect(try await browser.send(path, number: "x").status == 403, "\(path)")
      }
      #expect(try await browser.open("/settings/account").status == 200)
      #expect(try await tenant.client.get("/tickets").status == 200)
    }
  }
}
