/// A row of `helpdesk.events`, with the deliveries made for it.
struct EventRecord: Sendable {
  let id: String
  let type: String
  let body: JSON
  /// The state of the delivery to each endpoint, by the endpoint's id.
  let deliveries: [String: String]

  var data: JSON { body["data"] ?? .null }
  var ticket: JSON { data["ticket"] ?? .null }
}

extension Tenant {
  /// The events of a ticket, oldest first; those of one moment in the order of their types.
  func events(ofTicket ticket: String) async throws -> [EventRecord] {
    try await events("e.ticket_id = '\(ticket)'")
  }

  /// All events of the organization.
  func events(_ filter: String = "true") async throws -> [EventRecord] {
    let rows = try await stage.sql.json(
      """
      select coalesce(json_agg(json_build_object(
               'id', e.id, 'type', e.type, 'body', e.body, 'deliveries', (
                 select coalesce(json_object_agg(d.endpoint_id, d.state), '{}')
                   from helpdesk.deliveries d where d.org_id = e.org_id and d.event_id = e.id)
             ) order by e.created_at, e.type), '[]')
        from helpdesk.events e where e.org_id = '\(id)' and \(filter)
      """)
    return try (rows.items ?? []).map { row in
      var deliveries: [String: String] = [:]
      for endpoint in row["deliveries"]?.keys ?? [] {
        deliveries[endpoint] = row["deliveries"]?[endpoint]?.string
      }
      return EventRecord(
        id: row.id, type: row["type"]?.string ?? "",
        body: try JSON(parsing: row["body"]?.string ?? ""), deliveries: deliveries)
    }
  }

  /// Makes an endpoint that wants some events and returns its id.
  func makeEndpoint(_ events: String...) async throws -> String {
    try await stage.sql.run(
      """
      select endpoint_id from ops.create_endpoint(
        '\(id)', 'https://hooks.example.com/taco', '{\(events.joined(separator: ","))}')
      """)
  }
}
