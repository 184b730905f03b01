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

  var method: String {
    switch self {
    case .listTickets, .findTicket, .listComments: "GET"
    case .listConversations, .findConversation, .listMessages: "GET"
    case .createTicket, .comment, .merge, .startConversation, .sendMessage: "POST"
    case .updateTicket, .endConversation: "PATCH"
    }
  }

  var scope: String {
    switch self {
    case .listTickets, .findTicket, .listComments: "tickets:read"
    case .createTicket, .updateTicket, .comment, .merge: "tickets:write"
    case .listConversations, .findConversation, .listMessages: "chat:read"
    case .startConversation, .endConversation, .sendMessage: "chat:write"
    }
  }

  /// The status of success.
  var status: Int {
    switch self {
    case .createTicket, .comment, .startConversation, .sendMessage: 201
    default: 200
    }
  }

  /// The methods of its path.
  var allowed: Set<String> {
    switch self {
    case .listTickets, .createTicket, .listConversations, .startConversation: ["GET", "POST"]
    case .listComments, .comment, .listMessages, .sendMessage: ["GET", "POST"]
    case .findTicket, .updateTicket, .findConversation, .endConversation: ["GET", "PATCH"]
    case .merge: ["POST"]
    }
  }

  func path(_ subjects: Subjects) -> String {
    switch self {
    case .listTickets, .createTicket: "/tickets"
    case .findTicket, .updateTicket: "/tickets/\(subjects.ticket)"
    case .listComments, .comment: "/tickets/\(subjects.ticket)/comments"
    case .merge: "/tickets/\(subjects.ticket)/merge"
    case .listConversations, .startConversation: "/chat/conversations"
    case .findConversation, .endConversation: "/chat/conversations/\(subjects.conversation)"
    case .listMessages, .sendMessage: "/chat/conversations/\(subjects.conversation)/messages"
    }
  }

  /// A body that succeeds; null where there is none.
  func body(_ subjects: Subjects) -> JSON {
    switch self {
    case .listTickets, .findTicket, .listComments: .null
    case .listConversations, .findConversation, .listMessages: .null
    case .createTicket:
      ["subject": "Cold", "description": "Very cold.", "createdByEmail": "new@example.com"]
    case .updateTicket: ["status": "IN_PROGRESS"]
    case .comment: ["content": "We look into it.", "authorEmail": "dev@example.com"]
    case .merge: ["intoTicketId": .string(subjects.otherTicket)]
    case .startConversation: ["visitorName": "Sam", "visitorEmail": "sam@example.com"]
    case .endConversation: ["status": "ended"]
    case .sendMessage: ["content": "Hello", "senderType": "visitor"]
    }
  }

  /// Does it, with a body that succeeds unless another is given.
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
