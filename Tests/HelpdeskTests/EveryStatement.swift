import Cryptography
import Foundation
import Postgres
import TestSupport
import Testing

@testable import Helpdesk

/// Everything that servers and workers do in the database: each statement of each store at least once,
/// for its own organization. Tests watch how it is done.
struct EveryStatement {
  let database: TestDatabase
  let pool: PostgresPool
  let organization: OrganizationID
  let transcript = Transcript()
  /// The keys that seal webhook secrets.
  let keys: SecretKeys
  private let keyText: String

  /// All texts that statements have returned.
  final class Transcript {
    private(set) var text = ""

    func note(_ value: some Any) { dump(value, to: &text) }

    /// - Parameter members: their names, and those of nested members after a dot
    func note(_ answer: ChangeAnswer, _ members: [String]) throws {
      let json = try answer.withJSON { Data($0) }
      let object = try JSONSerialization.jsonObject(with: json)
      for member in members {
        let value = member.split(separator: ".").reduce(object) { value, name in
          (value as? [String: Any])?[String(name)] ?? ""
        }
        text += "\(value as? String ?? "")\n"
      }
    }

    func note(_ row: Row, _ columns: [Int]) throws {
      for column in columns {
        var reader = RowReader(row)
        reader.skip(column)
        text += "\(try reader.textOrNull() ?? "")\n"
      }
    }
  }

  /// Makes the organization, which operators do.
  init(_ database: TestDatabase, _ pool: PostgresPool) async throws {
    self.database = database
    self.pool = pool
    keyText = try SecretKeys.make()
    keys = try SecretKeys(keyText)
    organization = OrganizationID(
      stored: try await database.psql("select ops.create_org('Acme', 'PRO')"))
  }

  /// Does what requests and pages do.
  func serve() async throws {
    let session = try await signIn()
    try await managePeople(session)
    let endpoint = try await makeEndpoint(session)
    let ticket = try await answerTickets()
    try await manageKeys(session, reading: ticket)
    try await chat(session)
    try await manageEndpoint(endpoint, session)
    let trail = AuditTrail(pool)
    for actor in [AuditTrail.Filter.Actor.person(session.user), .anOperator, nil] {
      for action in ["webhook.created", nil] {
        transcript.note(
          try await trail.list(
            organization, .init(action: action, actor: actor), before: nil, limit: 100))
      }
    }
    #expect(try await Schema.isReady(pool))
  }

  /// Does what workers do, for all organizations.
  func work() async throws {
    let store = DeliveryStore(pool, knownKeys: keys.ids)
    let endpoint = EndpointID(
      stored: try await database.psql(
        """
        select endpoint_id from ops.create_endpoint(
          '\(organization)', 'https://example.com/work', '{ticket.created}')
        """))
    _ = try await TicketStore(pool).create(draft, in: organization)
    for delivery in try await store.claim() {
      _ = try await store.record(DeliveryResult(delivery, .retry(after: .zero)))
    }
    _ = try await DeliveryQueue.read(pool)
    let secrets = SecretStore(pool, keys: keys)
    #expect(try await secrets.sealPlain() == 1)
    let renewed = SecretStore(pool, keys: try SecretKeys("\(SecretKeys.make()),\(keyText)"))
    #expect(try await renewed.sealAll().faults.isEmpty)
    #expect(try await renewed.faults().isEmpty)
    _ = try await store.rescue()
    try await database.psql(
      """
      update helpdesk.idempotency_keys set created_at = now() + interval '1 h';
      update helpdesk.sessions set created_at = now() + interval '1 h'
      """)
    _ = try await MomentsAhead(pool, longestDelay: .zero, longestRetryDelay: .zero).setRight()
    try await database.psql(
      """
      update helpdesk.idempotency_keys set created_at = now() - interval '1 day';
      update helpdesk.sessions set created_at = now() - interval '7 days';
      update helpdesk.sign_in_attempts set last_at = now() - interval '1 h';
      update helpdesk.rate_limits set hits = '{}', slots = '{}', last_slot = 0
      """)
    _ = try await store.disabledEndpointsWithWaiting()
    _ = try await store.hold(endpoint, of: organization)
    _ = try await store.replayingEndpoints()
    _ = try await database.psql(
      """
      select ops.disable_endpoint('\(endpoint)', 'for a test');
      select ops.enable_endpoint('\(endpoint)', true)
      """)
    _ = try await store.replay(endpoint, of: organization)
    _ = try await database.psql("select ops.delete_endpoint('\(endpoint)')")
    let retention = Retention(pool, age: .zero)
    _ = try await retention.pruneEndpoints()
    _ = try await retention.pruneDeliveries()
    _ = try await retention.pruneEvents(after: nil)
    _ = try await retention.pruneExpired()
    _ = try await retention.pruneRateLimits()
  }

