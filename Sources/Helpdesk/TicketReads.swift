import Postgres

/// Reads single tickets and their comments: those that are asked for together share a round trip.
struct TicketReads: Sendable {
  private struct Wanted: Sendable {
    let id: TicketID
    let org: OrganizationID
  }

  private enum Answer: Sendable {
    case none
    case ticket(FoundTicket)
    /// With more comments than others should wait for.
    case long
  }

  private let pool: PostgresPool
  private let fold: Fold<Wanted, Answer>

  /// Comments of a ticket that is read together with others; one with more is read alone.
  private static let mostComments = 20
  /// Where rows say which of the wanted tickets they belong to, counted from 1.
  private static let ticketOrdinal = Ticket.Column.assignee.rawValue + 4
  private static let commentOrdinal = Comment.Column.author.rawValue + 4

  private static let wanted =
    "unnest($1::text[], $2::text[]) with ordinality as w (org_id, id, n)"

  // Found by primary key one after another: a plan for any of them would otherwise read all.
  private static let tickets = Statement(
    """
    select \(Ticket.columns("t")), w.n::int
      from \(wanted)
      cross join lateral (
        select * from helpdesk.tickets t where t.org_id = w.org_id and t.id = w.id offset 0
      ) t \(Event.joinUsers("t"))
     order by w.n
    """, .textArray, .textArray)

  private static let comments = Statement(
    """
    select m.id, m.content, m.created_at, \(User.columns("author")), w.n::int
      from \(wanted)
      cross join lateral (
        select * from helpdesk.comments m where m.org_id = w.org_id and m.ticket_id = w.id
         order by m.created_at, m.id limit \(mostComments + 1)
      ) m cross join \(User.lateral("author", org: "m.org_id", id: "m.author_id"))
     order by w.n, m.created_at, m.id
    """, .textArray, .textArray)

  private static let one = Statement(
    """
    select \(Ticket.columns("t"))
      from helpdesk.tickets t \(Event.joinUsers("t"))
     where t.org_id = $1 and t.id = $2
    """, .text, .text)

  init(_ pool: PostgresPool) {
    self.pool = pool
    fold = Fold(
      pool, lanes: 2, largest: 16,
      unit: { wanted in
        let orgs = Parameter.textArray(wanted.map(\.org.rawValue))
        let ids = Parameter.textArray(wanted.map(\.id.rawValue))
        return UnitOfWork(.read, Self.tickets(orgs, ids), Self.comments(orgs, ids))
      },
      split: { wanted, rows throws(PostgresError) in
        try Self.answers(wanted.count, tickets: rows[0], comments: rows[1])
      })
  }

  /// Nil when the organization has no such ticket.
  func find(_ id: TicketID, in org: OrganizationID) async throws(PostgresError) -> FoundTicket? {
    switch try await fold(Wanted(id: id, org: org)) {
    case .none: return nil
    case .ticket(let found): return found
    case .long:
      let (id, org) = (Parameter.text(id.rawValue), Parameter.text(org.rawValue))
      let rows = try await pool.execute(
        UnitOfWork(.read, Self.one(org, id), Comment.ofTicket(org, id)))
      return rows[0].first.map { FoundTicket(ticket: $0, comments: rows[1][...]) }
    }
  }

  private static func answers(_ count: Int, tickets: Rows, comments: Rows) throws(PostgresError)
    -> [Answer]
  {
    var answers = [Answer](repeating: .none, count: count)
    var ofEach = [Range<Int>](repeating: 0..<0, count: count)
    for (index, comment) in comments.enumerated() {
      let wanted = try comment.int4(commentOrdinal) - 1
      guard ofEach.indices.contains(wanted) else { continue }
      let start = ofEach[wanted].isEmpty ? index : ofEach[wanted].lowerBound
      ofEach[wanted] = start..<index + 1
    }
    for ticket in tickets {
      let wanted = try ticket.int4(ticketOrdinal) - 1
      guard answers.indices.contains(wanted) else { continue }
      answers[wanted] =
        ofEach[wanted].count > mostComments
        ? .long : .ticket(FoundTicket(ticket: ticket, comments: comments[ofEach[wanted]]))
    }
    return answers
  }
}
