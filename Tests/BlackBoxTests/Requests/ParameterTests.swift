import TestSupport
import Testing

extension TacoHelp {
  @Suite("Members that cannot be used") struct ParameterTests {
    static let ticketFaults: [Fault] =
      Fault.texts(.createTicket, "subject", most: 200)
      + Fault.texts(.createTicket, "description", most: 50_000)
      + Fault.emails(.createTicket, "createdByEmail") + Fault.tags(.createTicket)
      + Fault.words(.createTicket, "priority", "high", "NONE") + [
        Fault(.createTicket, without: ["createdByEmail"], blames: "createdByEmail"),
        Fault(.createTicket, ["createdByEmail": nil], blames: "createdByEmail"),
        Fault(
          .createTicket, ["subject": 1, "priority": "no", "tags": [1]],
          without: ["description", "createdByEmail"], blames: "subject", "description",
          "createdByEmail", "priority", "tags[0]"),
      ]

    static let patchFaults: [Fault] =
      Fault.texts(.updateTicket, "subject", most: 200).filter { $0.absent.isEmpty }
      + Fault.texts(.updateTicket, "description", most: 50_000).filter { $0.absent.isEmpty }
      + Fault.words(.updateTicket, "status", "open", nil)
      + Fault.words(.updateTicket, "priority", "low", nil) + Fault.tags(.updateTicket) + [
        Fault(.updateTicket, ["tags": nil], blames: "tags"),
        Fault(.updateTicket, ["assigneeId": 1], blames: "assigneeId"),
        Fault(.updateTicket, ["assigneeId": ["x"]], blames: "assigneeId"),
        Fault(.updateTicket, without: ["status"], blames: ""),
        Fault(.updateTicket, ["nonsense": 1], without: ["status"], blames: ""),
        Fault(
          .updateTicket, ["status": nil, "priority": 1, "subject": "", "assigneeId": true],
          blames: "status", "priority", "subject", "assigneeId"),
      ]

    static let commentFaults: [Fault] =
      Fault.texts(.comment, "content", most: 50_000) + Fault.emails(.comment, "authorEmail") + [
        Fault(.comment, without: ["authorEmail"], blames: "authorEmail"),
        Fault(.comment, ["content": nil, "authorEmail": nil], blames: "content", "authorEmail"),
      ]

    static let mergeFaults: [Fault] = [
      Fault(.merge, without: ["intoTicketId"], blames: "intoTicketId"),
      Fault(.merge, ["intoTicketId": nil], blames: "intoTicketId"),
      Fault(.merge, ["intoTicketId": 5], blames: "intoTicketId"),
      Fault(.merge, ["intoTicketId": []], blames: "intoTicketId"),
    ]

    static let chatFaults: [Fault] =
      Fault.texts(.startConversation, "visitorName", most: 200)
      + Fault.emails(.startConversation, "visitorEmail", isRequired: false)
      + Fault.words(.endConversation, "status", "active", "ENDED", nil)
      + Fault.texts(.sendMessage, "content", most: 10_000)
      + Fault.words(.sendMessage, "senderType", "Visitor", "client", nil) + [
        Fault(.endConversation, without: ["status"], blames: "status"),
        Fault(.sendMessage, without: ["senderType"], blames: "senderType"),
        Fault(.sendMessage, ["senderType": "agent", "senderId": 1], blames: "senderId"),
        Fault(
          .sendMessage, ["senderType": "visitor", "senderId": "c00000000000000000000000a"],
          blames: "senderId"),
        Fault(.sendMessage, without: ["content", "senderType"], blames: "content", "senderType"),
      ]

    static let faults = ticketFaults + patchFaults + commentFaults + mergeFaults + chatFaults

    @Test("Nothing is done, and every fault is named", arguments: faults)
    func refused(fault: Fault) async throws {
      let tenant = try await Tenant.make()
      let subjects = try await Subjects.make(tenant)
      let before = try await tenant.fingerprint()
      let answer = try await fault.operation.perform(tenant.client, subjects, fault.body(subjects))
      #expect(answer.outcome == "400 invalid_parameter")
      #expect(Set(answer.fields) == Set(fault.fields))
      #expect(answer.fields.count == fault.fields.count)
      let error = answer.json["error"]
      #expect(error?["requestId"]?.string == answer.header("X-Request-Id"))
      #expect(error?["details"]?.items?.allSatisfy { $0["message"]?.string != nil } == true)
      #expect(error?["message"]?.string?.isEmpty == false)
      #expect(try await tenant.fingerprint() == before, "a refused request wrote something")
    }
  }
}
