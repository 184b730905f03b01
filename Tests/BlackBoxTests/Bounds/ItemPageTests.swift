import TestSupport
import Testing

extension TacoHelp {
  @Suite("Pages of comments and messages") struct ItemPageTests {
    private static let mostBytes = 4 << 20

    @Test(
      "The first thousand come with their parent, and the cursor leads to the rest",
      arguments: Items.allCases)
    func first(items: Items) async throws {
      let tenant = try await Tenant.make()
      let (client, parent) = (try tenant.client, try await items.makeParent(tenant))
      try await items.insert(tenant, parent, 2050)
      let all = (1...2050).map { "No. \($0)" }
      let whole = try await client.get(items.path(parent)).json
      #expect(items.contents(whole) == Array(all[..<1000]))
      let cursor = try #require(whole[items.next]?.string)
      let next = try await items.page(client, parent, "?limit=9999&cursor=\(cursor)")
      #expect(next.contents == Array(all[1000..<2000]))
      let more = try #require(next.next)
      let address = "/api/external\(items.pages(parent))?limit=1000&cursor=\(more)"
      #expect(next.link == "<\(address)>; rel=\"next\"")
      let last = try await items.page(client, parent, "?cursor=\(more)")
      #expect(last.contents == Array(all[2000...]))
      #expect(last.next == nil && last.link == nil)
    }

    @Test(
      "A page has 100 items unless asked otherwise; a walk meets each once, in order",
      arguments: Items.allCases)
    func walk(items: Items) async throws {
      let tenant = try await Tenant.make()
      let (client, parent) = (try tenant.client, try await items.makeParent(tenant))
      try await items.insert(tenant, parent, 230)
      #expect(try await items.page(client, parent).contents.count == 100)
      for limit in [7, 115, 230, 231] {
        let pages = try await items.walk(client, parent, limit: limit)
        #expect(pages.flatMap(\.contents) == (1...230).map { "No. \($0)" })
        #expect(pages.count == (230 + limit - 1) / limit)
      }
      // Items that are added meanwhile are met on the way.
      let first = try await items.page(client, parent, "?limit=229")
      #expect(try await items.add(tenant, parent).status == 201)
      let rest = try await items.page(client, parent, "?cursor=\(try #require(first.next))")
      #expect(rest.contents == ["No. 230", "One more"])
      let empty = try await items.page(client, items.makeParent(tenant))
      #expect(empty.contents == [] && empty.next == nil)
    }

    // A text that JSON takes as it is, and one that takes three times its length.
    @Test(
      "A page ends early where it would pass 4 MiB, however its texts are written",
      arguments: [(Items.comments, "'x'", 50_000, 90), (.messages, "'ü' || chr(1)", 10_000, 180)])
    func bytes(items: Items, text: String, length: Int, count: Int) async throws {
      let tenant = try await Tenant.make()
      let (client, parent) = (try tenant.client, try await items.makeParent(tenant))
      let content = "rpad(n || ':', \(length), \(text))"
      try await items.insert(tenant, parent, count, content: content)
      let pages = try await items.walk(client, parent, limit: 1000)
      let numbers = pages.flatMap(\.contents).map { $0.prefix { $0 != ":" } }
      #expect(numbers == (1...count).map { "\($0)" })
      #expect(pages.count == 2)
      for page in pages {
        #expect(page.length < Self.mostBytes + 1024)
        // There was no room for another of the same length.
        let item = page.length / page.contents.count
        #expect(page.next == nil || page.length + 2 * item > Self.mostBytes)
      }
      let whole = try await client.get(items.path(parent)).json
      #expect(items.contents(whole) == pages[0].contents)
      #expect(whole[items.next]?.string == pages[0].next)
    }

    @Test("A cursor of another list, or of none, is refused by name", arguments: Items.allCases)
    func cursors(items: Items) async throws {
      let tenant = try await Tenant.make()
      let client = try tenant.client
      let (parent, other) = (
        try await items.makeParent(tenant), try await items.makeParent(tenant)
      )
      for parent in [parent, other] { try await items.insert(tenant, parent, 3) }
      let foreign = try #require(try await items.page(client, other, "?limit=1").next)
      #expect(try await items.page(client, other, "?cursor=\(foreign)").contents.count == 2)
      // The greatest moment there is, which PostgreSQL cannot store.
      let impossible = "f_______" + foreign.dropFirst(8)
      let cursors = [
        foreign, impossible, "", "x", "%00", foreign + "A", String(foreign.dropLast()),
        "\(foreign)&cursor=\(foreign)",
      ]
      for cursor in cursors {
        let parent = cursor == impossible ? other : parent
        let answer = try await client.get("\(items.pages(parent))?cursor=\(cursor)")
        #expect(answer.outcome == "400 invalid_parameter", "\(cursor)")
        #expect(answer.fields == ["cursor"])
      }
      let both = try await client.get("\(items.pages(parent))?cursor=x&limit=0")
      #expect(both.fields == ["limit", "cursor"])
      // Unknown ids have no pages, and neither do those of other organizations.
      let stranger = try await Tenant.make()
      for (client, parent) in [
        (client, "c0000000000000000000000aa"), (client, "nonsense"), (try stranger.client, parent),
      ] {
        #expect(try await client.get(items.pages(parent)).outcome == "404 not_found")
      }
    }

    @Test("A cursor stays good when the comment that it points at moves to another ticket")
    func merged() async throws {
      let tenant = try await Tenant.make()
      let (client, items) = (try tenant.client, Items.comments)
      let (source, target) = (try await tenant.makeTicket().id, try await tenant.makeTicket().id)
      for text in ["1", "2", "3"] { _ = try await tenant.makeComment(source, text) }
      for text in ["4", "5"] { _ = try await tenant.makeComment(target, text) }
      func cursor(_ ticket: String) async throws -> String {
        try #require(try await items.page(client, ticket, "?limit=1").next)
      }
      let (ofSource, ofTarget) = (try await cursor(source), try await cursor(target))
      let answer = try await client.post(
        "/tickets/\(source)/merge", ["intoTicketId": .string(target)])
      #expect(items.contents(answer.json) == ["1", "2", "3", "4", "5"])
      #expect(try await items.page(client, source, "?cursor=\(ofSource)").contents == [])
      #expect(try await items.page(client, target, "?cursor=\(ofTarget)").contents == ["5"])
    }
  }
}
