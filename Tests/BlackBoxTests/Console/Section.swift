import TestSupport

/// A section of the settings that only admins change, and the ways to change something in it.
enum Section: String, CaseIterable, Sendable {
  case apiKeys = "api-keys"
  case people, webhooks

  var path: String { "/settings/\(rawValue)" }

  /// A key, a person or an endpoint of a tenant, by the path of its pages.
  func thing(_ tenant: Tenant) async throws -> String {
    switch self {
    case .apiKeys: "\(path)/\(try await tenant.sql.run("select \(Tenant.keyID(tenant.key))"))"
    case .people: "\(path)/\(tenant.admin)"
    case .webhooks: try await tenant.makeEndpoint()
    }
  }

  /// The pages of one object that lead to changes.
  var pages: [String] {
    switch self {
    case .apiKeys: ["/revoke"]
    case .people: ["", "/remove"]
    case .webhooks: ["/edit", "/disable", "/delete", "/rotate"]
    }
  }

  /// The forms that change it or show a secret.
  var changes: [String] {
    switch self {
    case .apiKeys: ["/revoke"]
    case .people: ["/role", "/link", "/withdraw", "/remove"]
    case .webhooks: pages + ["/enable", "/secret", "/test", "/redeliver"]
    }
  }

  /// Fields that all of the forms take.
  static let fields = [
    ("name", "Jo"), ("email", "jo@taco.example"), ("role", "agent"), ("scopes", "*"),
    ("expiry", "never"), ("rateLimit", "100"), ("url", Tenant.endpointURL), ("events", "all"),
    ("hours", "24"), ("current", "x"), ("replay", "yes"), ("submission", "0123456789abcdef"),
  ]
}

extension Tenant {
  /// A name that nothing resolves: it is accepted, and never reached.
  static let endpointURL = "https://hooks.invalid/taco?x=1"

  /// Makes an endpoint as operators do.
  /// - Returns: its page's path.
  func makeEndpoint() async throws -> String {
    let made = try await sql.run(
      """
      select endpoint_id from ops.create_endpoint('\(id)', '\(Self.endpointURL)', '{ticket.created}')
      """)
    return "/settings/webhooks/\(made)"
  }

  /// Disables an endpoint and makes a test event for it.
  /// - Returns: the path of the delivery, which nobody sends.
  func holdTestDelivery(_ endpoint: String) async throws -> String {
    let id = endpoint.split(separator: "/").last ?? ""
    let delivery = try await sql.run(
      """
      begin;
      select ops.disable_endpoint('\(id)', 'for the test') \\g /dev/null
      select ops.test_endpoint('\(id)');
      commit
      """)
    return "/settings/webhooks/deliveries/\(delivery)"
  }

  /// A digest of everything that the settings show.
  func settings() async throws -> String {
    let tables = [
      "users", "invitations", "api_keys", "endpoints", "endpoint_secrets", "deliveries",
    ]
    let rows = tables.map {
      "select '\($0)' || (to_jsonb(t) - 'last_used_at')::text from helpdesk.\($0) t where org_id = '\(id)'"
    }
    return try await sql.run(
      "select md5(string_agg(r, ';' order by r)) from (\(rows.joined(separator: " union all "))) s (r)"
    )
  }
}
