import Postgres

/// Reads the tickets that requests ask for in the round trip of their admission: one statement for the
/// tickets of all requests that arrive together, one for their comments.
///
/// Requests wait for each other here, so long tickets are left out and read alone.
enum TicketPrefetch {
  struct Wanted: Sendable {
    /// SHA-256 of the key, which names the organization as it does for the admission.
    let key: [UInt8]
    let ticket: TicketID
  }

  /// The most bytes of a description, and of each comment.
  private static let mostBytes = 4096
  private static let mostComments = 20

  // The first column says to which of the wanted tickets a row belongs, counted from 1.
  private static let ordinal = "w.n::int"
  // `offset 0` makes one look-up by index for each ticket; a joined plan could read the whole table.
  private static let wanted = """
    unnest($1::bytea[], $2::text[]) with ordinality as w (hash, id, n)
    cross join lateral (
      select k.org_id from helpdesk.api_keys k
       where k.hash = w.hash and k.revoked_at is null offset 0) k
    """

  private static let tickets = Statement(
    """
    select \(ordinal), \(Ticket.columns("t"))
      from \(wanted)
      cross join lateral (
        select * from helpdesk.tickets t where t.org_id = k.org_id and t.id = w.id
           and octet_length(t.description) <= \(mostBytes) offset 0
      ) t \(Ticket.joinUsers("t"))
     order by w.n
    """, .byteaArray, .textArray)

  private static let shortContent =
    "case when octet_length(m.content) <= \(mostBytes) then m.content end"
  private static let comments = Statement(
    """
    select \(ordinal), \(ItemPage.Item.columns(content: shortContent)), \(User.columns("author"))
      from \(wanted)
      cross join lateral (
        select * from helpdesk.comments m where m.org_id = k.org_id and m.ticket_id = w.id
         order by m.created_at, m.id limit \(mostComments + 1)
      ) m cross join \(User.lateral("author", org: "m.org_id", id: "m.author_id"))
     order by w.n, m.created_at, m.id
    """, .byteaArray, .textArray)

  static func queries(_ wanted: [Wanted]) -> [Query] {
    let (keys, ids) = (wanted.map(\.key), wanted.map(\.ticket.rawValue))
    return [tickets, comments].map { $0(.byteaArray(keys), .textArray(ids)) }
  }

  /// The ticket that each of `count` requests wanted, in their order; nil if there is none, or it is
  /// long.
  static func split(_ count: Int, tickets: Rows, comments: Rows) throws(PostgresError)
    -> [FoundTicket?]
  {
    var found = [FoundTicket?](repeating: nil, count: count)
    let items = comments.droppingFirstColumn()
    var start = comments.startIndex
    for (row, ticket) in zip(tickets, tickets.droppingFirstColumn()) {
      let ordinal = try row.int4()
      while start < comments.endIndex, try comments[start].int4() < ordinal { start += 1 }
      var (end, isLong) = (start, false)
      while end < comments.endIndex, try comments[end].int4() == ordinal {
        if try ItemPage.Item(items[end]).content.isNull { isLong = true }
        end += 1
      }
      if found.indices.contains(ordinal - 1), !isLong, end - start <= mostComments {
        found[ordinal - 1] = FoundTicket(ticket: ticket, comments: ItemPage(items[start..<end]))
      }
      start = end
    }
    return found
  }
}