  // MARK: People

  private func account(_ email: String) async throws -> StaffAccount {
    try #require(
      try await StaffAccountStore(pool).find(email: address(email), in: organization).first)
  }

  private func makeUser(_ email: String, role: String = "admin") async throws -> UserID {
    UserID(
      stored: try await database.psql(
        "select ops.create_user('\(organization)', '\(email)', 'Ada', '\(role)', '$scrypt$\(email)')"
      ))
  }

  private func signIn() async throws -> Session {
    _ = try await makeUser("admin@example.com")
    let throttle = SignInThrottle(pool)
    for _ in 0...SignInThrottle.mostOfAccount {
      if case .allowed(let allowed) = try await throttle.tryOnce(
        account: "admin@example.com", address: "192.0.2.1"), allowed.moments.isEmpty
      {
        Issue.record("not counted")
      }
    }
    if case .allowed(let allowed) = try await throttle.tryOnce(
      account: "admin@example.com", address: "192.0.2.2")
    {
      try await throttle.takeBack(allowed)
      try await throttle.forget(allowed)
    }
    let (sessions, accounts) = (SessionStore(pool), StaffAccountStore(pool))
    let (token, successor) = (try SessionToken.make(), try SessionToken.make())
    let admin = try await account("admin@example.com")
    transcript.note(try await accounts.find(email: address("admin@example.com")).isEmpty)
    try await accounts.renew(admin, passwordHash: "$scrypt$renewed")
    _ = try await sessions.create(token, for: [admin])
    transcript.note(try await sessions.list(token))
    let session = try #require(try await sessions.find(token, in: organization))
    let renewed = try #require(try await accounts.find(session))
    try await accounts.update(
      renewed, passwordHash: "$scrypt$new", replacing: token, by: successor, from: nil)
    try await sessions.delete(successor)
    try await sessions.deleteAll(of: session, from: nil)
    _ = try await sessions.create(successor, for: [try await account("admin@example.com")])
    let found = try #require(try await sessions.find(successor, in: organization))
    transcript.note(found)
    return found
  }

  private func managePeople(_ session: Session) async throws {
    let (people, invitations) = (PersonStore(pool), InvitationStore(pool))
    let draft = Person.Draft(name: "Bob", email: try address("bob@example.com"), role: .agent)
    let bob = try await people.invite(draft, by: session, from: nil)
    let link = try await people.makeLink(for: bob.user, submission: "1", by: session, from: nil)
    await #expect(throws: HelpdeskError.doneBefore) {
      try await people.makeLink(for: bob.user, submission: "1", by: session, from: nil)
    }
    transcript.note(try await invitations.find(link.token))
    try await invitations.accept(
      link.token, passwordHash: "$scrypt$bob", session: .make(), from: nil)
    transcript.note(try await people.list(organization, limit: 100))
    transcript.note(try await people.list(organization, after: bob.user, limit: 100))
    transcript.note(try await people.find(bob.user, in: organization))
    transcript.note(try await people.role(of: draft.email, in: organization))
    try await people.change(bob.user, to: .admin, by: session, from: nil)
    try await people.change(bob.user, to: .agent, by: session, from: nil)
    _ = try await people.makeLink(for: bob.user, submission: "2", by: session, from: nil)
    try await people.withdrawLink(of: bob.user, by: session, from: nil)
    try await people.removeAccess(of: bob.user, by: session, from: nil)
  }

  // MARK: Keys

  private func manageKeys(_ session: Session, reading ticket: TicketID) async throws {
    let (keys, admission) = (APIKeyStore(pool), AdmissionStore(pool))
    let draft = APIKey.Draft(
      name: "Sync", scopes: ["*"], rateLimit: 100, expiresInDays: 30, submission: "key")
    let key = try await keys.create(draft, by: session, from: nil)
    await #expect(throws: HelpdeskError.doneBefore) {
      try await keys.create(draft, by: session, from: nil)
    }
    let hash = try #require(try APIKey.hash(ofKey: key))
    transcript.note(try await admission.admit(hash))
    let ahead = try #require(try await admission.admit(hash, reading: ticket).1)
    try transcript.note(ahead.ticket, Self.texts)
    for row in ahead.comments.items { try transcript.note(row, [2, 4]) }
    transcript.note(try await keys.noteUse())
    let entries = try await keys.list(organization, limit: 100)
    transcript.note(entries)
    let entry = try #require(entries.first)
    transcript.note(try await keys.find(entry.id, in: organization))
    try await keys.revoke(entry.id, by: session, from: nil)
  }

  // MARK: Tickets and chats

  private var draft: Ticket.Draft {
    get throws {
      Ticket.Draft(
        subject: "Cold", description: "Very.", createdByEmail: try address("client@example.com"))
    }
  }

  /// The texts of a ticket: its subject, and its users' names.
  private static let members = ["subject", "createdBy.name", "assignee.name"]
  /// The names of the creator and the assignee, and the subject.
  private static let texts = [2, 2 + User.columnCount, 3 + 2 * User.columnCount]

  /// Sends a request with an idempotency key, and once more.
  /// - Returns: the first answer
  private func twice(
    _ name: String, _ send: (IdempotencyKey) async throws -> ChangeAnswer
  ) async throws -> ChangeAnswer {
    let key = try #require(try IdempotencyKey(name, of: []))
    let answer = try await send(key)
    let again = try await send(key)
    #expect(!answer.isReplay && again.isReplay && again.id == answer.id)
    return answer
  }

  /// Makes a ticket that has a comment.
  private func answerTickets() async throws -> TicketID {
    let (tickets, texts) = (TicketStore(pool), Self.texts)
    let made = try await twice("ticket") {
      try await tickets.create(draft, in: organization, under: $0)
    }
    let id = TicketID(stored: made.id)
    let other = TicketID(stored: try await tickets.create(draft, in: organization).id)
    let agent = try await makeUser("agent@example.com", role: "agent")
    var patch = Ticket.Patch()
    patch.status = .closed
    patch.subject = "Warm"
    patch.assignee = .user(agent)
    try transcript.note(
      try await tickets.update(id, patch, in: organization), Self.members)
    let (comments, author) = (CommentStore(pool), try address("new@example.com"))
    let comment = try await twice("comment") {
      try await comments.create("Looking", by: author, on: id, in: organization, under: $0)
    }
    try transcript.note(comment, ["content", "author.name"])
    for status in [nil, Ticket.Status.closed] {
      let listing = try await tickets.list(status, Page(limit: 50, offset: 0), in: organization)
      #expect(listing.total == (status == nil ? 2 : 1))
      for row in listing.rows { try transcript.note(row, texts) }
    }
    let unmerged = try await tickets.find(id, in: organization)
    #expect(unmerged.comments.items.count == 1)
    for row in unmerged.comments.items { try transcript.note(row, [2, 4]) }
    let merged = try await twice("merge") {
      let merged = try await tickets.merge(id, into: other, in: organization, under: $0)
      for row in merged.comments.items { try transcript.note(row, [2, 4]) }
      return merged.ticket
    }
    try transcript.note(merged, Self.members)
    let found = try await tickets.find(other, in: organization)
    #expect(found.comments.items.count == 1)
    for row in found.comments.items { try transcript.note(row, [2, 4]) }
    let page = try await comments.list(ItemPage.Request(), of: other, in: organization, .whole)
    for row in page.items { try transcript.note(row, [2, 4]) }
    #expect(try await comments.memory(ItemPage.Request(), of: other, in: organization) > 0)
    return other
  }

  private func chat(_ session: Session) async throws {
    let (chats, visitor) = (ConversationStore(pool), try address("sam@example.com"))
    let made = try await twice("conversation") {
      try await chats.create(visitor: "Sam", visitor, in: organization, under: $0)
    }
    let id = ConversationID(stored: made.id)
    for sender in [Message.Sender.visitor, .agent(session.user)] {
      let message = try await twice("message of \(sender)") {
        try await chats.send("Hello", from: sender, in: id, of: organization, under: $0)
      }
      try transcript.note(message, ["content"])
    }
    try transcript.note(try await chats.end(id, in: organization), ["visitorName"])
    for status in [nil, Conversation.Status.ended] {
      let listing = try await chats.list(status, Page(limit: 50, offset: 0), in: organization)
      #expect(listing.total == 1)
      for row in listing.rows { try transcript.note(row, [3]) }
    }
    #expect(try await chats.memory(ItemPage.Request(), of: id, in: organization) > 0)
    let found = try await chats.find(id, in: organization)
    #expect(found.messages.items.count == 2)
    try transcript.note(found.conversation, [3])
    for row in found.messages.items { try transcript.note(row, [2]) }
  }

  // MARK: Webhooks

  private func makeEndpoint(_ session: Session) async throws -> EndpointID {
    let store = EndpointStore(pool, keys: keys)
    let draft = Endpoint.Draft(
      url: "https://example.com/", events: ["ticket.created"], submission: "endpoint")
    let id = try await store.create(draft, by: session, from: nil)
    #expect(try await store.create(draft, by: session, from: nil) == id)
    return id
  }

  private func manageEndpoint(_ id: EndpointID, _ session: Session) async throws {
    let store = EndpointStore(pool, keys: keys)
    let (log, queue) = (DeliveryLog(pool), DeliveryStore(pool, knownKeys: keys.ids))
    for (place, delivery) in try await queue.claim().enumerated() {
      transcript.note(delivery)
      let outcome: DeliveryResult.Outcome = place == 0 ? .succeeded : .failed
      #expect(
        try await queue.record(DeliveryResult(delivery, outcome)) == .recorded(disabled: nil))
    }
    _ = try await store.test(id, by: session, from: nil)
    for delivery in try await queue.claim() {
      #expect(
        try await queue.record(DeliveryResult(delivery, .gone)) == .recorded(disabled: .gone))
    }
    try await store.enable(id, replay: true, by: session, from: nil)
    try await store.redeliverFailed(of: id, hours: 1, by: session, from: nil)
    try await store.disable(id, reason: "for a test", by: session, from: nil)
    _ = try await queue.hold(id, of: organization)
    try await store.update(
      id, url: "https://example.com/new", events: ["ticket.merged"], by: session, from: nil)
    let secret = try await store.currentSecret(of: id, in: organization)
    try await store.rotateSecret(of: id, current: secret, by: session, from: nil)
    transcript.note(try await store.showSecrets(of: id, by: session, from: nil))
    transcript.note(try await store.list(organization))
    transcript.note(try await store.find(id, in: organization))
    transcript.note(try await store.overview(id, in: organization))
    var seen: [DeliveryID] = []
    for state in [nil, Delivery.State.failed, .held, .pending] {
      let page = try await log.list(id, in: organization, .init(state: state), before: nil)
      transcript.note(page)
      seen += page.entries.map(\.id)
    }
    #expect(Set(seen).count == 3)
    for delivery in Set(seen) {
      transcript.note(try await log.find(delivery, in: organization))
      try await store.redeliver(delivery, by: session, from: nil)
    }
    try await store.delete(id, by: session, from: nil)
  }

  private func address(_ text: String) throws -> EmailAddress { try #require(EmailAddress(text)) }
}
