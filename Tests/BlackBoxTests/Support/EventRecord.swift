import TestSupport

/// A row of `helpdesk.events`, with the deliveries made for it.
struct EventRecord: Sendable, Decodable {
  let id: String
  let type: String
  let body: JSON
  /// The state of the delivery to each endpoint, by the endpoint's id.
  let deliveries: [String: String]

  var data: JSON { body["data"] ?? .null }
  var ticket: JSON { data["ticket"] ?? .null }
}

extension Tenant {
  /// The events of a ticket, oldest first; those of the same moment in the order of their types.
  func events(ofTicket ticket: String) async throws -> [EventRecord] {
    try await events("e.ticket_id = '\(ticket)'")
  }

  /// All events of the organization.
  func events(_ filter: String = "true") async throws -> [EventRecord] {
    try await sql.decode(
      """
      select coalesce(json_agg(json_build_object(
               'id', e.id, 'type', e.type, 'body', e.body::json, 'deliveries', (
                 select coalesce(json_object_agg(d.endpoint_id, d.state), '{}')
                   from helpdesk.deliveries d where d.org_id = e.org_id and d.event_id = e.id)
             ) order by e.created_at, e.type), '[]')
        from helpdesk.events e where e.org_id = '\(id)' and \(filter)
      """)
  }

  /// Makes an endpoint that wants some events and returns its id.
  func makeEndpoint(_ events: String...) async throws -> String {
    try await sql.run(
      """
      select endpoint_id from ops.create_endpoint(
        '\(id)', 'https://hooks.example.com/taco', '{\(events.joined(separator: ","))}')
      """)
  }

  /// A digest of all that the organization has. The same before and after: nothing was changed.
  func fingerprint() async throws -> String {
    let rows = [
      "users", "ticket_counters", "tickets", "comments", "conversation_counters", "conversations",
      "messages", "events", "deliveries",
    ].map { "select '\($0)' || t::text as row from helpdesk.\($0) t where org_id = '\(id)'" }
    return try await sql.run(
      """
      select md5(string_agg(row, ';' order by row))
        from (\(rows.joined(separator: " union all "))) r
      """)
  }
}
