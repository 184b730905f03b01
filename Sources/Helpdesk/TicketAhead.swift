import Postgres

/// Reads the tickets that admitted requests ask for in the round trip of their admission: one statement
/// for the tickets of all requests that arrive together, one for their comments.
enum TicketAhead {
  struct Want: Sendable {
    var hash: [UInt8]
    var ticket: TicketID
  }

  // The key names the organization, as it does for the admission.
  private static let wanted = """
    (select k.org_id, w.id, w.n
       from unnest($1::bytea[], $2::text[]) with ordinality as w (hash, id, n)
       join helpdesk.api_keys k on k.hash = w.hash and k.revoked_at is null) w
    """

  private static let tickets = Statement(
    """
    select \(Ticket.columns("t")), w.n::int
      from \(wanted)
      join helpdesk.tickets t on t.org_id = w.org_id and t.id = w.id
      \(Event.joinUsers("t"))
     order by w.n
    """, .byteaArray, .textArray)

  private static let comments = Statement(
    """
    select m.id, m.content, m.created_at, \(User.columns("author")), w.n::int
      from \(wanted)
      join helpdesk.comments m on m.org_id = w.org_id and m.ticket_id = w.id
      cross join \(User.lateral("author", org: "m.org_id", id: "m.author_id"))
     order by w.n, m.created_at, m.id
    """, .byteaArray, .textArray)

  /// None for no wants.
  static func queries(_ wants: [Want]) -> [Query] {
    guard !wants.isEmpty else { return [] }
    let (hashes, ids) = (wants.map(\.hash), wants.map(\.ticket.rawValue))
    return [tickets, comments].map { $0(.byteaArray(hashes), .textArray(ids)) }
  }

  /// What each of `count` wants found, in their order.
  static func split(_ count: Int, _ tickets: Rows, _ comments: Rows) throws(PostgresError)
    -> [FoundTicket?]
  {
    var found = [FoundTicket?](repeating: nil, count: count)
    var next = comments.startIndex
    for ticket in tickets {
      let want = try ticket.int4(Ticket.Column.want.rawValue)
      let first = next
      while next < comments.endIndex,
        try comments[next].int4(Comment.Column.want.rawValue) == want
      { next += 1 }
      // Counted by `with ordinality`, from 1.
      guard found.indices.contains(want - 1) else { continue }
      found[want - 1] = FoundTicket(ticket: ticket, comments: comments[first..<next])
    }
    return found
  }
}
