import TestSupport
import Testing

/// Every operation of the API, by its name in the description.
enum Operation: String, CaseIterable, Sendable, CustomTestStringConvertible {
  case listTickets, createTicket, updateTicket, listComments, listConversations
  case startConversation, endConversation, listMessages, sendMessage
  case findTicket = "getTicket"
  case comment = "addComment"
  case merge = "mergeTicket"
  case findConversation = "getConversation"

  static let reading = allCases.filter { $0.method == "GET" }
  static let writing = allCases.filter { $0.method != "GET" }
  static let scopes = ["tickets:read", "tickets:write", "chat:read", "chat:write"]

  /// Its request line, the scope that it needs, and the status of success.
  private func row(
    _ subjects: Subjects
  ) -> (method: String, path: String, scope: String, status: Int) {
    let ticket = "/tickets/\(subjects.ticket)"
    let conversation = "/chat/conversations/\(subjects.conversation)"
    return switch self {
    case .listTickets: ("GET", "/tickets", "tickets:read", 200)
    case .createTicket: ("POST", "/tickets", "tickets:write", 201)
    case .findTicket: ("GET", ticket, "tickets:read", 200)
    case .updateTicket: ("PATCH", ticket, "tickets:write", 200)
    case .listComments: ("GET", "\(ticket)/comments", "tickets:read", 200)
    case .comment: ("POST", "\(ticket)/comments", "tickets:write", 201)
    case .merge: ("POST", "\(ticket)/merge", "tickets:write", 200)
    case .listConversations: ("GET", "/chat/conversations", "chat:read", 200)
    case .startConversation: ("POST", "/chat/conversations", "chat:write", 201)
    case .findConversation: ("GET", conversation, "chat:read", 200)
    case .endConversation: ("PATCH", conversation, "chat:write", 200)
    case .listMessages: ("GET", "\(conversation)/messages", "chat:read", 200)
    case .sendMessage: ("POST", "\(conversation)/messages", "chat:write", 201)
    }
  }

  var method: String { row(.nobody).method }
  var scope: String { row(.nobody).scope }
  /// The status of success.
  var status: Int { row(.nobody).status }
  /// The methods of its path.
  var allowed: Set<String> {
    Set(Self.allCases.filter { $0.path(.nobody) == path(.nobody) }.map(\.method))
  }

  func path(_ subjects: Subjects) -> String { row(subjects).path }

  /// A body that succeeds; null if there is none.
  func body(_ subjects: Subjects) -> JSON {
    switch self {
    case .createTicket:
      ["subject": "Cold", "description": "Very cold.", "createdByEmail": "new@example.com"]
    case .updateTicket: ["status": "IN_PROGRESS"]
    case .comment: ["content": "We look into it.", "authorEmail": "dev@example.com"]
    case .merge: ["intoTicketId": .string(subjects.otherTicket)]
    case .startConversation: ["visitorName": "Sam", "visitorEmail": "sam@example.com"]
    case .endConversation: ["status": "ended"]
    case .sendMessage: ["content": "Hello", "senderType": "visitor"]
    default: .null
    }
  }

  /// Performs the operation, with a body that succeeds unless another is given.
  func perform(
    _ client: APIClient, _ subjects: Subjects, _ body: JSON? = nil,
    headers: [(String, String)] = []
  ) async throws -> Answer {
    if method == "GET" {
      return try await client.send(method, path(subjects), headers: headers)
    }
    return try await client.send(
      method, path(subjects), json: body ?? self.body(subjects), headers: headers)
  }

  var testDescription: String { rawValue }
}

/// The things that operations are tried on.
struct Subjects: Sendable {
  var ticket: String
  var otherTicket: String
  var conversation: String

  /// Ids of the right form that nothing has.
  static let nobody = Subjects(
    ticket: "c0000000000000000000000aa", otherTicket: "c0000000000000000000000ab",
    conversation: "c0000000000000000000000ac")

  /// Two tickets and a conversation of a tenant, made with a key that is used for nothing else.
  static func make(_ tenant: Tenant) async throws -> Subjects {
    var tenant = tenant
    tenant.key = try await tenant.makeKey()
    return Subjects(
      ticket: try await tenant.makeTicket().id, otherTicket: try await tenant.makeTicket().id,
      conversation: try await tenant.makeConversation().id)
  }
}
