import TestSupport
import Testing

extension TacoHelp {
  @Suite("How many comments and messages there may be") struct ItemLimitTests {
    @Test(
      "One more than the most is refused, of many at once too, and nothing is done",
      arguments: Items.allCases)
    func one(items: Items) async throws {
      let tenant = try await Tenant.make()
      let parent = try await items.makeParent(tenant)
      #expect(try await items.add(tenant, parent).status == 201)
      try await tenant.sql.run(items.count("\(items.most - 2)", tenant, parent))
      let answers = try await atOnce(12) { _ in try await items.add(tenant, parent) }
      #expect(answers.count { $0.status == 201 } == 2)
      #expect(answers.count { $0.outcome == "400 limit_reached" } == 10)
      let before = try await tenant.fingerprint()
      let answer = try await items.add(tenant, parent)
      #expect(answer.outcome == "400 limit_reached")
      #expect(answer.json["error"]?["message"]?.string?.contains("\(items.most)") == true)
      #expect(try await tenant.fingerprint() == before)
    }

    @Test(
      "A ticket that has more than the most from before keeps them", arguments: [4999, 5000, 5100])
    func more(count: Int) async throws {
      let tenant = try await Tenant.make()
      let ticket = try await tenant.makeTicket().id
      try await Items.comments.insert(tenant, ticket, count)
      let expected = count < 5000 ? "201" : "400 limit_reached"
      #expect(try await Items.comments.add(tenant, ticket).outcome == expected)
      #expect(try await Items.comments.add(tenant, ticket).outcome == "400 limit_reached")
      // All that is there can be read.
      if count > 5000 {
        let pages = try await Items.comments.walk(tenant.client, ticket, limit: 1000)
        #expect(pages.map(\.contents.count) == [1000, 1000, 1000, 1000, 1000, 100])
      }
    }

    @Test("A merge that would pass the most is refused whole; one that does not is counted")
    func merge() async throws {
      let tenant = try await Tenant.make()
      let (source, target) = (try await tenant.makeTicket().id, try await tenant.makeTicket().id)
      try await Items.comments.insert(tenant, source, 2501)
      try await Items.comments.insert(tenant, target, 2500)
      func merge(_ headers: [(String, String)] = []) async throws -> Answer {
        try await tenant.client.send(
          "POST", "/tickets/\(source)/merge", json: ["intoTicketId": .string(target)],
          headers: headers)
      }
      #expect(try await merge().outcome == "400 limit_reached")
      let left = try await tenant.client.get("/tickets/\(source)").json
      #expect(left["status"] == "OPEN")
      let count = "select count(*) from helpdesk.comments where ticket_id = '\(source)'"
      #expect(try await tenant.sql.int(count) == 2501)
      try await tenant.sql.run(
        """
        delete from helpdesk.comments where ticket_id = '\(source)' and content = 'No. 2501';
        \(Items.comments.count(Items.comments.counted(source), tenant, source))
        """)
      let merged = try await merge([("Idempotency-Key", "merge")])
      #expect(merged.status == 200)
      let json = merged.json
      #expect(Items.comments.contents(json).count == 1000)
      #expect(json["commentsNextCursor"]?.string != nil)
      #expect(try await merge([("Idempotency-Key", "merge")]).body == merged.body)
      #expect(try await Items.comments.add(tenant, target).outcome == "400 limit_reached")
      let all = "select count(*) from helpdesk.comments where ticket_id = '\(target)'"
      #expect(try await tenant.sql.int(all) == 5000)
    }

    @Test("While a merge moves comments, the organization's other tickets are made and changed")
    func others() async throws {
      let tenant = try await Tenant.make()
      let (source, target) = (try await tenant.makeTicket().id, try await tenant.makeTicket().id)
      let comment = try await tenant.makeComment(source).id
      let url = tenant.stage.databaseURL
      let (session, observer) = (PsqlSession(url), PsqlSession(url))
      let pid = try await session.int("select pg_backend_pid()")
      try await session.run(
        "begin; select from helpdesk.comments where id = '\(comment)' for update")
      func isWaiting() async throws -> Bool {
        try await observer.run(
          "select count(*) > 0 from pg_stat_activity where \(pid) = any (pg_blocking_pids(pid))")
          == "t"
      }
      // It waits for a few seconds; what is done meanwhile must be done before it gives up.
      try await eventually("another ticket was made while the merge waited", within: .seconds(30)) {
        async let merged = tenant.client.post(
          "/tickets/\(source)/merge", ["intoTicketId": .string(target)])
        try await eventually("the merge waits for the comment") { try await isWaiting() }
        let other = try await tenant.makeTicket().id
        let path = "/tickets/\(other)"
        #expect(try await tenant.client.patch(path, ["status": "CLOSED"]).status == 200)
        guard try await isWaiting() else { return false }
        try await session.run("commit")
        #expect(try await merged.status == 200)
        return true
      }
    }
  }
}
