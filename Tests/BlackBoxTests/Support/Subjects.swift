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
    let maker = Tenant(
      stage: tenant.stage, id: tenant.id, agent: tenant.agent, admin: tenant.admin,
      key: try await tenant.makeKey())
    return Subjects(
      ticket: try await maker.makeTicket().id, otherTicket: try await maker.makeTicket().id,
      conversation: try await maker.makeConversation().id)
  }
}
