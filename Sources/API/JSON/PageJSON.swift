import Helpdesk
import Postgres

// Lists, and pages of the items of a ticket or conversation.
extension JSONWriter {
  /// A page of items under `name`, and the cursor of the next page.
  /// - Parameter items: writes the items' array and returns the cursor
  mutating func page(
    _ name: StaticString, _ items: (inout JSONWriter) throws(PostgresError) -> String?
  ) throws(PostgresError) -> String? {
    openObject()
    key(name)
    let next = try items(&self)
    key("nextCursor")
    stringOrNull(next)
    closeObject()
    return next
  }

  /// As many items of a page as one answer carries.
  /// - Parameter text: the column that makes up most of an item
  /// - Returns: the last of them if more follow
  mutating func items(
    _ page: ItemPage, text: Int, item: (inout JSONWriter, Row) throws(PostgresError) -> Void
  ) throws(PostgresError) -> Row? {
    openArray()
    defer { closeArray() }
    let most = length + ItemPage.mostBytes
    var last: Row?
    for row in page.items.prefix(page.limit) {
      makeRoom(for: 1024 + (try row.withText(text) { $0.count }))
      let fits = try write(upTo: last == nil ? .max : most) { json throws(PostgresError) in
        try item(&json, row)
      }
      guard fits else { return last }
      last = row
    }
    return page.items.count > page.limit ? last : nil
  }

  /// The cursor after an item.
  func cursor<Parent>(_ last: Row?, in parent: Identifier<Parent>?, createdAt: Int, id: Int)
    throws(PostgresError) -> String?
  {
    guard let last, let parent else { return nil }
    return ItemCursor(createdAt: try last.timestamp(createdAt), id: try last.text(id)).text(
      in: parent)
  }

  /// A list: its items under `name`, then `total`, `limit` and `offset`.
  mutating func listing(
    _ name: StaticString, _ listing: Listing, _ page: Page,
    item: (inout JSONWriter, Row) throws(PostgresError) -> Void
  ) throws(PostgresError) {
    openObject()
    key(name)
    openArray()
    for row in listing.rows { try item(&self, row) }
    closeArray()
    key("total")
    int(listing.total)
    key("limit")
    int(page.limit)
    key("offset")
    int(page.offset)
    closeObject()
  }
}
