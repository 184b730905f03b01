import TestSupport
import Testing

extension TacoHelp {
  @Suite("Who may see and change webhooks") struct WebhookAccessTests {
    /// All that changes an endpoint or a delivery, or shows a secret.
    private static func changes(_ path: String, _ delivery: String) -> [String] {
      ["edit", "enable", "disable", "delete", "rotate", "secret", "test", "redeliver"].map {
        "\(path)/\($0)"
      } + ["/settings/webhooks", "/settings/webhooks/deliveries/\(delivery)/redeliver"]
    }

    @Test("Agents see endpoints and deliveries, without secrets and without a way to change any")
    func agent() async throws {
      let tenant = try await Tenant.make()
      var browser = try await tenant.browser(tenant.agent)
      let path = try await tenant.makeEndpoint()
      let delivery = try await tenant.holdTestDelivery(path)
      for page in [
        "/settings/webhooks", path, "\(path)/deliveries",
        "/settings/webhooks/deliveries/\(delivery)",
      ] {
        let answer = try await browser.open(page)
        #expect(answer.status == 200, "\(page)")
        // The one form is that which signs out; the log's filters change nothing.
        #expect(answer.body.ranges(of: "method=\"post\"").count == 1, "\(page)")
        #expect(!answer.body.contains("whsec_"), "\(page)")
        for way in ["/new\"", "/edit\"", "/rotate\"", "/delete\"", "/disable\""] {
          #expect(!answer.body.contains(way), "\(page): \(way)")
        }
      }
      for page in ["new", "edit", "disable", "delete", "rotate"] {
        let page = page == "new" ? "/settings/webhooks/new" : "\(path)/\(page)"
        #expect(try await browser.open(page).status == 403, "\(page)")
      }
      try await browser.open("/settings/account")
      let fields = [
        ("url", "https://b.invalid/"), ("events", "all"), ("submission", "0123456789abcdef"),
        ("hours", "24"), ("replay", "yes"),
      ]
      for change in Self.changes(path, delivery) {
        #expect(try await browser.send(change, fields).status == 403, "\(change)")
      }
      let row = try await tenant.stage.sql.run(
        """
        select url, disabled_reason, deleted_at is null, count(*) over () from helpdesk.endpoints
         where org_id = '\(tenant.id)'
        """)
      #expect(row == "\(Tenant.endpointURL)|for the test|t|1")
    }

    @Test("Another organization's endpoints and deliveries do not exist")
    func foreign() async throws {
      let (tenant, other) = (try await Tenant.make(), try await Tenant.make())
      var browser = try await tenant.browser(tenant.admin)
      let foreign = try await other.makeEndpoint()
      let delivery = try await other.holdTestDelivery(foreign)
      try await browser.open("/settings/account")
      let fields = [
        ("url", Tenant.endpointURL), ("events", "all"), ("hours", "24"), ("current", "x"),
      ]
      let nobody = "/settings/webhooks/\(Subjects.nobody.ticket)"
      for path in [foreign, nobody, "/settings/webhooks/%00"] {
        for page in ["", "/edit", "/disable", "/delete", "/rotate", "/deliveries", "/secret"] {
          #expect(try await browser.open(path + page).status == 404, "\(path + page)")
        }
        for change in Self.changes(path, delivery) where change != "/settings/webhooks" {
          #expect(try await browser.send(change, fields).status == 404, "\(change)")
        }
      }
      #expect(try await browser.open("/settings/webhooks/deliveries/\(delivery)").status == 404)
      let audited = try await other.stage.sql.int(
        "select count(*) from helpdesk.audit_events where org_id = '\(tenant.id)' and actor_id is not null"
      )
      #expect(audited == 0)
    }

    @Test("On a FREE plan there is what Pro brings, no form, and what is there can be ended")
    func free() async throws {
      let tenant = try await Tenant.make(plan: "FREE")
      var browser = try await tenant.browser(tenant.admin)
      let path = try await tenant.makeEndpoint()
      let list = try await browser.open("/settings/webhooks").body
      #expect(list.contains("Webhooks come with Pro"))
      #expect(!list.contains("/settings/webhooks/new"))
      #expect(list.contains(Tenant.endpointURL))
      #expect(try await browser.open("/settings/webhooks/new").status == 403)
      #expect(try await browser.open("\(path)/edit").status == 403)
      #expect(try await !browser.open(path).body.contains("\(path)/edit"))
      let fields = [
        ("url", Tenant.endpointURL), ("events", "all"), ("submission", "0123456789abcdef"),
      ]
      #expect(try await browser.send("/settings/webhooks", fields).status == 403)
      #expect(try await browser.send("\(path)/edit", fields).status == 403)
      #expect(try await browser.send("\(path)/delete").status == 303)
      #expect(try await !browser.open("/settings/webhooks").body.contains(Tenant.endpointURL))
    }
  }
}

extension Tenant {
  /// A name that nothing resolves: accepted, and never reached.
  static let endpointURL = "https://hooks.invalid/taco?x=1"

  /// Makes an endpoint as operators do.
  /// - Returns: its page's path.
  func makeEndpoint() async throws -> String {
    let made = try await stage.sql.run(
      """
      select endpoint_id from ops.create_endpoint(
        '\(id)', '\(Self.endpointURL)', '{ticket.created}')
      """)
    return "/settings/webhooks/\(made)"
  }

  /// Disables an endpoint and makes a test event for it.
  /// - Returns: the id of the delivery, which nobody sends.
  func holdTestDelivery(_ endpoint: String) async throws -> String {
    let id = endpoint.split(separator: "/").last ?? ""
    return try await stage.sql.run(
      """
      begin;
      select ops.disable_endpoint('\(id)', 'for the test') \\g /dev/null
      select ops.test_endpoint('\(id)');
      commit
      """)
  }
}
