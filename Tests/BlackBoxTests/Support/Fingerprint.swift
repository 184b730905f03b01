extension Tenant {
  /// A digest of all that the organization has. The same before and after: nothing was changed.
  func fingerprint() async throws -> String {
    let tables = [
      "users", "ticket_counters", "tickets", "comments", "conversation_counters", "conversations",
      "messages", "events", "deliveries",
    ]
    let rows = tables.map {
      "select '\($0)' || t::text as row from helpdesk.\($0) t where org_id = '\(id)'"
    }
    return try await stage.sql.run(
      """
      select md5(string_agg(row, ';' order by row))
        from (\(rows.joined(separator: " union all "))) r
      """
    )
  }
}
